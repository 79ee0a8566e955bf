/* SPDX-License-Identifier: MIT
 *
 * digest.c - see digest.h.
 */
#include "config.h"

#include "auth/digest.h"

#include <gnutls/crypto.h>

#include "base/hex.h"

bool
digest_make(uint8_t digest[DIGEST_LEN], const void *p, size_t n)
{
	return gnutls_hash_fast(GNUTLS_DIG_SHA256, p, n, digest) == 0;
}

bool
digest_same(const uint8_t a[DIGEST_LEN], const uint8_t b[DIGEST_LEN])
{
	return gnutls_memcmp(a, b, DIGEST_LEN) == 0;
}

void
digest_write(const uint8_t digest[DIGEST_LEN], char hex[DIGEST_HEX_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_LEN; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 0xf];
	}
	hex[DIGEST_HEX_LEN] = '\0';
}

bool
digest_read(uint8_t digest[DIGEST_LEN], const char *hex)
{
	for (size_t i = 0; i < DIGEST_LEN; i++) {
		int high = hex_value(hex[2 * i]);
		int low = high < 0 ? -1 : hex_value(hex[2 * i + 1]);

		if (low < 0)
			return false;
		digest[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}
