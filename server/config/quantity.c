/* SPDX-License-Identifier: MIT
 *
 * quantity.c - one table of units, read in both directions.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/quantity.h"

static const struct {
	const char *name;
	enum quantity kind;
	int64_t factor;
} units[] = {
	/* Ascending within a kind: quantity_print() takes the last that
	 * divides. */
	{ "B", QUANTITY_SIZE, 1 },
	{ "KiB", QUANTITY_SIZE, 1 << 10 },
	{ "MiB", QUANTITY_SIZE, 1 << 20 },
	{ "GiB", QUANTITY_SIZE, 1 << 30 },
	{ "ms", QUANTITY_TIME, 1 },
	{ "s", QUANTITY_TIME, 1000 },
	{ "min", QUANTITY_TIME, 60 * 1000 },
	{ "h", QUANTITY_TIME, 60 * 60 * 1000 },
	{ "d", QUANTITY_TIME, 24 * 60 * 60 * 1000 },
};
enum { UNITS = sizeof(units) / sizeof(units[0]) };

bool
quantity_parse(const char *text, enum quantity kind, int64_t *value)
{
	const char *p = text;
	int64_t n = 0;
	bool over = false;

	for (; *p >= '0' && *p <= '9'; p++) {
		over |= __builtin_mul_overflow(n, 10, &n);
		over |= __builtin_add_overflow(n, *p - '0', &n);
	}
	if (p == text)
		return false;
	p += strspn(p, " ");
	for (size_t i = 0; i < UNITS; i++) {
		if ((units[i].kind & kind) == 0 || strcmp(p, units[i].name))
			continue;
		over |= __builtin_mul_overflow(n, units[i].factor, &n);
		*value = over ? INT64_MAX : n;
		return true;
	}
	/* "0" is 0 in any unit. */
	*value = 0;
	return *p == '\0' && n == 0 && !over;
}

const char *
quantity_print(char *buf, size_t size, enum quantity kind, uint64_t value)
{
	const char *name = "";
	uint64_t factor = 1;

	for (size_t i = 0; value > 0 && i < UNITS; i++) {
		uint64_t f = (uint64_t)units[i].factor;
		if (units[i].kind != kind || value % f != 0)
			continue;
		name = units[i].name;
		factor = f;
	}
	snprintf(buf, size, "%" PRIu64 "%s%s", value / factor,
	    *name == '\0' ? "" : " ", name);
	return buf;
}
