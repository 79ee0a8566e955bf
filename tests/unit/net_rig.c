/* SPDX-License-Identifier: MIT
 *
 * net_rig.c - see net_rig.h.
 */
#include "config.h"

#include "net_rig.h"

#include <sys/socket.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "net/arrived.h"

static uint64_t now_ns;

static uint64_t
fake_ns(void)
{
	return now_ns;
}

uint64_t
rig_now_ms(void)
{
	return now_ns / 1000000;
}

static struct player *
player_of(struct conn *c)
{
	return container_of(c, struct player, conn);
}

static void
remember(struct player *p, int type, const uint8_t *data, size_t n)
{
	p->type = type;
	p->message = realloc(p->message, n + 1);
	ck_assert_ptr_nonnull(p->message);
	memcpy(p->message, data, n);
	p->message[n] = '\0';
	p->len = n;
	p->total += n;
}

static void
message(struct conn *c, int type, const uint8_t *data, size_t n)
{
	struct player *p = player_of(c);

	ck_assert_int_eq(p->n_closed, 0);
	now_ns += p->rig->spent_ns;
	p->n_messages++;
	remember(p, type, data, n);
	if (p->on_message)
		p->on_message(p);
}

static void
part(struct conn *c, int type, const uint8_t *data, size_t n, bool first,
    bool last)
{
	struct player *p = player_of(c);

	ck_assert_int_eq(p->n_closed, 0);
	p->n_parts++;
	p->first = first;
	p->last = last;
	remember(p, type, data, n);
}

static void
lingered(struct conn *c, uint64_t ms)
{
	player_of(c)->lingered_ms += ms;
}

static void
drained(struct conn *c)
{
	struct player *p = player_of(c);

	ck_assert_int_eq(p->n_closed, 0);
	p->n_drained++;
	if (p->on_drained)
		p->on_drained(p);
}

static void
closed(struct conn *c, const struct conn_end *end)
{
	struct player *p = player_of(c);

	ck_assert_int_eq(p->n_closed++, 0);
	p->end = *end;
	memcpy(p->reason, end->reason, end->reason_len);
	p->end.reason = p->reason;
}

static void
released(struct conn *c)
{
	struct player *p = player_of(c);

	ck_assert_int_eq(p->n_closed, 1);
	p->rig->n_released++;
}

static const struct conn_calls conn_calls = { message, part, lingered, drained,
	closed, released };

static void
accepted(struct worker *w, int fd, const struct arrived *a)
{
	(void)w;
	ck_assert_ptr_null(a->relay);
	close(fd);
}

static const struct worker_calls worker_calls = { .conn = &conn_calls,
	.accepted = accepted };

void
rig_init(struct rig *r)
{
	now_ns = 1000000000;
	clock_replace(fake_ns);
	*r = (struct rig){
		.socket_type = SOCK_STREAM,
		.rules = { .max_message = 1 << 20,
		    .max_fragments = 1024,
		    .turn_messages = 256,
		    .turn_bytes = 1 << 20,
		    .queue_bytes = 1 << 20,
		    .queue_messages = 256,
		    .queue_high = 75,
		    .queue_low = 25,
		    .close_within_ms = 5000 },
	};
	list_init(&r->players);
	ck_assert_int_eq(worker_new(&r->worker, 7, &worker_calls), 0);
	rig_round(r);
}

static void
player_free(struct player *p)
{
	if (p->fd >= 0)
		close(p->fd);
	list_del(&p->node);
	free(p->message);
	free(p->in);
	free(p);
}

void
rig_fini(struct rig *r)
{
	worker_stop(r->worker);
	worker_free(&r->worker);
	ck_assert_uint_eq(r->tally.connections, 0);
	ck_assert_uint_eq(r->tally.queue_bytes, 0);
	LIST_FOREACH_SAFE (n, &r->players)
		player_free(container_of(n, struct player, node));
	clock_replace(NULL);
}

void
rig_round(struct rig *r)
{
	worker_round(r->worker, false);
}

void
rig_rounds(struct rig *r, int n)
{
	while (n-- > 0)
		rig_round(r);
}

void
rig_advance(struct rig *r, uint64_t ms)
{
	now_ns += ms * 1000000;
	rig_round(r);
}

struct player *
rig_open(struct rig *r, const void *early, size_t n)
{
	struct player *p = calloc(1, sizeof *p);
	int fds[2];

	ck_assert_ptr_nonnull(p);
	ck_assert_int_eq(
	    socketpair(AF_UNIX, r->socket_type | SOCK_CLOEXEC, 0, fds), 0);
	if (r->send_room > 0)
		ck_assert_int_eq(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF,
				     &r->send_room, sizeof r->send_room),
		    0);
	p->rig = r;
	p->fd = fds[1];
	list_add_tail(&r->players, &p->node);
	p->conn.rules = &r->rules;
	p->conn.tally = &r->tally;
	p->conn.parts = r->parts;
	ck_assert_int_eq(conn_deflate(&p->conn, &r->deflate), 0);
	ck_assert_int_eq(conn_start(&p->conn, r->worker,
			     &(struct stream){ .fd = fds[0] }, early, n),
	    0);
	return p;
}

size_t
masked(uint8_t *out, unsigned first, const void *data, size_t n)
{
	static const uint8_t key[4] = { 0x37, 0xfa, 0x21, 0x3d };
	size_t head = frame_put_masked(out, first, n, key);
	const uint8_t *in = data;

	for (size_t i = 0; i < n; i++)
		out[head + i] = in[i] ^ key[i % 4];
	return head + n;
}

void
player_write(struct player *p, const void *data, size_t n)
{
	ck_assert_int_eq(
	    send(p->fd, data, n, MSG_NOSIGNAL | MSG_DONTWAIT), (ssize_t)n);
}

void
player_say(struct player *p, unsigned first, const void *data, size_t n)
{
	uint8_t *frame = malloc(n + FRAME_CLIENT_MAX);

	ck_assert_ptr_nonnull(frame);
	player_write(p, frame, masked(frame, first, data, n));
	free(frame);
}

void
player_say_text(struct player *p, const char *text)
{
	player_say(p, FRAME_FIN | WS_OP_TEXT, text, strlen(text));
}

void
player_say_close(struct player *p, int code)
{
	uint8_t body[2] = { (uint8_t)(code >> 8), (uint8_t)code };

	player_say(p, FRAME_FIN | WS_OP_CLOSE, body, code ? 2 : 0);
}

void
player_hang_up(struct player *p)
{
	close(p->fd);
	p->fd = -1;
}

void
player_listen(struct player *p)
{
	uint8_t piece[65536];

	for (;;) {
		ssize_t n = recv(p->fd, piece, sizeof piece, MSG_DONTWAIT);

		if (n < 0)
			return;
		if (n == 0) {
			p->eof = true;
			return;
		}
		p->in = realloc(p->in, p->in_len + (size_t)n);
		ck_assert_ptr_nonnull(p->in);
		memcpy(p->in + p->in_len, piece, (size_t)n);
		p->in_len += (size_t)n;
	}
}

bool
player_hear(struct player *p, struct got *g)
{
	struct frame f;
	int head;

	player_listen(p);
	if (p->in_at == p->in_len)
		return false;
	head = frame_parse(&f, p->in + p->in_at, p->in_len - p->in_at,
	    p->rig->deflate.on ? FRAME_RSV1 : 0);
	ck_assert_int_ge(head, 0);
	if (head == 0 || p->in_len - p->in_at - (size_t)head < f.len)
		return false;
	*g = (struct got){ f.opcode, f.fin, f.rsv != 0, p->in + p->in_at + head,
		(size_t)f.len };
	p->in_at += (size_t)head + (size_t)f.len;
	return true;
}

void
player_drain(struct player *p)
{
	for (int i = 0; i < 10000 && conn_queued(&p->conn) > 0; i++) {
		player_listen(p);
		rig_round(p->rig);
	}
	player_listen(p);
	ck_assert_uint_eq(conn_queued(&p->conn), 0);
}

void
player_expect(struct player *p, unsigned opcode, const char *text)
{
	struct got g;

	ck_assert(player_hear(p, &g));
	ck_assert(!g.compressed);
	ck_assert_uint_eq(g.opcode, opcode);
	ck_assert_uint_eq(g.len, strlen(text));
	ck_assert_mem_eq(g.data, text, g.len);
}

void
player_expect_close(struct player *p, int code, const char *reason)
{
	struct got g;

	ck_assert(player_hear(p, &g));
	ck_assert_uint_eq(g.opcode, WS_OP_CLOSE);
	if (code == 0) {
		ck_assert_uint_eq(g.len, 0);
		return;
	}
	ck_assert_uint_eq(g.len, 2 + strlen(reason));
	ck_assert_int_eq(g.data[0] << 8 | g.data[1], code);
	ck_assert_mem_eq(g.data + 2, reason, g.len - 2);
}

void
player_expect_nothing(struct player *p)
{
	struct got g;

	ck_assert(!player_hear(p, &g));
	ck_assert_uint_eq(p->in_at, p->in_len);
}
