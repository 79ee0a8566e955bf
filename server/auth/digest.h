/* SPDX-License-Identifier: MIT
 *
 * digest.h - the SHA-256 by which a file knows a token.
 *
 * THREADS: any. MEMORY: none. FIPS 180-4.
 */
#ifndef CLEAT_AUTH_DIGEST_H
#define CLEAT_AUTH_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DIGEST_LEN = 32, DIGEST_HEX_LEN = 2 * DIGEST_LEN };

/* False: the library has failed, which it does without memory. */
__attribute__((warn_unused_result)) bool
digest_make(uint8_t digest[DIGEST_LEN], const void *, size_t);

/* Takes the same time wherever they differ. */
bool digest_same(const uint8_t a[DIGEST_LEN], const uint8_t b[DIGEST_LEN]);

void
digest_write(const uint8_t digest[DIGEST_LEN], char hex[DIGEST_HEX_LEN + 1]);
/* Of DIGEST_HEX_LEN characters, in either case; false: there is another. */
bool digest_read(uint8_t digest[DIGEST_LEN], const char *hex);

#endif
