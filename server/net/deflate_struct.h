/* SPDX-License-Identifier: MIT
 *
 * deflate_struct.h - the inside of deflate.h, for its own files.
 *
 * THREADS, MEMORY: see deflate.h.
 */
#ifndef CLEAT_NET_DEFLATE_STRUCT_H
#define CLEAT_NET_DEFLATE_STRUCT_H

#define ZLIB_CONST
#include <zlib.h>

#include "net/deflate.h"

enum { DEFLATE_TAIL = 4 }; /* that every message ends with and nobody sends */

struct deflate {
	struct deflate_terms terms;
	uint8_t level;
	bool stale; /* the packer's past is not what the peer has heard */
	z_stream *packer, *unpacker; /* its own, or NULL */
	size_t takes;		     /* both */
	uint64_t *held;		     /* where that counts; NULL: nothing yet */
};

/* Its own streams have become more or fewer. */
void deflate_count(struct deflate *);
/* Makes room for so many bytes; false: no memory. */
bool deflate_room(struct deflate_bytes *, size_t room);
void deflate_unpacker_free(z_stream **);

#endif
