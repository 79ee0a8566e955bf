#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Words that are not used here: functions that write without a bound or
# convert without an error, promises for later, conditional compilation
# inside a function, names that say nothing.

. "$(dirname "$0")/lint.subr"

look()
{
	# shellcheck disable=SC2046 # no file of ours has a space in its name
	awk '
	BEGIN {
		remedy["strcpy"] = remedy["strcat"] = remedy["strncpy"] = \
			remedy["sprintf"] = remedy["vsprintf"] = \
			"use snprintf() or base/buf.h"
		remedy["atoi"] = remedy["atol"] = remedy["atof"] = \
			"use strtoul() and check what it did not read"
		remedy["alloca"] = "use an array with a maximum, or the heap"
		remedy["gets"] = remedy["strtok"] = "use strcspn() and a length"
	}
	function complain(text) { print FILENAME ":" FNR ": " text }

	FNR == 1 {
		inside = 0
		if (FILENAME ~ /(^|[\/_])(util|utils|misc|helpers)\.[ch]$/)
			complain("a name that says nothing; name the one thing" \
				" that the file does")
	}
	/^\{/ { inside = 1 }
	/^\}/ { inside = 0 }
	inside && /^[ \t]*#[ \t]*(if|ifdef|ifndef|else|elif)([ \t]|$)/ {
		complain("conditional compilation inside a function; give" \
			" each case a function, or test a constant")
	}
	/(^|[^A-Za-z_])(TODO|FIXME|XXX)([^A-Za-z_]|$)/ {
		complain("a promise for later; do it now, or open an issue")
	}
	/^typedef struct/ && FILENAME ~ /^server\// {
		complain("a struct behind a typedef; write struct")
	}
	{
		n = split($0, word, /[^A-Za-z0-9_]+/)
		for (i = 1; i <= n; i++)
			if (word[i] in remedy && index($0, word[i] "("))
				complain(word[i] "() is not used here; " \
					remedy[word[i]])
	}
	' /dev/null $(c_files server sdk plugins tools tests)
}

lint words
