/* SPDX-License-Identifier: MIT
 *
 * hex.h - digits of base 16.
 *
 * THREADS: any. MEMORY: none.
 */
#ifndef CLEAT_BASE_HEX_H
#define CLEAT_BASE_HEX_H

/* Of either case; -1: it is none. */
static inline int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
