/* SPDX-License-Identifier: MIT
 *
 * net_rig.h - a worker that the test drives by hand, and players: connections
 * with a recording host above and a raw client below.
 *
 * There is no thread and no sleep: rig_round() is one round of the worker,
 * rig_advance() lets time pass on a clock of the rig's own.
 */
#ifndef CLEAT_TESTS_NET_RIG_H
#define CLEAT_TESTS_NET_RIG_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/conn.h"
#include "net/worker.h"
#include "wire/extension.h"
#include "wire/frame.h"

struct rig {
	struct worker *worker;
	struct rules rules;
	struct tally tally;
	/* What the next connections are made of. */
	int socket_type; /* SOCK_STREAM; SOCK_SEQPACKET shows each send */
	int send_room;	 /* SO_SNDBUF, 0: as it is */
	bool parts;
	struct deflate_terms deflate;
	int n_released;
	uint64_t spent_ns; /* by each message callback */
	struct list players;
};

struct player {
	struct conn conn;
	struct rig *rig;
	struct list node;
	int fd; /* the client's end */

	/* What the host saw. */
	int n_messages, n_parts, n_drained, n_closed;
	int type;
	bool first, last;
	uint8_t *message;
	size_t len, total; /* of the last message; of all */
	uint64_t lingered_ms;
	struct conn_end end;
	char reason[WS_REASON_MAX + 1];
	void (*on_message)(struct player *); /* or NULL */
	void (*on_drained)(struct player *); /* or NULL */

	/* What the client got. */
	uint8_t *in;
	size_t in_len, in_at;
	bool eof;
};

/* What the client got: one frame. */
struct got {
	unsigned opcode;
	bool fin, compressed;
	uint8_t *data;
	size_t len;
};

void rig_init(struct rig *);
void rig_fini(struct rig *);
void rig_round(struct rig *);
void rig_rounds(struct rig *, int n);
void rig_advance(struct rig *, uint64_t ms); /* and one round */
uint64_t rig_now_ms(void);

/* The rig frees it at its own end. */
struct player *rig_open(struct rig *, const void *early, size_t n);

/* The client speaks; `first` as in frame_put(). */
size_t masked(uint8_t *out, unsigned first, const void *, size_t n);
void player_write(struct player *, const void *, size_t n);
void player_say(struct player *, unsigned first, const void *, size_t n);
void player_say_text(struct player *, const char *);
void player_say_close(struct player *, int code);
void player_hang_up(struct player *);

/* The client listens: takes all that is there; then a frame of it, which
 * points into the player; then a message with this text. */
void player_listen(struct player *);
bool player_hear(struct player *, struct got *);
/* Client and worker take turns until nothing is queued any more. */
void player_drain(struct player *);
void player_expect(struct player *, unsigned opcode, const char *);
void player_expect_close(struct player *, int code, const char *reason);
void player_expect_nothing(struct player *);

#endif
