/* SPDX-License-Identifier: MIT
 *
 * base64.c - see base64.h.
 */
#include "config.h"

#include "auth/base64.h"

#include <string.h>

/* The six bits of a character, or -1. */
static int
bits_of(char c)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

size_t
base64_decode(char *out, size_t max, const char *text)
{
	size_t len = strlen(text), n = 0, pad = 0;
	uint32_t group = 0;

	if (len % 4 != 0)
		return BASE64_BAD;
	while (len > 0 && pad < 2 && text[len - 1] == '=') {
		len--;
		pad++;
	}
	for (size_t i = 0; i < len; i++) {
		int bits = bits_of(text[i]);

		if (bits < 0)
			return BASE64_BAD;
		group = group << 6 | (uint32_t)bits;
		if (i % 4 == 0)
			continue;
		/* A byte is whole; so many bits belong to the next one. */
		if (n == max)
			return BASE64_BAD;
		out[n++] = (char)(group >> (6 - 2 * (i % 4)));
	}
	/* What the padding has cut off must be zero. */
	if (pad > 0 && (group & (pad == 1 ? 0x3 : 0xf)) != 0)
		return BASE64_BAD;
	return n;
}
