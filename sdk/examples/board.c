/* SPDX-License-Identifier: MIT
 *
 * board.c - a board that many draw on: cursors, strokes, who is there.
 *
 * Shows a topic, presence, binary messages, what a slow reader may miss (the
 * cursors) and what nobody does (strokes, which whoever comes back is sent),
 * retries that do no harm, and all workers at once. Open /board.html twice.
 *
 *	{ path = "/board"; handler = "board"; max_message = "4 KiB";
 *	  history_messages = 1000; history_bytes = "4 MiB";
 *	  queue_messages = 2000; queue_bytes = "8 MiB"; }
 *
 * PROTOCOL, version 1. Numbers are little-endian; x and y go from 0 to 65535
 * along the board's sides; WHO is a connection's number. Bytes shown as "."
 * are 0. Binary messages:
 *
 *	byte      0  1         2         3  4           8
 *	from a client
 *	HELLO     1  version   .         .  u32 tag     u64 epoch, u64 seq,
 *	                                                name: 1 to 32 bytes,
 *	                                                no control characters
 *	CURSOR    2  .         u16 x        u16 y, . .
 *	STROKE    3  colour    width     .  u32 number  1 to 1000 times
 *	             0 to 7    1 to 32                  u16 x, u16 y
 *	CLEAR     4  .         .         .  u32 number
 *	PING      9  .         .         .  . . . .
 *	to a client
 *	WELCOME   1  version   complete  .  u32 missed  u64 WHO it is itself,
 *	                       0 or 1                   u64 epoch, u64 seq
 *	CURSOR    2  as it was sent                     u64 WHO
 *	STROKE    3  as it was sent                     u64 WHO, epoch, seq,
 *	                                                the points
 *	CLEAR     4  as it was sent                     u64 WHO, epoch, seq
 *	PING      9  as it was sent
 *
 * The epoch and seq of STROKE and CLEAR to a client are text: 20 bytes each,
 * decimal, with blanks before. Text messages to a client, WHO in decimal:
 * "join WHO NAME" and "leave WHO".
 *
 * HELLO is first. Its epoch and seq are those of the last STROKE or CLEAR
 * that the client has, or 0; tag is random and kept over reconnects, so that
 * a stroke sent again with its number is drawn once. The answer is WELCOME
 * (epoch and seq of the newest), a "join" for each who is there, itself too,
 * and the STROKEs and CLEARs it has missed; unless `complete`, what it shows
 * is to be wiped before them. Its own STROKE and CLEAR come back to it, which
 * says that they are stored; its own CURSOR does not.
 *
 * Closes: 1003 text; 1008 not this protocol; 1013 come back later.
 */
#include <cleat.h>
#include <stdio.h>
#include <string.h>

#define TOPIC "board"

enum { HELLO = 1, CURSOR, STROKE, CLEAR, PING = 9 };
enum { VERSION = 1, HEAD = 8, WHO = 8, EPOCH = 16, SEQ = 36, POINTS = 56 };
enum { NAME_AT = 24, NAME_MAX = 32, POINTS_MAX = 1000 };

struct guest {
	int here; /* has said HELLO */
	uint32_t tag;
};

static uint64_t
number(const uint8_t *p, int bytes)
{
	return bytes ? p[0] | number(p + 1, bytes - 1) << 8 : 0;
}

static void
put(uint8_t *p, uint64_t number, int bytes)
{
	for (; bytes > 0; bytes--, number >>= 8)
		*p++ = (uint8_t)number;
}

/* Whether it is UTF-8 subscribe() sees. */
static int
is_name(const uint8_t *p, size_t len)
{
	size_t i = 0;

	while (i < len && p[i] >= 0x20 && p[i] != 0x7f)
		i++;
	return i == len && len >= 1 && len <= NAME_MAX;
}

static void
hello(cleat_conn *c, const uint8_t *p, size_t len)
{
	struct guest *g = cleat->state(c);
	char who[24], name[NAME_MAX + 1], first[80], last[40];
	cleat_sub s = { .member = who, .info = name, .resume = 1 };

	if (g->here || len < NAME_AT || p[1] != VERSION ||
	    !is_name(p + NAME_AT, len - NAME_AT)) {
		cleat->close(c, 1008, "not a HELLO of this version");
		return;
	}
	memcpy(name, p + NAME_AT, len - NAME_AT);
	name[len - NAME_AT] = '\0';
	snprintf(who, sizeof(who), "%llu", (unsigned long long)cleat->id(c));
	s.first.p = first;
	s.first.n =
	    (size_t)snprintf(first, sizeof(first), "join %s %s", who, name);
	s.last.p = last;
	s.last.n = (size_t)snprintf(last, sizeof(last), "leave %s", who);
	s.epoch = number(p + 8, 8);
	s.seq = number(p + 16, 8);
	g->here = 1;
	g->tag = (uint32_t)number(p + 4, 4);
	switch (cleat->subscribe(c, TOPIC, &s)) {
	case CLEAT_OK:
		return;
	case CLEAT_EINVAL:
		cleat->close(c, 1008, "no such name");
		return;
	default:
		cleat->close(c, 1013, "the board cannot be reached");
	}
}

static int
tell_member(void *c, const char *who, const char *name, unsigned conns)
{
	(void)conns;
	cleat->sendf(c, "join %s %s", who, name);
	return 0;
}

static void
on_subscribed(cleat_conn *c, const cleat_subscribed *s)
{
	uint8_t out[32] = { HELLO, VERSION, (uint8_t)(s->complete != 0) };

	if (s->status != CLEAT_OK) {
		cleat->close(c, 1013, "the board cannot be reached");
		return;
	}
	put(out + 4, s->missed, 4);
	put(out + 8, cleat->id(c), 8);
	put(out + 16, s->epoch, 8);
	put(out + 24, s->seq, 8);
	cleat->send(c, CLEAT_BINARY, out, sizeof(out));
	cleat->members(cleat->route(c), s->topic, tell_member, c);
}

/* Moves of a cursor go to the others, if they keep up; strokes and clears to
 * all, in one order, and are kept. */
static void
pass_on(cleat_conn *c, const uint8_t *p, size_t len, int keep)
{
	const struct guest *g = cleat->state(c);
	size_t points = keep ? POINTS : WHO + 8;
	uint8_t out[POINTS + 4 * POINTS_MAX];
	cleat_pub how = { .lose = CLEAT_LOSE_FIRST, .except = cleat->id(c) };
	char key[24];

	memcpy(out, p, HEAD);
	put(out + WHO, cleat->id(c), 8);
	memcpy(out + points, p + HEAD, len - HEAD);
	if (keep) {
		memcpy(out + EPOCH, CLEAT_STAMP CLEAT_STAMP, POINTS - EPOCH);
		snprintf(key, sizeof(key), "%lx-%lx", (unsigned long)g->tag,
		    (unsigned long)number(p + 4, 4));
		how =
		    (cleat_pub){ .store = 1, .from = cleat->id(c), .key = key };
		how.stamp = SEQ;
		how.stamp_epoch = EPOCH;
	}
	if (cleat->publish(cleat->route(c), TOPIC, CLEAT_BINARY, out,
		points + len - HEAD, &how) != CLEAT_OK &&
	    keep)
		cleat->close(c, 1013, "too much is drawn");
}

static void
on_published(cleat_conn *c, const cleat_published *p)
{
	if (p->status != CLEAT_OK)
		cleat->close(c, 1013, "the stroke was not kept");
}

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	const struct guest *g = cleat->state(c);
	const uint8_t *p = data;
	size_t points = len >= HEAD ? (len - HEAD) / 4 : 0;
	int op = len >= HEAD ? p[0] : 0;

	if (kind != CLEAT_BINARY)
		cleat->close(c, 1003, "binary messages only");
	else if (op == HELLO)
		hello(c, p, len);
	else if (op == PING && len == HEAD)
		cleat->send(c, CLEAT_BINARY, p, len);
	else if (g->here && (op == CURSOR || op == CLEAR) && len == HEAD)
		pass_on(c, p, len, op == CLEAR);
	else if (g->here && op == STROKE && p[1] <= 7 && p[2] >= 1 &&
		 p[2] <= 32 && points >= 1 && points <= POINTS_MAX &&
		 len % 4 == 0)
		pass_on(c, p, len, 1);
	else
		cleat->close(c, 1008, "not of the board's protocol");
}

CLEAT_HANDLER("board", "1.0", .flags = CLEAT_PARALLEL,
    .conn_size = sizeof(struct guest), .on_message = on_message,
    .on_subscribed = on_subscribed, .on_published = on_published)
