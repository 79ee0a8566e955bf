#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What a page of the documentation links to or names as a file of this tree
# must be there: a reader who follows a dead link stops reading.

. "$(dirname "$0")/lint.subr"

# links FILE: the targets of its relative links, without anchors.
links()
{
	grep -o '](\([^):]*\))' "$1" | sed 's/^](//; s/)$//; s/#.*//' |
		grep -v '^$' | sort -u
}

# names FILE: what it names as a file of a source folder; NAME is a blank.
names()
{
	grep -oE '`(server|sdk|plugins|tools|tests|conf|docs)/[A-Za-z0-9_./-]+`' \
		"$1" | tr -d '`' | grep -v NAME | sort -u
}

look()
{
	find . -maxdepth 2 -name '*.md' ! -path './build*' | sort |
		while read -r page; do
			links "$page" | while read -r to; do
				[ -e "$(dirname "$page")/$to" ] ||
					echo "$page: links to $to," \
						"which is not there"
			done
			names "$page" | while read -r to; do
				[ -e "$to" ] ||
					echo "$page: names $to," \
						"which is not there"
			done
		done
}

lint links
