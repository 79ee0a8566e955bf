/* SPDX-License-Identifier: MIT
 *
 * jwt.c - see jwt.h.
 *
 * THREADS, MEMORY: see jwt.h.
 */
#include "config.h"

#include "auth/jwt.h"

const char *
jwt_reason_text(enum jwt_reason reason)
{
	static const char *const text[JWT_REASONS] = {
		"it is good",
#define REASON(id, words) words,
#include "auth/jwt.def"
#undef REASON
	};

	return text[reason];
}
