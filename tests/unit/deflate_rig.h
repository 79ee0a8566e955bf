/* SPDX-License-Identifier: MIT
 *
 * deflate_rig.h - net_rig.h with permessage-deflate, and a client that uses
 * zlib as it comes.
 */
#ifndef CLEAT_TESTS_DEFLATE_RIG_H
#define CLEAT_TESTS_DEFLATE_RIG_H

#define ZLIB_CONST
#include <zlib.h>

#include "net_rig.h"

enum { ROOM = 1 << 17, RSV1_TEXT = FRAME_RSV1 | WS_OP_TEXT };

extern const struct deflate_terms forgets, remembers;
extern struct rig rig; /* its client forgets, until a test says otherwise */
extern z_stream packer, unpacker; /* the client's */
extern uint8_t packed[ROOM];

void deflate_rig_init(void);
void deflate_rig_fini(void);

/* Into `packed`; the size, without the tail that a flush adds. */
size_t squeeze(const void *, size_t n);
size_t squeeze_as(const void *, size_t n, int flush); /* with it */
void say_packed(struct player *, const char *text);

/* What a frame stands for; until the next call. */
const char *restore(const struct got *);
/* Returns how many bytes it took. */
size_t expect_packed(struct player *, const char *text);

/* Much the same, n times; what no compressor makes smaller, as text if it is
 * short and `values` is 127. Until the next call. */
const char *words(int n);
const char *noise_of(size_t n, unsigned values);

/* A connection that answers with what it hears. */
struct player *echo(void);

#endif
