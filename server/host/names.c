/* SPDX-License-Identifier: MIT
 *
 * names.c - what names and values of topics and the registry may look like.
 *
 * THREADS, MEMORY: see names.h. RFC 3629.
 */
#include "config.h"

#include "host/names.h"

#include <string.h>

#include "topics/store_types.h"
#include "wire/utf8.h"

/* C0 and DEL, and C1: C2 80 to C2 9F. */
static bool
has_control(const unsigned char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s == 0x7f || (*s == 0xc2 && s[1] < 0xa0))
			return true;
	return false;
}

bool
name_is_valid(const char *s)
{
	const unsigned char *bytes = (const unsigned char *)s;
	size_t n = s ? strnlen(s, STORE_NAME_MAX + 1) : 0;

	return n > 0 && n <= STORE_NAME_MAX && utf8_valid(bytes, n) &&
	       !has_control(bytes);
}

bool
value_is_valid(const char *s)
{
	return strnlen(s, STORE_VALUE_MAX + 1) <= STORE_VALUE_MAX;
}
