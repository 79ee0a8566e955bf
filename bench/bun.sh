#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Server CPU per message, or per delivery of a broadcast: cleatd with one
# worker against Bun, which holds uWebSockets' engine.
#
# Both servers are pinned to core 0 beside a process that spins there, so the
# server is certainly the bottleneck; `cleat load`, which checks every byte,
# has core 1. Rounds alternate who goes first, and each round gives one ratio
# (Bun / cleatd, above 1: cleatd is cheaper), because absolute figures drift
# and ratios of neighbours do not. The CPU time is the kernel's account of
# all threads of the server (schedstat).

# Each cell: name, path, options of `cleat load`.
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

die()
{
	echo "bun.sh: $*" >&2
	exit 1
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
here=$(cd "$(dirname "$0")" && pwd) || exit 1
mkdir -p "$1" && scratch=$(cd "$1" && pwd) || exit 1
[ -z "$plugins" ] || plugins=$(cd "$plugins" && pwd) || exit 1
[ -n "$wanted" ] || wanted=$(echo "$cells" | awk 'NF { print $1 }')
for cell in $wanted; do
	echo "$cells" | grep -q "^$cell " || die "there is no cell $cell"
done
for tool in npm taskset awk cc; do
	command -v $tool >/dev/null || die "$tool is missing"
done
[ -x "$cleat" ] || die "$cleat: no load generator here; see --cleat"
[ "$(nproc)" -ge 2 ] || die "it takes two cores"

bun=$scratch/node_modules/.bin/bun
if [ ! -x "$bun" ]; then
	npm install --prefix "$scratch" --no-audit --no-fund bun \
		>"$scratch/npm.log" 2>&1 || die "npm: see $scratch/npm.log"
fi

# --- servers --------------------------------------------------------------
pids=
stop()
{
	for pid in $pids; do
		kill "$pid" 2>/dev/null
	done
}
trap stop EXIT
trap 'exit 130' INT TERM

# start NAME COMMAND...: on core 0; sets pid and url.
start()
{
	name=$1
	shift
	rm -f "$scratch/$name.ready"
	mkfifo "$scratch/$name.ready" || exit 1
	taskset -c 0 "$@" >"$scratch/$name.ready" 2>"$scratch/$name.log" &
	pid=$!
	pids="$pids $pid"
	read -r _ _ http <"$scratch/$name.ready" ||
		die "$name does not start: see $scratch/$name.log"
	url=ws${http#http}
}

start bun "$bun" "$here/bun.js"
bun_pid=$pid bun_url=$url
servers=bun
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
	start cleatd "$cleatd" -c "$scratch/cleat.conf" -l 127.0.0.1:0
	cleatd_pid=$pid cleatd_url=$url
	servers="bun cleatd"
fi
taskset -c 0 sh -c 'while :; do :; done' &
pids="$pids $!"

# --- rounds ---------------------------------------------------------------
# measure SERVER CELL: prints CPU ns per message.
measure()
{
	eval "pid=\$${1}_pid url=\$${1}_url"
	# shellcheck disable=SC2046 # a list of words
	set -- "$1" $(echo "$cells" | grep "^$2 ")
	name=$1 path=$3
	shift 3
	taskset -c 1 "$cleat" load --quiet --json --pid "$pid" "$@" \
		-d "$seconds" --warmup 0.5 "$url$path" >"$scratch/load.json" ||
		die "$name: the load failed"
	sed -n 's/.*"server_cpu_ns_per_message":\([0-9]*\).*/\1/p' \
		"$scratch/load.json"
}

"$bun" --version | sed 's/^/Bun /'
[ -z "$cleatd" ] || "$cleatd" -V
echo "$seconds s, $rounds rounds; server CPU in ns per message or delivery"
: >"$scratch/figures"
round=1
while [ $round -le "$rounds" ]; do
	for cell in $wanted; do
		for server in $servers; do
			ns=$(measure $server "$cell") || exit 1
			[ -n "$ns" ] || die "$server: no CPU time was reported"
			echo "$round $cell $server $ns" \
				>>"$scratch/figures"
		done
	done
	# who was second goes first
	servers=$(echo "$servers" | awk '{ print (NF > 1) ? $2 " " $1 : $1 }')
	round=$((round + 1))
done

# --- the result -------------------------------------------------------------
# A range of more than a tenth of the median says that something else ran.
awk '
function median(list, n,    i, j, t) {
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
			t = list[j]; list[j] = list[j - 1]; list[j - 1] = t
		}
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}
function tell(what, form, list, n,    m, line) {
	m = median(list, n)
	line = sprintf("%-22s median " form "   range " form " to " form,
	    what, m, list[1], list[n])
	if (list[n] - list[1] > m / 10 && what ~ "[/]|alone")
		noisy = line = line "   NOISY"
	print line
}
{
	ns[$1, $2, $3] = $4
	rounds = $1
	if (!($2 in seen)) {
		seen[$2] = 1
		names[++cells] = $2
	}
	if ($3 == "cleatd")
		both = 1
}
END {
	for (f = 1; f <= cells; f++) {
		cell = names[f]
		for (r = 1; r <= rounds; r++) {
			b[r] = ns[r, cell, "bun"]
			c[r] = ns[r, cell, "cleatd"]
			if (both)
				ratio[r] = b[r] / c[r]
		}
		tell(cell " Bun" (both ? "" : " alone"), "%7.0f", b, rounds)
		if (both) {
			tell(cell " cleatd", "%7.0f", c, rounds)
			tell(cell " Bun/cleatd", "%7.3f", ratio, rounds)
		}
	}
	if (noisy) {
		print "The machine was too noisy for what is marked: repeat."
		exit 3
	}
}' "$scratch/figures"
