#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What TLS costs: the CPU time of cleatd per echo on wss against ws, both on
# one server; the same of Bun's wss, where npm can fetch it; the CPU time of a
# handshake; and the memory of an idle connection. How it is measured stands in
# common.subr. wss/ws says how many times as much TLS costs, Bun/wss above 1
# that cleatd is cheaper.

here=$(cd "$(dirname "$0")" && pwd) || exit 1
. "$here/common.subr"

cells='
echo-1    /echo -c 500 -s 1024 -p 1
echo-16   /echo -c 500 -s 1024 -p 16
'

usage()
{
	cat <<END
usage: wss.sh [OPTION]... SCRATCH

  --cleatd FILE    the cleatd to measure (default ./cleatd)
  --plugins DIR    where its echo.so is (default ./plugins)
  --cleat FILE     the load generator (default ./cleat)
  --rounds N       rounds (default 5)
  --seconds N      length of one measurement (default 2)
  --idle N         idle connections (default 5000)
  --bun            compare with Bun, installed into SCRATCH by npm
END
}

cleat=./cleat cleatd=./cleatd plugins=./plugins rounds=5 seconds=2 idle=5000
bun=
while [ $# -gt 0 ]; do
	case $1 in
	--help) usage; exit 0 ;;
	--cleat | --cleatd | --plugins | --rounds | --seconds | --idle)
		[ $# -gt 1 ] || { usage >&2; exit 64; }
		eval "${1#--}=\$2"
		shift 2
		;;
	--bun) bun=wanted; shift ;;
	-*) usage >&2; exit 64 ;;
	*) break ;;
	esac
done
[ $# -eq 1 ] || { usage >&2; exit 64; }
plugins=$(cd "$plugins" && pwd) && tls=$(cd "$here/../tests/config/tls" && pwd) ||
	exit 1
scratch=$1
needs
certificate=$tls/one.pem key=$tls/one-key.pem
cat >"$scratch/wss.conf" <<END
workers = 1;
plugins: { dir = "$plugins"; };
max_connections = 100000;
defaults: { max_connections = 100000; ping_every = "1 h"; pong_within = "2 h"; };
listen = (
	{ address = "127.0.0.1"; port = 0; },
	{ address = "127.0.0.1"; port = 0;
	  tls: { certificate = "$certificate"; key = "$key"; }; }
);
routes = ( { path = "/echo"; handler = "echo"; } );
END

begin()
{
	start cleatd 2 "$cleatd" -c "$scratch/wss.conf"
	ws_pid=$pid wss_pid=$pid ws_url=$url wss_url=$tls_url
}

end()
{
	kill "$ws_pid" && wait "$ws_pid"
}

"$cleatd" -V
servers="ws wss" pairs="wss/ws"
begin
if [ "$bun" ]; then
	needs npm
	npm_bun
	start Bun 3 "$bun" "$here/peers/bun.js" "$certificate" "$key"
	Bun_pid=$pid Bun_url=$tls_url
	servers="$servers Bun" pairs="$pairs Bun/wss"
fi
spin
rounds "$rounds" "$seconds" "$(names "$cells")" "$servers"
tell "$pairs"
noisy=$?
end

# Each on a server of its own, because memory that has been given back stays.
echo "$idle connections, in KiB of RSS and us of CPU for each handshake"
: >"$scratch/figures"
round=1
while [ $round -le 3 ]; do
	for server in ws wss; do
		begin
		eval "url=\$${server}_url"
		kib=$(figure server_rss_kib_per_connection "$ws_pid" \
			-c "$idle" --idle 1 "$url/echo") || exit 1
		us=$(sed -n 's/.*us_per_handshake":\([0-9.]*\).*/\1/p' \
			"$scratch/load.json")
		echo "$round idle-memory $server $kib" >>"$scratch/figures"
		echo "$round handshake $server $us" >>"$scratch/figures"
		end
	done
	round=$((round + 1))
done
tell ""
exit $noisy
