/* SPDX-License-Identifier: MIT
 *
 * refusal.h - why a request is refused; the rows of refusal.def.
 *
 * THREADS: any; the table is constant.
 */
#ifndef CLEAT_HTTP_REFUSAL_H
#define CLEAT_HTTP_REFUSAL_H

#include <stdbool.h>

enum refusal {
	REFUSAL_NONE, /* go on */
#define REFUSAL(NAME, status, after, label, sentence) REFUSAL_##NAME,
#include "http/refusal.def"
#undef REFUSAL
	REFUSALS
};

struct refusal_row {
	unsigned status;
	bool close; /* end the connection after the answer */
	const char *label, *sentence;
};

/* The row of a refusal that is not REFUSAL_NONE. */
const struct refusal_row *refusal_row(enum refusal);

#endif
