/* SPDX-License-Identifier: MIT
 *
 * range.c - see range.h.
 */
#include "config.h"

#include "http/range.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Reads digits; a number that does not fit is the greatest that does. */
static bool
number(const char **s, uint64_t *value)
{
	const char *begin = *s;
	bool fits = true;
	uint64_t v = 0;

	for (; **s >= '0' && **s <= '9'; (*s)++) {
		if (v > (UINT64_MAX - 9) / 10)
			fits = false;
		else
			v = v * 10 + (uint64_t)(**s - '0');
	}
	*value = fits ? v : UINT64_MAX;
	return *s > begin;
}

enum range_kind
range_read(const char *range, uint64_t size, uint64_t *first, uint64_t *count)
{
	static const char unit[] = "bytes=";
	bool has_first, has_last;
	uint64_t from, to;

	if (!range || strncasecmp(range, unit, sizeof unit - 1) != 0)
		return RANGE_WHOLE;
	range += sizeof unit - 1;
	range += strspn(range, " \t");
	has_first = number(&range, &from);
	if (*range++ != '-')
		return RANGE_WHOLE;
	has_last = number(&range, &to);
	range += strspn(range, " \t");
	if (*range || (!has_first && !has_last) ||
	    (has_first && has_last && to < from))
		return RANGE_WHOLE;
	if (!has_first) { /* the last `to` bytes */
		if (to == 0 || size == 0)
			return RANGE_BEYOND;
		from = to < size ? size - to : 0;
		to = size - 1;
	} else if (from >= size) {
		return RANGE_BEYOND;
	} else if (!has_last || to >= size) {
		to = size - 1;
	}
	*first = from;
	*count = to - from + 1;
	return RANGE_PART;
}
