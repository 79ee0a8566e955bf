/* SPDX-License-Identifier: MIT
 *
 * ws.c - the rows of ws.def and their look-up.
 *
 * A violation or refusal is its own index. Close codes are searched: there
 * are few, and it happens once in a connection's life.
 *
 * THREADS: any; the tables are constant.
 */
#include "config.h"

#include "wire/ws.h"

#include <stddef.h>

#include "base/must.h"

enum { PRIVATE_FIRST = 3000, PRIVATE_LAST = 4999 };

static const struct ws_close_row closes[] = {
#define WS_CODE(NAME, code, received, sent, section, meaning) \
	{ code, received, sent, section, meaning },
#include "wire/ws.def"
};

static const struct ws_violation_row violations[WS_V_COUNT] = {
#define WS_VIOLATION(NAME, layer, code, section, label, reason) \
	[WS_V_##NAME] = { WS_LAYER_##layer, code, section, label, reason },
#include "wire/ws.def"
};

static const struct ws_refusal_row refusals[WS_R_COUNT] = {
#define WS_REFUSAL(NAME, status, close, section, label, sentence) \
	[WS_R_##NAME] = { status, close, section, label, sentence },
#include "wire/ws.def"
};

const struct ws_violation_row *
ws_violation(enum ws_violation v)
{
	must(v > WS_V_NONE && v < WS_V_COUNT);
	return &violations[v];
}

const struct ws_refusal_row *
ws_refusal(enum ws_refusal r)
{
	must(r > WS_R_NONE && r < WS_R_COUNT);
	return &refusals[r];
}

const struct ws_close_row *
ws_close_row(unsigned code)
{
	for (size_t i = 0; i < sizeof closes / sizeof closes[0]; i++)
		if (closes[i].code == code)
			return &closes[i];
	return NULL;
}

static bool
is_private(unsigned code)
{
	return code >= PRIVATE_FIRST && code <= PRIVATE_LAST;
}

bool
ws_close_received(unsigned code)
{
	const struct ws_close_row *row = ws_close_row(code);

	return row ? row->received : is_private(code);
}

bool
ws_close_sent(unsigned code)
{
	const struct ws_close_row *row = ws_close_row(code);

	return row ? row->sent : is_private(code);
}

const char *
ws_close_meaning(unsigned code)
{
	const struct ws_close_row *row = ws_close_row(code);

	if (row)
		return row->meaning;
	return is_private(code) ? "private use" : "reserved";
}
