#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A promise of docs/SECURITY.md names the tests that hold it, and they exist.

. "$(dirname "$0")/lint.subr"

look()
{
	doc=docs/SECURITY.md
	awk '/^## /{ on = $0 == "## Promises" }
	on && /^\| [^-]/ && !/^\| promise/ && !/`tests\// {
		print FILENAME ":" FNR ": a promise that no test holds" }' $doc
	grep -n -o '`tests/[^`]*`' $doc | tr -d '`' |
	while IFS=: read -r line name; do
		[ -e "$name" ] || [ -e "$name.c" ] ||
			echo "$doc:$line: $name is no test"
	done
}

lint promises
