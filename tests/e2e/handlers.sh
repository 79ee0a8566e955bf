#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What docs/HANDLERS.md promises: its handlers compile as strict C99 without a
# warning, its configuration is accepted, and each of its dialogues goes as it
# is printed there ("..." stands for anything).
#
# Runs in the build directory; $srcdir is the source's.

set -eu
page=$srcdir/docs/HANDLERS.md
home=$(mktemp -d "${TMPDIR:-/tmp}/cleat-handlers-XXXXXX")
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || :; wait
rm -rf "$home"' EXIT
trap 'exit 1' INT TERM
umask 022

fail()
{
	echo "handlers: $*"
	cat "$home/log" 2>/dev/null || :
	exit 1
}

# The blocks of a language: of C into the files that they name, of the others
# into one.
awk -v home="$home" '
/^```/ { language = on ? "" : substr($0, 4); on = !on; next }
language == "c" && /^\/\* [a-z]+\.c \*\/$/ { file = home "/" $2 }
language == "c" { print >file }
language == "conf" || language == "console" { print >(home "/" language) }
' "$page"

for source in "$home"/*.c; do
	# shellcheck disable=SC2086 # words
	cc -std=c99 -Wall -Wextra -Wpedantic -Werror ${SANITIZE:-} -shared \
	    -fPIC -I"$srcdir/sdk" "$source" -o "${source%.c}.so" ||
		fail "$source does not compile"
done
{
	echo "plugins: { dir = \"$home\"; };"
	cat "$home/conf"
} >"$home/cleat.conf"
./cleatd -c "$home/cleat.conf" -l 127.0.0.1:0 >"$home/out" 2>"$home/log" &
server=$!
timeout 60 sh -c 'until grep -qs "^listening on " "$1"; do sleep 0.05; done' \
    await "$home/out" || fail "cleatd does not start"
url=$(sed -n 's|^listening on http|ws|p' "$home/out")

# A line "$ command" is run; those behind it are what it must print.
PATH=$(pwd):$PATH
sed "s|ws://localhost:8080|$url|" "$home/console" >"$home/dialogues"
check()
{
	[ -n "$command" ] || return 0
	timeout 60 sh -c "$command" >"$home/said" 2>&1 ||
		fail "$command: exit $?: $(cat "$home/said")"
	said=$(cat "$home/said")
	wanted=$(echo "$expected" | sed 's/\.\.\./*/g')
	# shellcheck disable=SC2254 # it is a pattern
	case $said in
	$wanted) ;;
	*) fail "$command: expected
$expected
but it said
$said" ;;
	esac
}
command= expected=
while IFS= read -r line <&3; do
	case $line in
	'$ '*)
		check
		command=${line#'$ '} expected=
		;;
	*)
		expected=$expected${expected:+
}$line
		;;
	esac
done 3<"$home/dialogues"
[ -n "$command" ] || fail "no dialogue in $page"
check
kill "$server"
wait "$server" || fail "cleatd exited with $?"
server=
