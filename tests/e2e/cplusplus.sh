#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The header is C++17, too: sdk/examples/echo.cpp is compiled without a
# warning, by whichever C++ compiler there is, and does what it says.
#
# Runs in the build directory; $srcdir is the source's.

set -eu
cxx=${CXX:-c++}
command -v "$cxx" >/dev/null || {
	echo "no C++ compiler"
	exit 77
}
home=$(mktemp -d "${TMPDIR:-/tmp}/cleat-cplusplus-XXXXXX")
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || :; wait
rm -rf "$home"' EXIT
trap 'exit 1' INT TERM

umask 022
# shellcheck disable=SC2086 # words
"$cxx" -std=c++17 -Wall -Wextra -Wpedantic -Werror ${SANITIZE:-} -shared -fPIC \
    -I"$srcdir/sdk" "$srcdir/sdk/examples/echo.cpp" -o "$home/capitals.so"

cat >"$home/cleat.conf" <<END
plugins: { dir = "$home"; };
routes = ( { path = "/capitals"; handler = "capitals"; } );
END
./cleatd -c "$home/cleat.conf" -l 127.0.0.1:0 >"$home/out" 2>"$home/log" &
server=$!
timeout 60 sh -c 'until grep -qs "^listening on " "$1"; do sleep 0.05; done' \
    await "$home/out" || {
	cat "$home/log"
	exit 1
}
url=$(sed -n 's|^listening on http|ws|p' "$home/out")
answer=$(printf 'hello\nagain\n' | ./cleat connect "$url/capitals")
[ "$answer" = "HELLO
AGAIN" ] || {
	echo "the handler in C++ answered: $answer"
	exit 1
}
kill "$server"
wait "$server"
server=
