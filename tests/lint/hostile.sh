#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What a peer says reaches no must(), no allocation without a bound, and no
# log line unescaped, as far as a script can tell:
#
#   log    the log escapes every line itself (tests/unit/test_log.c), so
#          nothing but the log writes to standard error, and formats, events
#          and names of fields, which are not escaped, are literals;
#   alloc  an allocation whose size is not a constant or a sizeof stands in
#          hostile.allow with its bound;
#   must   in files that read what peers wrote, must() stands there with what
#          makes it true whatever they write.
#
# hostile.allow: KIND FILE:FUNCTION REASON; one that is not needed any more is
# an offence, too.

. "$(dirname "$0")/lint.subr"

look()
{
	allow=tests/lint/hostile.allow
	[ -f $allow ] || allow=/dev/null
	# shellcheck disable=SC2046 # no file of ours has a space in its name
	awk '
	function offence(kind, text,   key) {
		key = kind " " FILENAME ":" name
		if (key in allowed)
			needed[key] = 1
		else
			print FILENAME ":" FNR ": " name "(): " text
	}
	# The arguments of the call whose parenthesis stands at p of a line;
	# what goes on in the next line is all that is missing.
	function arguments(p,   s, depth, i, c) {
		s = substr(code, p)
		for (i = 1; i <= length(s); i++) {
			c = substr(s, i, 1)
			depth += (c == "(") - (c == ")")
			if (depth == 0)
				return substr(s, 2, i - 2)
		}
		return substr(s, 2) " ..."
	}
	function is_constant(a) {
		gsub(/sizeof *\([^()]*\)/, "S", a)
		gsub(/sizeof +[*A-Za-z_][A-Za-z0-9_>.\[\]-]*/, "S", a)
		return a ~ /^(1, )?[A-Z0-9_ +*]+$/
	}
	function check_allocations(   rest, at, p) {
		rest = code
		at = 0
		while (match(rest, /(^|[^A-Za-z0-9_])(malloc|calloc|realloc|reallocarray|strdup|strndup|asprintf|vasprintf|open_memstream)\(/)) {
			at += RSTART + RLENGTH - 1
			if (!is_constant(arguments(at)))
				offence("alloc", "how much can this become? Say" \
					" the bound in " allow_name)
			rest = substr(code, at + 1)
		}
	}
	BEGIN { allow_name = "tests/lint/hostile.allow" }
	FILENAME == allow {
		if ($0 !~ /^#/ && NF > 0) {
			allowed[$1 " " $2] = FNR
			rows[++n_rows] = $1 " " $2
			if (NF < 3)
				print allow ":" FNR ": say why"
		}
		next
	}
	FNR == 1 { name = "file" }
	/^[A-Za-z_][A-Za-z0-9_]*\(/ {
		name = $0
		sub(/\(.*/, "", name)
	}
	{
		code = $0
		sub(/\/\*.*/, "", code)
	}
	code ~ /^[ \t]*\*/ { next }
	code ~ /(stderr|STDERR_FILENO|perror\(|syslog\()/ &&
	code !~ /^#/ {
		offence("log", "standard error is the log'"'"'s, which escapes;" \
			" call log_warn() or the like")
	}
	code ~ /[^A-Za-z_]log_(error|warn|info|debug)\([^"]/ ||
	code ~ /LOG_EVENT\([^,]+, *[^" ]/ ||
	code ~ /LOG_(STR|BYTES|NUM)\([^"]/ {
		if (code !~ /^#/ && code !~ /\(\*?\)/)
			offence("log", "a format, an event and a field'"'"'s name" \
				" are not escaped: write a literal")
	}
	code !~ /^#/ { check_allocations() }
	code ~ /(^|[^A-Za-z0-9_])must\(/ && code !~ /^#/ &&
	FILENAME ~ /^server\/(wire|http|auth)\/|^server\/net\/(accept|conn_in|inbuf|preface|relay|tls)/ {
		offence("must", "this file reads what peers wrote: return an" \
			" error, or say in " allow_name " why it holds")
	}
	END {
		for (i = 1; i <= n_rows; i++)
			if (!(rows[i] in needed))
				print allow ":" allowed[rows[i]] ": " rows[i] \
					" is not needed any more; remove it"
	}
	' allow=$allow $allow $(c_files server | grep '\.c$')
}

lint hostile
