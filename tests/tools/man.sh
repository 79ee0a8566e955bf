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

# Words that did not fit go on in the next line, far to the right.
joined()
{
	awk '/^            / { sub(/^ */, " "); line = line $0; next }
		NR > 1 { print line }
		{ line = $0 }
		END { print line }'
}

# A terminal has 80 columns, and the cursor wants one.
fits()
{
	"$cleat" "$@" | awk -v of="cleat $*" 'length > 79 {
		print of ": longer than 79 columns: " $0; bad = 1 }
		END { exit bad }' || failed=1
}

fits --help
verbs=$("$cleat" --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p')
[ -n "$verbs" ] || { echo "cleat --help names no verb"; exit 1; }
for verb in $verbs; do
	fits "$verb" --help
	# The summary ends with an empty line, indented lines are options.
	"$cleat" "$verb" --help | awk '
		NR == 1 { next }
		/^$/ { print summary; options = 1; next }
		options { print; next }
		{ summary = summary (summary ? " " : "") $0 }' | joined |
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
