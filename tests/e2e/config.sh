#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What an operator reads: each configuration of tests/config/bad makes
# `cleatd -t` say exactly the line that the file expects, on standard error
# and nothing else anywhere, and exit with 78; none of them starts. Each of
# tests/config/good is taken, as far as its handlers are there.
#
# Runs in the build directory; $srcdir is the source's.

set -u
: "${srcdir:?}"
files=$srcdir/tests/config
out=$(mktemp "${TMPDIR:-/tmp}/cleat-config-XXXXXX")
trap 'rm -f "$out"' EXIT
trap 'exit 1' INT TERM
failed=0
count=0

# check FILE: `said` and `status` are what cleatd thinks of it.
check()
{
	said=$(./cleatd -t -c "$1" 2>&1 >"$out")
	status=$?
	count=$((count + 1))
}

# complain FILE EXPECTED
complain()
{
	echo "config: $1"
	echo "  expected 78 and: $2"
	echo "  got      $status and: $said"
	[ ! -s "$out" ] || { echo "  and on standard output:"; cat "$out"; }
	failed=1
}

for file in "$files"/bad/*.conf "$files"/bad/*/main.conf; do
	expected=$(sed -n "1s|^# expect: ||;1s|DIR|${file%/*}|g;1p;1q" "$file")
	check "$file"
	[ "$status" = 78 ] && [ "$said" = "$expected" ] && [ ! -s "$out" ] ||
		complain "$file" "$expected"
done
[ $count -gt 150 ] || { echo "config: only $count files in bad"; failed=1; }

for file in "$files"/good/*.conf "$files"/good/*/main.conf; do
	check "$file"
	case $status-$said in
	0-) ;;
	78-"$file":[0-9]*": "*".so: cannot open "*) ;;
	*) complain "$file" 'NAME.so: cannot open ...; or 0 and nothing' ;;
	esac
done

# The same sentence when it is not only asked to check.
file=$files/bad/bytes.conf
expected=$(./cleatd -t -c "$file" 2>&1)
said=$(timeout 20 ./cleatd -c "$file" 2>&1 >"$out")
status=$?
[ "$status" = 78 ] && [ "$said" = "$expected" ] && [ ! -s "$out" ] ||
	complain "$file" "$expected"
exit $failed
