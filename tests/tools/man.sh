#!/bin/sh
# SPDX-License-Identifier: MIT
#
# cleat(1) lists the very options that the tables of tools/ hold: what --help
# prints and what the page says are brought into one form and compared.
# Remedy: change docs/cleat.1 until the difference is gone.

cleat=${CLEAT:-./cleat}
page=${srcdir:-.}/docs/cleat.1
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
failed=0

verbs=$("$cleat" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
[ -n "$verbs" ] || { echo "cleat --help names no verb"; exit 1; }
for verb in $verbs; do
	# Its second line is the summary, indented lines are options.
	"$cleat" "$verb" --help | sed -n '2p; /^  /p' |
		sed 's/^ *//; s/  */ /g' >"$dir/help"
	{
		awk -v verb="$verb" '
		/^\.S[sh] / { inside = ($2 == verb); first = 1; next }
		!inside { next }
		first { print; first = 0 }
		/^\.It / {
			option = substr($0, 5)
			gsub(/Fl /, "-", option)
			gsub(/Ar /, "", option)
			gsub(/ ,/, ",", option)
			getline
			print option " " $0
		}' "$page"
	} | sed 's/  */ /g' >"$dir/page"
	if ! diff -u "$dir/page" "$dir/help"; then
		echo "docs/cleat.1 and cleat $verb --help differ"
		failed=1
	fi
done
exit $failed
