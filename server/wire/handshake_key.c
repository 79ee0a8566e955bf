/* SPDX-License-Identifier: MIT
 *
 * handshake_key.c - see handshake_key.h.
 */
#include "config.h"

#include "wire/handshake_key.h"

#include <string.h>

#include "wire/sha1.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* Section 1.3: no server that does not know WebSocket would append it. */
static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/* Writes 4 characters per 3 bytes begun, and a NUL. */
static void
base64(const uint8_t *p, size_t n, char *out)
{
	for (size_t i = 0; i < n; i += 3) {
		size_t have = n - i < 3 ? n - i : 3;
		uint32_t bits = 0;

		for (size_t j = 0; j < 3; j++)
			bits = bits << 8 | (j < have ? p[i + j] : 0);
		for (size_t j = 0; j < 4; j++)
			*out++ = j <= have
				     ? alphabet[bits >> (18 - 6 * j) & 0x3f]
				     : '=';
	}
	*out = '\0';
}

bool
handshake_key_valid(const char *key)
{
	return strlen(key) == HANDSHAKE_KEY_LEN &&
	       strspn(key, alphabet) == HANDSHAKE_KEY_LEN - 2 &&
	       key[HANDSHAKE_KEY_LEN - 2] == '=' &&
	       key[HANDSHAKE_KEY_LEN - 1] == '=';
}

void
handshake_key_accept(const char *key, char accept[HANDSHAKE_ACCEPT_LEN + 1])
{
	uint8_t text[HANDSHAKE_KEY_LEN + sizeof guid - 1], digest[SHA1_LEN];

	memcpy(text, key, HANDSHAKE_KEY_LEN);
	memcpy(text + HANDSHAKE_KEY_LEN, guid, sizeof guid - 1);
	sha1(text, sizeof text, digest);
	base64(digest, sizeof digest, accept);
}

void
handshake_key_make(const uint8_t nonce[16], char key[HANDSHAKE_KEY_LEN + 1])
{
	base64(nonce, 16, key);
}
