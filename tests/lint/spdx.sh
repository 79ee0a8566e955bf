#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Every source says its licence on the first line (a script, below its #!),
# so that a file that is copied somewhere else still says it.

. "$(dirname "$0")/lint.subr"

look()
{
	{
		c_files server sdk plugins tools tests
		find tests tools www bench .ci quickstart -type f \
			\( -name '*.sh' -o -name '*.subr' -o -name '*.py' -o \
			-name '*.js' -o -name '*.mjs' -o -path .ci/run -o \
			-path quickstart \) 2>/dev/null |
			grep -v -e /fixtures/ -e /node_modules/
	} | sort | while read -r file; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: MIT' ||
			echo "$file: no licence; begin it with" \
				"'SPDX-License-Identifier: MIT' in a comment"
	done
}

lint spdx
