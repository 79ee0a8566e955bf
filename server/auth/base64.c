/* SPDX-License-Identifier: MIT
 *
 * base64.c - see base64.h.
 */
#include "config.h"

#include "auth/base64.h"

#include <string.h>

/* The six bits of a character, or -1. `last`: the two that are not letters or
 * digits. */
static int
bits_of(char c, const char last[2])
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == last[0] ? 62 : c == last[1] ? 63 : -1;
}

/* Without padding. */
static ptrdiff_t
decode(
    uint8_t *out, size_t room, const char *text, size_t n, const char last[2])
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t at = 0;

	if (n % 4 == 1 || BASE64URL_BYTES(n) > room)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int v = bits_of(text[i], last);

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

ptrdiff_t
base64url_decode(uint8_t *out, size_t room, const char *text, size_t n)
{
	return decode(out, room, text, n, "-_");
}

size_t
base64_decode(char *out, size_t max, const char *text)
{
	size_t len = strlen(text), pad = 0;
	ptrdiff_t n;

	if (len % 4 != 0)
		return BASE64_BAD;
	while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
		pad++;
	n = decode((uint8_t *)out, max, text, len - pad, "+/");
	return n < 0 ? BASE64_BAD : (size_t)n;
}
