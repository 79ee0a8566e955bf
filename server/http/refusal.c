/* SPDX-License-Identifier: MIT
 *
 * refusal.c - the rows of refusal.def.
 */
#include "config.h"

#include "http/refusal.h"

#include "base/must.h"

enum after { KEEP, CLOSE };

static const struct refusal_row rows[REFUSALS] = {
#define REFUSAL(NAME, status, after, label, sentence) \
	[REFUSAL_##NAME] = { status, after == CLOSE, label, sentence },
#include "http/refusal.def"
#undef REFUSAL
};

const struct refusal_row *
refusal_row(enum refusal r)
{
	must(r > REFUSAL_NONE && r < REFUSALS);
	return &rows[r];
}
