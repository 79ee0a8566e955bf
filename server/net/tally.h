/* SPDX-License-Identifier: MIT
 *
 * tally.h - the counters of one route on one worker.
 *
 * One writer, the owner worker; any thread reads (base/stats.h). Sums over
 * workers and their names in the metrics are the reader's.
 *
 * THREADS: stat_add() on the owner worker, stat_get() on any.
 * MEMORY: whoever starts connections with it keeps it until the last one is
 * released; all zero is the beginning.
 */
#ifndef CLEAT_NET_TALLY_H
#define CLEAT_NET_TALLY_H

#include <stdint.h>

#include "base/stats.h"
#include "wire/ws.h"

/* Close codes as they are counted: 1000 to 1015 each for itself, then the
 * registered (3000) and the private (4000) ranges. */
enum {
	TALLY_CODE_FIRST = 1000,
	TALLY_CODE_LAST = 1015,
	TALLY_CODE_3000 = TALLY_CODE_LAST - TALLY_CODE_FIRST + 1,
	TALLY_CODE_4000,
	TALLY_CODES,
};

struct tally {
#define TALLY(name) uint64_t name;
#include "net/tally.def"
	uint64_t causes[WS_V_COUNT]; /* ends; [WS_V_NONE]: peer or handler */
	uint64_t codes[TALLY_CODES]; /* ends, by close code */
};

/* Where a close code is counted, and the label of that place: "1000",
 * "3000-3999". */
unsigned tally_code_index(int code);
const char *tally_code_label(unsigned index);

#endif
