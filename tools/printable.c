/* SPDX-License-Identifier: MIT
 *
 * printable.c - see printable.h.
 *
 * The controls are 00 to 1f, 7f, and, where UTF-8 is understood, U+0080 to
 * U+009F, which is c2 followed by 80 to 9f.
 */
#include "config.h"

#include "printable.h"

#include <stdbool.h>
#include <string.h>

static bool
control_at(const unsigned char *p, size_t i)
{
	bool c1 = i > 0 && p[i - 1] == 0xc2 && p[i] >= 0x80 && p[i] <= 0x9f;

	return p[i] < ' ' || p[i] == 0x7f || c1;
}

char *
printable(char *out, size_t room, const void *p, size_t n, const char *keep)
{
	const unsigned char *byte = p;
	size_t i;

	for (i = 0; i < n && i + 1 < room; i++) {
		bool kept = byte[i] && strchr(keep, byte[i]);

		out[i] = control_at(byte, i) && !kept ? '?' : (char)byte[i];
	}
	out[i] = '\0';
	return out;
}
