#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What does not fit on a screen is not understood at a glance: a function has
# at most 60 lines, a file 500, a header 120. Exceptions stand with their
# reason in sizes.allow, a list that only shrinks: one that is not needed any
# more is an offence, too.

. "$(dirname "$0")/lint.subr"

look()
{
	allow=tests/lint/sizes.allow
	[ -f $allow ] || allow=/dev/null
	# shellcheck disable=SC2046 # no file of ours has a space in its name
	awk '
	function complain(what, lines, limit, remedy) {
		if (what in allowed && lines <= allowed[what]) {
			if (lines > limit)
				needed[what] = 1
			return
		}
		if (what in allowed)
			limit = needed[what] = allowed[what]
		if (lines > limit)
			print what ": " lines " lines, " limit \
				" are allowed; " remedy
	}
	function end_of_file() {
		if (file ~ /\.h$/)
			complain(file, lines, 120, "it does two things: split it")
		else if (file != "")
			complain(file, lines, 500, "it does two things: split it")
	}
	FILENAME == allow {
		if ($0 !~ /^#/ && NF > 0) {
			allowed[$1] = $2
			if (NF < 3)
				print allow ":" FNR ": say why"
		}
		next
	}
	FNR == 1 { end_of_file(); file = FILENAME; head = start = 0 }
	{ lines = FNR }
	/^[A-Za-z_][A-Za-z0-9_]*\(/ {
		name = $0
		sub(/\(.*/, "", name)
		if (name == "START_TEST") {
			name = $0
			sub(/^[^(]*\(/, "", name)
			sub(/\).*/, "", name)
		}
		head = FNR
	}
	/;$/ && !start { head = 0 } # a declaration
	/^\{/ { start = head }
	/^}/ && start {
		complain(file ":" name, FNR - start + 1, 60, \
			"move a part with a name of its own into a function")
		start = 0
	}
	END {
		end_of_file()
		for (what in allowed)
			if (!(what in needed))
				print allow ": " what \
					" needs no exception: take it out"
	}
	' allow=$allow $allow $(c_files server sdk plugins tools tests)
}

lint sizes
