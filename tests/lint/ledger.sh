#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Every row of docs/RFC6455.md names code that exists (a function, or a row of
# a table) and a test that exists (a test function, or a vector by its name).

. "$(dirname "$0")/lint.subr"

# code FILE NAME, test FILE NAME, vector NAME: is it there?
code()
{
	[ -f "$1" ] &&
		grep -qE "(^|[ (*])$2(\(|,)" "$1"
}

test_function()
{
	[ -f "$1" ] && grep -qF "START_TEST($2)" "$1"
}

vector()
{
	grep -qE "^\[$1(;|\])" tests/wire/vectors.txt
}

look()
{
	[ -f docs/RFC6455.md ] || return 0
	# section, demand, code, test: without the table's own heads
	grep '^| [0-9]' docs/RFC6455.md |
		while IFS='|' read -r _ section demand code test _; do
			where="docs/RFC6455.md:$section:$demand"
			code=$(echo "$code" | tr -d ' ')
			test=$(echo "$test" | sed 's/^ *//; s/ *$//')
			code "${code%%:*}" "${code#*:}" ||
				echo "${where}: names no code that exists: $code"
			case $test in
			vector:*) vector "${test#vector:}" ;;
			*) test_function "${test%%:*}" "${test#*:}" ;;
			esac || echo "${where}: names no test that exists: $test"
		done
}

lint ledger
