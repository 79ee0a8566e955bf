/* SPDX-License-Identifier: MIT
 *
 * test_sendq.c - bytes and messages counted exactly, whatever the socket
 * takes at a time.
 */
#include "config.h"

#include <sys/socket.h>
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/payload.h"
#include "net/sendq.h"
#include "net/stream.h"
#include "../suite.h"
#include "wire/frame.h"

enum { SMALL = 4608 };

static struct stream server;
static int client;
static uint64_t held; /* 0 between tests */

static void
set_up(void)
{
	int fds[2], room = SMALL;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert_int_eq(
	    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room), 0);
	stream_init(&server, fds[0], NULL);
	client = fds[1];
}

static void
tear_down(void)
{
	stream_close(&server);
	close(client);
	ck_assert_uint_eq(held, 0);
}

static void
put(struct sendq *q, unsigned first, size_t n)
{
	uint8_t head[FRAME_SERVER_MAX], *data = malloc(n + 1);
	struct iovec iov[2] = { { head, frame_put(head, first, n) },
		{ data, n } };

	memset(data, (int)(n % 256), n);
	ck_assert_int_eq(sendq_put(q, iov, 0, &held), 0);
	free(data);
}

/* Reads n bytes at the other end; returns the data frames that end there. */
static uint32_t
read_some(uint8_t *all, size_t *len, size_t n, size_t *parsed)
{
	uint32_t messages = 0;
	ssize_t got = recv(client, all + *len, n, MSG_DONTWAIT);
	struct frame f;

	if (got > 0)
		*len += (size_t)got;
	for (;;) {
		int head = frame_parse(&f, all + *parsed, *len - *parsed, 0);

		if (head <= 0 || *len - *parsed - (size_t)head < f.len)
			return messages;
		for (size_t i = 0; i < f.len; i++)
			ck_assert_uint_eq(
			    all[*parsed + (size_t)head + i], f.len % 256);
		*parsed += (size_t)head + (size_t)f.len;
		messages += f.opcode < WS_OP_CLOSE;
	}
}

START_TEST(a_dead_socket_is_told)
{
	struct sendq q = { 0 };

	put(&q, FRAME_FIN | WS_OP_TEXT, 10);
	close(client);
	ck_assert_int_eq(sendq_write(&q, &server, &held), -EPIPE);
	sendq_fini(&q);
	client = -1;
}
END_TEST

START_TEST(an_empty_queue_owns_nothing_and_writes_nothing)
{
	struct sendq q = { 0 };

	ck_assert(sendq_empty(&q));
	ck_assert_int_eq(sendq_write(&q, &server, &held), 0);
	put(&q, FRAME_FIN | WS_OP_TEXT, 10);
	ck_assert(!sendq_empty(&q));
	ck_assert_int_eq(sendq_write(&q, &server, &held), 0);
	ck_assert(sendq_empty(&q));
	ck_assert_uint_eq(q.bytes, 0);
	ck_assert_uint_eq(q.messages, 0);
}
END_TEST

START_TEST(control_frames_are_no_messages)
{
	struct sendq q = { 0 };

	put(&q, FRAME_FIN | WS_OP_PING, 4);
	put(&q, FRAME_FIN | WS_OP_TEXT, 4);
	put(&q, FRAME_FIN | WS_OP_CLOSE, 2);
	ck_assert_uint_eq(q.messages, 1);
	ck_assert_uint_eq(q.bytes, 6 + 6 + 4);
	sendq_fini(&q);
	ck_assert_uint_eq(q.messages, 0);
}
END_TEST

START_TEST(messages_are_counted_off_as_their_last_byte_leaves)
{
	enum { N = 200 };
	struct sendq q = { 0 };
	uint8_t *all = malloc(1 << 20);
	size_t len = 0, parsed = 0;
	uint32_t heard = 0;
	struct payload *p;
	uint8_t data[1500];

	memset(data, 1500 % 256, sizeof data);
	p = payload_new(WS_OP_BINARY, data, sizeof data);
	for (int i = 0; i < N; i++) {
		put(&q, FRAME_FIN | WS_OP_BINARY, (size_t)(i * 37 % 700));
		if (i % 10 == 0)
			put(&q, FRAME_FIN | WS_OP_PING, 3);
		if (i % 7 == 0)
			ck_assert_int_eq(sendq_share(&q, p, 0, &held), 0);
	}
	ck_assert_uint_eq(q.messages, N + 29);
	for (int i = 0; i < 100000 && q.bytes > 0; i++) {
		size_t before = q.bytes;
		int rc = sendq_write(&q, &server, &held);

		ck_assert(rc == 0 || rc == -EAGAIN);
		ck_assert_uint_le(q.bytes, before);
		if (rc == 0)
			break;
		heard += read_some(all, &len, 97 + (size_t)i % 1000, &parsed);
	}
	ck_assert_uint_eq(q.bytes, 0);
	ck_assert_uint_eq(q.messages, 0);
	for (int i = 0; i < 1000; i++)
		heard += read_some(all, &len, 10000, &parsed);
	ck_assert_uint_eq(heard, N + 29);
	ck_assert_uint_eq(parsed, len);
	ck_assert_uint_eq(p->refs, 1);
	payload_unref(&p);
	free(all);
}
END_TEST

START_TEST(what_has_left_already_is_not_queued_wherever_the_cut_is)
{
	uint8_t frames[64];
	size_t n = 0;

	n += frame_put(frames, FRAME_FIN | WS_OP_TEXT, 5);
	memset(frames + n, 5, 5);
	n += 5;
	n += frame_put(frames + n, FRAME_FIN | WS_OP_PING, 3);
	memset(frames + n, 3, 3);
	n += 3;
	n += frame_put(frames + n, FRAME_FIN | WS_OP_TEXT, 8);
	for (size_t sent = 0; sent < n + 8; sent++) {
		uint8_t body[8] = { 8, 8, 8, 8, 8, 8, 8, 8 }, all[64];
		struct iovec iov[2] = { { frames, n }, { body, 8 } };
		struct sendq q = { 0 };

		ck_assert_int_eq(sendq_put(&q, iov, sent, &held), 0);
		ck_assert_uint_eq(q.bytes, n + 8 - sent);
		ck_assert_uint_eq(q.messages, sent < 7 ? 2 : 1);
		ck_assert_int_eq(sendq_write(&q, &server, &held), 0);
		ck_assert_uint_eq(q.messages, 0);
		memcpy(all, frames, n);
		memcpy(all + n, body, 8);
		ck_assert_int_eq(recv(client, frames + n, 40, MSG_DONTWAIT),
		    (ssize_t)(n + 8 - sent));
		ck_assert_mem_eq(frames + n, all + sent, n + 8 - sent);
	}
}
END_TEST

START_TEST(a_shared_frame_may_have_left_in_part)
{
	struct payload *p = payload_new(WS_OP_TEXT, "abcdef", 6);
	struct sendq q = { 0 };
	uint8_t got[16];

	ck_assert_int_eq(sendq_share(&q, p, 5, &held), 0);
	put(&q, FRAME_FIN | WS_OP_TEXT, 1);
	ck_assert_uint_eq(q.bytes, 3 + 3);
	ck_assert_uint_eq(q.messages, 2);
	ck_assert_int_eq(sendq_write(&q, &server, &held), 0);
	ck_assert_int_eq(recv(client, got, sizeof got, MSG_DONTWAIT), 6);
	ck_assert_mem_eq(got, "def\x81\x01\x01", 6);
	payload_unref(&p);
}
END_TEST

/* Bytes of a payload whose data is n times n. */
static struct payload *
shared(size_t n)
{
	uint8_t *data = malloc(n);
	struct payload *p;

	memset(data, (int)(n % 256), n);
	p = payload_new(WS_OP_BINARY, data, n);
	free(data);
	ck_assert_ptr_nonnull(p);
	return p;
}

START_TEST(a_shared_frame_waits_alone_or_in_company)
{
	static const size_t sizes[] = { 5, 1023, 1024, 3000 };
	static uint8_t all[1 << 16];

	for (size_t i = 0; i < 4 * 4; i++) {
		struct payload *p = shared(sizes[i / 4]);
		struct payload *r = shared(sizes[i % 4]);
		size_t len = 0, parsed = 0;
		struct sendq q = { 0 };

		ck_assert_int_eq(sendq_share(&q, p, 0, &held), 0);
		ck_assert_uint_eq(p->refs, 2);
		ck_assert_int_eq(sendq_share(&q, r, 0, &held), 0);
		put(&q, FRAME_FIN | WS_OP_PING, 3);
		ck_assert_uint_eq(q.bytes, p->len + r->len + 5);
		ck_assert_uint_eq(q.messages, 2);
		while (sendq_write(&q, &server, &held) == -EAGAIN)
			read_some(all, &len, sizeof all - len, &parsed);
		read_some(all, &len, sizeof all - len, &parsed);
		ck_assert_uint_eq(parsed, p->len + r->len + 5);
		ck_assert_uint_eq(all[p->len - 1], sizes[i / 4] % 256);
		ck_assert_uint_eq(q.messages, 0);
		ck_assert_uint_eq(p->refs + r->refs, 2);
		payload_unref(&p);
		payload_unref(&r);
	}
}
END_TEST

START_TEST(a_large_frame_that_waits_alone_leaves_in_pieces)
{
	static uint8_t all[1 << 17];
	struct payload *p = shared(100000);
	size_t len = 0, parsed = 0;
	struct sendq q = { 0 };

	ck_assert_int_eq(sendq_share(&q, p, 0, &held), 0);
	ck_assert_int_eq(sendq_write(&q, &server, &held), -EAGAIN);
	ck_assert_uint_lt(q.bytes, p->len);
	ck_assert_uint_eq(q.messages, 1);
	put(&q, FRAME_FIN | WS_OP_TEXT, 7);
	do
		read_some(all, &len, sizeof all - len, &parsed);
	while (sendq_write(&q, &server, &held) == -EAGAIN);
	read_some(all, &len, sizeof all - len, &parsed);
	ck_assert_uint_eq(parsed, p->len + 9);
	ck_assert_uint_eq(p->refs, 1);
	ck_assert_int_eq(sendq_share(&q, p, 0, &held), 0);
	sendq_fini(&q); /* drops what is alone */
	ck_assert_uint_eq(p->refs, 1);
	ck_assert(sendq_empty(&q));
	payload_unref(&p);
}
END_TEST

/* Reads all that comes; the frames are whole, or this is not called. */
static size_t
drain(struct sendq *q)
{
	static uint8_t all[1 << 17];
	size_t len = 0, parsed = 0;

	while (sendq_write(q, &server, &held) == -EAGAIN)
		read_some(all, &len, sizeof all - len, &parsed);
	read_some(all, &len, sizeof all - len, &parsed);
	ck_assert_uint_eq(parsed, len);
	return len;
}

START_TEST(a_cut_queue_keeps_what_has_begun_to_leave)
{
	struct payload *p = shared(3000);
	struct sendq q = { 0 };

	/* Nothing has: nothing stays. */
	put(&q, FRAME_FIN | WS_OP_TEXT, 100);
	sendq_cut(&q);
	ck_assert(sendq_empty(&q));
	ck_assert_int_eq(sendq_share(&q, p, 0, &held), 0);
	sendq_cut(&q);
	ck_assert(sendq_empty(&q));
	ck_assert_uint_eq(held, 0);
	/* The socket takes a part of the first one. */
	for (int i = 0; i < 3; i++) {
		put(&q, FRAME_FIN | WS_OP_BINARY, 50000);
		ck_assert_int_eq(sendq_share(&q, p, 0, &held), 0);
		put(&q, FRAME_FIN | WS_OP_TEXT, 10);
	}
	ck_assert_int_eq(sendq_write(&q, &server, &held), -EAGAIN);
	sendq_cut(&q);
	ck_assert_uint_eq(q.messages, 1);
	ck_assert_uint_gt(q.bytes, 0);
	ck_assert_uint_lt(q.bytes, 50000);
	ck_assert_uint_eq(p->refs, 1);
	put(&q, FRAME_FIN | WS_OP_CLOSE, 2);
	ck_assert_uint_eq(drain(&q), 50000 + 4 + 4);
	ck_assert_uint_eq(q.messages, 0);
	payload_unref(&p);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("sendq");
	TCase *tc = suite_case(s, "sendq");

	tcase_add_test(tc, a_dead_socket_is_told);
	tcase_add_test(tc, an_empty_queue_owns_nothing_and_writes_nothing);
	tcase_add_test(tc, control_frames_are_no_messages);
	tcase_add_test(tc, messages_are_counted_off_as_their_last_byte_leaves);
	tcase_add_test(
	    tc, what_has_left_already_is_not_queued_wherever_the_cut_is);
	tcase_add_test(tc, a_shared_frame_may_have_left_in_part);
	tcase_add_test(tc, a_shared_frame_waits_alone_or_in_company);
	tcase_add_test(tc, a_large_frame_that_waits_alone_leaves_in_pieces);
	tcase_add_test(tc, a_cut_queue_keeps_what_has_begun_to_leave);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	return suite_run_forked(s);
}
