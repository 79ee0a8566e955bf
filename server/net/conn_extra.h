/* SPDX-License-Identifier: MIT
 *
 * conn_extra.h - what only some connections have while they are open: limits
 * of rate (conn_rate.c) and compression, agreed on by conn_deflate().
 *
 * It shares its place in struct conn with what is known of the end.
 *
 * THREADS: owner worker. MEMORY: one struct conn_extra and what it holds,
 * until the end is decided.
 */
#ifndef CLEAT_NET_CONN_EXTRA_H
#define CLEAT_NET_CONN_EXTRA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conn;
struct conn_extra;
struct deflate_bytes;
struct message_event;
struct payload;

struct conn_extra *conn_extra(struct conn *); /* NULL: no memory */
void conn_extra_free(struct conn *);

/* Bytes of compressors of its own; gives back what of them it can. */
size_t conn_extra_takes(const struct conn *);
void conn_forget(struct conn *);

/* For an open connection that deflates. False: send it as it is. */
bool conn_pack(struct conn *, const void *, size_t n, struct deflate_bytes *);
/* What was packed last nobody got. */
void conn_pack_unsent(struct conn *);
/* What to send instead; borrowed until the next call. */
struct payload *conn_pack_shared(struct conn *, struct payload *);

/* What a whole compressed message stands for. False: that ended the
 * connection. */
bool conn_unpack(struct conn *, const struct message_event *, uint8_t *,
    size_t n, struct deflate_bytes *);

#endif
