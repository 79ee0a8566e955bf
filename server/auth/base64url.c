/* SPDX-License-Identifier: MIT
 *
 * base64url.c - see base64url.h.
 *
 * THREADS, MEMORY: see base64url.h.
 */
#include "config.h"

#include "auth/base64url.h"

static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

ptrdiff_t
base64url_decode(uint8_t *out, size_t room, const char *text, size_t n)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t at = 0;

	if (n % 4 == 1 || BASE64URL_BYTES(n) > room)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int v = value_of(text[i]);

		if (v < 0)
			return -1;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[at++] = (uint8_t)(bits >> have);
			bits &= (1U << have) - 1;
		}
	}
	return bits == 0 ? (ptrdiff_t)at : -1;
}
