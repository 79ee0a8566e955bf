#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Server CPU per message, or per delivery of a broadcast: cleatd with one
# worker against Bun, which holds uWebSockets' engine. How it is measured
# stands in common.subr; a ratio above 1 says that cleatd is cheaper.

here=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$here/common.subr"

cells='
echo-1    /echo -c 500 -s 20 -p 1
echo-16   /echo -c 500 -s 20 -p 16
all-64    /all  -c 1000 -s 64 --fan-out
all-1024  /all  -c 1000 -s 1024 --fan-out
'

usage()
{
	cat <<END
usage: bun.sh [OPTION]... SCRATCH

Installs Bun (npm) into the directory SCRATCH, unless it is there, and
compares. Without --cleatd it measures Bun alone.

  --cleatd FILE    the cleatd to measure
  --plugins DIR    where its echo.so is
  --cleat FILE     the load generator (default ./cleat)
  --rounds N       rounds (default 5)
  --seconds N      length of one measurement (default 2)
  --cells LIST     of:$(echo "$cells" | awk 'NF { printf " %s", $1 }')
                   (default: all of them)
END
}

cleat=./cleat cleatd= plugins= rounds=5 seconds=2 wanted=
while [ $# -gt 0 ]; do
	case $1 in
	--help) usage; exit 0 ;;
	--cleat | --cleatd | --plugins | --rounds | --seconds)
		[ $# -gt 1 ] || { usage >&2; exit 64; }
		eval "${1#--}=\$2"
		shift 2
		;;
	--cells)
		[ $# -gt 1 ] || { usage >&2; exit 64; }
		wanted=$2
		shift 2
		;;
	-*) usage >&2; exit 64 ;;
	*) break ;;
	esac
done
[ $# -eq 1 ] || { usage >&2; exit 64; }
[ -z "$cleatd" ] || [ -n "$plugins" ] || { usage >&2; exit 64; }
[ -z "$plugins" ] || plugins=$(cd "$plugins" && pwd) || exit 1
[ -n "$wanted" ] || wanted=$(names "$cells")
for cell in $wanted; do
	echo "$cells" | grep -q "^$cell " || die "there is no cell $cell"
done
scratch=$1
needs npm
npm_bun

start Bun 1 "$bun" "$here/bun.js"
Bun_pid=$pid Bun_url=$url
servers=Bun pairs=
if [ -n "$cleatd" ]; then
	cc -O2 -shared -fPIC -I"$here/../sdk" "$here/all.c" \
		-o "$scratch/all.so" || exit 1
	chmod go-w "$scratch" "$scratch/all.so"
	cat >"$scratch/cleat.conf" <<END
workers = 1;
plugins: { dir = "$plugins"; };
routes = (
	{ path = "/echo"; handler = "echo"; },
	{ path = "/all"; handler = "$scratch/all.so"; }
);
END
	start cleatd 1 "$cleatd" -c "$scratch/cleat.conf" -l 127.0.0.1:0
	cleatd_pid=$pid cleatd_url=$url
	servers="Bun cleatd" pairs=Bun/cleatd
	"$cleatd" -V
fi
spin
rounds "$rounds" "$seconds" "$wanted" "$servers"
tell "$pairs"
