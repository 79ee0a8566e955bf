/* SPDX-License-Identifier: MIT
 *
 * tally.c - where a close code is counted.
 *
 * The counting itself is one stat_add() wherever something happens.
 *
 * THREADS: any.
 */
#include "config.h"

#include "net/tally.h"

#include "base/must.h"

unsigned
tally_code_index(int code)
{
	if (code >= 4000)
		return TALLY_CODE_4000;
	if (code > TALLY_CODE_LAST)
		return TALLY_CODE_3000;
	must(code >= TALLY_CODE_FIRST);
	return (unsigned)(code - TALLY_CODE_FIRST);
}

const char *
tally_code_label(unsigned index)
{
	static const char *const labels[TALLY_CODES] = { "1000", "1001", "1002",
		"1003", "1004", "1005", "1006", "1007", "1008", "1009", "1010",
		"1011", "1012", "1013", "1014", "1015", "3000-3999",
		"4000-4999" };

	must(index < TALLY_CODES);
	return labels[index];
}
