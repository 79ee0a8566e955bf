/* SPDX-License-Identifier: MIT
 *
 * handshake_key.h - Sec-WebSocket-Key and the answer to it.
 *
 * The accept value proves to the client that the server speaks WebSocket and
 * did not answer by accident. It is no security: SHA-1 is here because the
 * protocol names it. Base64 of exactly these two sizes, nothing general.
 *
 * THREADS: any. MEMORY: none.
 * RFC 6455 sections 4.1 and 4.2.2.
 */
#ifndef CLEAT_WIRE_HANDSHAKE_KEY_H
#define CLEAT_WIRE_HANDSHAKE_KEY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	HANDSHAKE_KEY_LEN = 24,	   /* 16 bytes in base64 */
	HANDSHAKE_ACCEPT_LEN = 28, /* 20 bytes in base64 */
};

/* Is `key` the base64 of 16 bytes? The four bits that the 22nd character has
 * to spare are not looked at: clients get them wrong, and nobody is hurt. */
bool handshake_key_valid(const char *key);

/* Writes the accept value for a valid key, and a NUL. Clients compare it. */
void
handshake_key_accept(const char *key, char accept[HANDSHAKE_ACCEPT_LEN + 1]);

/* Writes 16 bytes as a key, and a NUL: the client's side. */
void
handshake_key_make(const uint8_t nonce[16], char key[HANDSHAKE_KEY_LEN + 1]);

#endif
