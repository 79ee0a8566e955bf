#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What the README promises to somebody who installs Cleat: its own code blocks
# are cut out and run against an installed tree. A handler is compiled with
# nothing but pkg-config's words, dropped, named in the configuration, and
# SIGHUP brings it, while a thousand connections echo on without a close or a
# lost byte. At last `make uninstall` leaves nothing behind.
#
# Runs in the build directory; $srcdir is the source's.

set -eu
srcdir=$(cd "${srcdir:?}" && pwd)
unset MAKEFLAGS MFLAGS MAKELEVEL
build=$(pwd)
home=$(mktemp -d "${TMPDIR:-/tmp}/cleat-newcomer-XXXXXX")
prefix=$home/usr
server=
load=

finish()
{
	status=$?
	trap - EXIT
	[ -z "$load" ] || kill "$load" 2>/dev/null || :
	[ -z "$server" ] || kill "$server" 2>/dev/null || :
	wait
	[ $status = 0 ] || {
		echo "--- cleatd said:"
		tail -n 30 "$home/log" 2>/dev/null
	}
	rm -rf "$home"
	exit $status
}
trap finish EXIT
trap 'exit 1' INT TERM

fail()
{
	echo "newcomer: $*"
	exit 1
}

# block LANGUAGE N: the N-th code block of that language in the README.
block()
{
	awk -v start="\`\`\`$1" -v want="$2" '
	$0 == start && ++seen == want { on = 1; next }
	/^```/ { on = 0 }
	on' "$srcdir/README.md"
}

# await FILE PATTERN: until a line says it; the bound is one of patience.
await()
{
	timeout 60 sh -c 'until grep -q -e "$2" "$1"; do sleep 0.05; done' \
	    await "$1" "$2" || fail "no \"$2\" in $1: $(cat "$1")"
}

make -s --no-print-directory install prefix="$prefix" \
    sysconfdir="$home/etc" systemdsystemunitdir="$home/units" \
    >"$home/install.log" 2>&1 || { cat "$home/install.log"; exit 1; }

# The README's shell lines run as they stand: these three words only learn
# where this installation and this server are.
mkdir "$home/bin" "$home/work"
PKG_CONFIG_PATH=$prefix/lib/pkgconfig
pkg_config=$(command -v pkg-config)
cat >"$home/bin/pkg-config" <<END
#!/bin/sh
exec "$pkg_config" --define-variable=prefix="$prefix" "\$@"
END
printf '#!/bin/sh\nexec cat "%s/pid"\n' "$home" >"$home/bin/pidof"
# Handlers for a server with a sanitizer are built with it too.
printf '#!/bin/sh\nexec %s %s "$@"\n' "$(command -v cc)" "${SANITIZE:-}" \
    >"$home/bin/cc"
chmod +x "$home"/bin/*
PATH=$home/bin:$prefix/bin:$prefix/sbin:$PATH
export PATH PKG_CONFIG_PATH

# The README's configuration, without the handler that is not there yet.
mkdir -p "$home/www"
block conf 1 | sed "s|/srv/www|$home/www|" >"$home/whole.conf"
echo "plugins: { dir = \"$prefix/lib/cleat/plugins\"; };" \
    >>"$home/whole.conf"
sed -z 's/,\n[^\n]*"counter"[^\n]*//' "$home/whole.conf" >"$home/cleat.conf"

cleatd -c "$home/cleat.conf" -l 127.0.0.1:0 >"$home/out" 2>"$home/log" &
server=$!
echo $server >"$home/pid"
await "$home/out" '^listening on '
url=$(sed -n 's|^listening on http|ws|p' "$home/out")

cleat load -c 1000 -d 300 "$url/echo" >"$home/load.out" 2>&1 &
load=$!
await "$home/load.out" '1000 connections open'

# A handler from the README: written, built, dropped, mapped, reloaded.
cd "$home/work"
block c 1 >echo.c
awk -v name=counter.c -f "$srcdir/tests/plugins/examples.awk" \
    "$prefix/include/cleat.h" >counter.c
block sh 1 | sed 's/echo/counter/g' >commands
cp "$home/whole.conf" "$home/cleat.conf"
cleatd -t -c "$home/cleat.conf" >"$home/t.out" 2>&1 &&
	fail "-t accepted a handler that is not there"
grep -q "counter" "$home/t.out" || fail "-t said: $(cat "$home/t.out")"
sh -eux commands 2>"$home/commands.log" ||
	fail "$(cat "$home/commands.log")"
await "$home/log" 'reloaded'
answer=$(printf 'one\ntwo\n' | cleat connect "$url/counter")
[ "$answer" = "message 1, 3 bytes
message 2, 3 bytes" ] || fail "the new handler answered: $answer"

# A callback of a wrong signature does not get as far as the server.
sed 's/int kind, //; s/c, kind,/c, CLEAT_TEXT,/' echo.c >wrong.c
# shellcheck disable=SC2046 # words
cc -shared -fPIC $(pkg-config --cflags cleat) wrong.c -o wrong.so \
    2>wrong.log && fail "a wrong callback compiles"
grep -q 'incompatible.*pointer' wrong.log || fail "cc said: $(cat wrong.log)"

# And the README's own handler, over the echo that serves the thousand.
block sh 1 >commands
sh -eux commands 2>"$home/commands.log" ||
	fail "$(cat "$home/commands.log")"
answer=$(echo ahoy | cleat connect "$url/echo")
[ "$answer" = ahoy ] || fail "the README's echo answered: $answer"

kill -TERM "$load"
wait "$load" || fail "the thousand: $(cat "$home/load.out")"
load=
kill -TERM "$server"
wait "$server" || fail "cleatd exited with $?"
server=

cd "$build"
make -s --no-print-directory uninstall prefix="$prefix" \
    sysconfdir="$home/etc" systemdsystemunitdir="$home/units" \
    >"$home/uninstall.log" 2>&1 || { cat "$home/uninstall.log"; exit 1; }
# What the newcomer put there is the newcomer's.
left=$(find "$prefix" "$home/etc" "$home/units" -type f 2>/dev/null |
	grep -v '/plugins/counter.so$' || :)
[ -z "$left" ] || fail "make uninstall left $left"
