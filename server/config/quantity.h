/* SPDX-License-Identifier: MIT
 *
 * quantity.h - sizes and times as people write them: "64 KiB", "5 s".
 *
 * Whole numbers with one of B, KiB, MiB, GiB (bytes) or ms, s, min, h, d
 * (milliseconds). KB is not among them: it means two different things.
 */
#ifndef CLEAT_CONFIG_QUANTITY_H
#define CLEAT_CONFIG_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum quantity {
	QUANTITY_SIZE = 1,
	QUANTITY_TIME = 2,
	QUANTITY_ANY = QUANTITY_SIZE | QUANTITY_TIME,
};

/* Reads all of `text`; false when it is no such quantity. What does not fit
 * becomes INT64_MAX, which no bound admits. */
bool quantity_parse(const char *text, enum quantity, int64_t *value);

/* Writes `value` with the largest unit that divides it, returns buf. */
const char *
quantity_print(char *buf, size_t size, enum quantity, uint64_t value);

#endif
