/* SPDX-License-Identifier: MIT
 *
 * test_tls.c - a stream that is a TLS session: bytes both ways through small
 * sockets, and every way in which it ends.
 */
#include "config.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../suite.h"
#include "net_rig.h"
#include "tls_rig.h"

START_TEST(pieces_arrive_whole_through_a_full_socket)
{
	enum { ALL = 300000 };
	uint8_t *data = pattern(ALL), *got = calloc(1, ALL);
	size_t sent = 0, taken = 0, refused = 0;

	connect_pair(&kinds[_i]);
	while (taken < ALL) {
		/* A header, a body, and nothing: as a frame and its queue. */
		size_t head = ALL - sent < 14 ? ALL - sent : 14;
		const struct iovec iov[3] = { { data + sent, head },
			{ NULL, 0 },
			{ data + sent + head, ALL - sent - head } };
		ssize_t n = sent < ALL ? stream_writev(&ours, iov, 3) : 0;

		ck_assert(n >= 0 || n == -EAGAIN);
		refused += n == -EAGAIN;
		sent += n > 0 ? (size_t)n : 0;
		taken += client_takes(got + taken, ALL - taken);
	}
	ck_assert_uint_eq(sent, ALL);
	ck_assert_uint_gt(refused, 0);
	ck_assert_mem_eq(got, data, ALL);
	tear_down();
	free(data);
	free(got);
}
END_TEST

START_TEST(small_pieces_share_a_record)
{
	struct iovec iov[20];
	uint8_t got[64];
	size_t n;

	connect_pair(&kinds[_i]);
	for (size_t i = 0; i < 20; i++)
		iov[i] = (struct iovec){ (void *)(uintptr_t) "ab", i % 3 };
	ck_assert_int_eq(stream_writev(&ours, iov, 20), 19);
	/* A call gives what one record held; with TLS 1.3 tickets come first. */
	do
		n = client_takes(got, sizeof got);
	while (n == 0);
	ck_assert_uint_eq(n, 19);
	tear_down();
}
END_TEST

START_TEST(a_read_takes_all_that_the_socket_has)
{
	uint8_t *got = malloc(65536);

	connect_pair(&kinds[_i]);
	ck_assert_int_eq(stream_recv(&ours, got, 65536), -EAGAIN);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(
		    gnutls_record_send(theirs, "0123456789", 10), 10);
	ck_assert_int_eq(stream_recv(&ours, got, 65536), 100);
	ck_assert(!stream_more(&ours));
	/* What is left in the session no socket announces. */
	ck_assert_int_eq(gnutls_record_send(theirs, "0123456789", 10), 10);
	ck_assert_int_eq(stream_recv(&ours, got, 4), 4);
	ck_assert(stream_more(&ours));
	ck_assert_int_eq(stream_recv(&ours, got, 4), 4);
	ck_assert_int_eq(stream_recv(&ours, got, 4), 2);
	ck_assert(!stream_more(&ours));
	tear_down();
	free(got);
}
END_TEST

START_TEST(nothing_is_left_behind_however_little_room_there_is)
{
	/* Below what is received ahead, at it, and far above. */
	static const size_t rooms[] = { 1000, 16384, 16385, 32767, 32768, 32800,
		49152, 100000 };
	enum { ALL = 400000 };
	uint8_t *data = pattern(ALL), *got = calloc(1, ALL);
	size_t sent = 0, taken = 0, room = rooms[_i % 8];
	int room_there = 200000;

	connect_pair(&kinds[_i / 8]);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room_there, sizeof room_there);
	for (int idle = 0; taken < ALL; idle++) {
		size_t left = ALL - taken < room ? ALL - taken : room;
		ssize_t n = stream_recv(&ours, got + taken, left);

		ck_assert(n > 0 || n == -EAGAIN);
		if (n > 0) {
			taken += (size_t)n;
			idle = 0;
		}
		while (sent < ALL) {
			/* What was refused must be said again as it was. */
			n = gnutls_record_send(theirs, data + sent, ALL - sent);
			if (n < 0)
				break;
			sent += (size_t)n;
		}
		ck_assert_int_lt(idle, 1000);
	}
	ck_assert_mem_eq(got, data, ALL);
	tear_down();
	free(data);
	free(got);
}
END_TEST

/* What is received at a time ends where a record does, and there is more. */
START_TEST(a_read_goes_on_behind_what_it_has_received_at_first)
{
	static const size_t sealed[] = { 22, 29, 22, 22, 22 }; /* beside data */
	size_t n = 16384 - sealed[_i];
	uint8_t *data = pattern(n), *got = malloc(65536);
	int room_there = 200000;

	connect_pair(&kinds[_i]);
	ck_assert_int_eq(stream_recv(&ours, got, 65536), -EAGAIN);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room_there, sizeof room_there);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
		    gnutls_record_send(theirs, data, n), (ssize_t)n);
	ck_assert_int_eq(gnutls_record_send(theirs, "x", 1), 1);
	ck_assert_int_eq(stream_recv(&ours, got, 65536), (ssize_t)(2 * n + 1));
	ck_assert(!stream_more(&ours));
	tear_down();
	free(data);
	free(got);
}
END_TEST

START_TEST(the_last_bytes_come_before_the_end)
{
	connect_pair(&kinds[_i]);
	ck_assert_int_eq(gnutls_record_send(theirs, "bye", 3), 3);
	ck_assert_int_eq(gnutls_bye(theirs, GNUTLS_SHUT_WR), 0);
	ck_assert_int_eq(stream_recv(&ours, much, sizeof much), 3);
	ck_assert(stream_more(&ours));
	ck_assert_int_eq(stream_recv(&ours, much, sizeof much), 0);
	tear_down();
}
END_TEST

START_TEST(a_socket_that_just_ends_is_an_end)
{
	connect_pair(&kinds[_i]);
	ck_assert_int_eq(gnutls_record_send(theirs, "bye", 3), 3);
	shutdown(fd, SHUT_WR);
	ck_assert_int_eq(stream_recv(&ours, much, sizeof much), 3);
	ck_assert_int_eq(stream_recv(&ours, much, sizeof much), 0);
	tear_down();
}
END_TEST

START_TEST(a_socket_that_ends_in_a_record_is_an_end)
{
	uint8_t half[5] = { 23, 3, 3, 0, 40 }, *got = malloc(65536);
	ssize_t n;

	connect_pair(&kinds[_i % KINDS]);
	if (_i >= KINDS)
		ck_assert_int_eq(gnutls_record_send(theirs, "bye", 3), 3);
	ck_assert_int_eq(send(fd, half, sizeof half, 0), 5);
	shutdown(fd, SHUT_WR);
	if (_i >= KINDS)
		ck_assert_int_eq(stream_recv(&ours, got, 65536), 3);
	n = stream_recv(&ours, got, 65536);
	ck_assert(n <= 0 && n != -EAGAIN);
	tear_down();
	free(got);
}
END_TEST

START_TEST(our_end_is_said)
{
	uint8_t got[8];
	ssize_t n;

	connect_pair(&kinds[_i]);
	stream_shutdown(&ours);
	do
		n = gnutls_record_recv(theirs, got, sizeof got);
	while (n == GNUTLS_E_AGAIN);
	ck_assert_int_eq(n, 0);
	tear_down();
}
END_TEST

START_TEST(after_a_failed_write_what_came_can_be_read)
{
	uint8_t got[64];

	connect_pair(&kinds[_i]);
	ck_assert_int_eq(gnutls_record_send(theirs, "bye", 3), 3);
	close(fd);
	fd = -1;
	ck_assert_int_lt(stream_writev(&ours, &(struct iovec){ got, 1 }, 1), 0);
	stream_abandon(&ours);
	ck_assert_int_eq(stream_recv(&ours, much, sizeof much), 3);
	tear_down();
}
END_TEST

START_TEST(forged_bytes_end_the_session)
{
	uint8_t forged[64] = { 23, 3, 3, 0, 40 };

	connect_pair(&kinds[_i]);
	ck_assert_int_eq(send(fd, forged, 45, 0), 45);
	ck_assert_int_lt(stream_recv(&ours, much, sizeof much), 0);
	tear_down();
}
END_TEST

START_TEST(nobody_renegotiates)
{
	ssize_t n = -EAGAIN;

	connect_pair(&kinds[1]);
	(void)gnutls_handshake(theirs);
	n = stream_recv(&ours, much, sizeof much);
	ck_assert(n < 0 && n != -EAGAIN);
	tear_down();
}
END_TEST

START_TEST(a_key_update_is_nothing_to_see)
{
	uint8_t got[64];

	connect_pair(&kinds[_i]);
	ck_assert_int_eq(gnutls_session_key_update(theirs, GNUTLS_KU_PEER), 0);
	ck_assert_int_eq(stream_recv(&ours, much, sizeof much), -EAGAIN);
	ck_assert_int_eq(gnutls_record_send(theirs, "new", 3), 3);
	ck_assert_int_eq(stream_recv(&ours, much, sizeof much), 3);
	ck_assert_int_eq(
	    stream_writev(&ours, &(struct iovec){ much, 3 }, 1), 3);
	while (client_takes(got, sizeof got) == 0)
		continue;
	ck_assert_mem_eq(got, "new", 3);
	tear_down();
}
END_TEST

/* --- a connection on it -------------------------------------------------- */

static struct rig rig;

/* A connection that takes the session over. */
static struct player *
enter(void)
{
	struct player *p = calloc(1, sizeof *p);

	ck_assert_ptr_nonnull(p);
	p->rig = &rig;
	p->fd = -1;
	list_add_tail(&rig.players, &p->node);
	p->conn.rules = &rig.rules;
	p->conn.tally = &rig.tally;
	ck_assert_int_eq(conn_start(&p->conn, rig.worker, &ours, NULL, 0), 0);
	ours = (struct stream){ .fd = -1 };
	return p;
}

/* So many bytes that are none of the connection's, then a message. */
static void
client_says(size_t before, const char *text)
{
	uint8_t all[64] = { 0 };
	size_t n = before + masked(all + before, FRAME_FIN | WS_OP_TEXT, text,
				strlen(text));

	ck_assert_int_eq(gnutls_record_send(theirs, all, n), (ssize_t)n);
}

START_TEST(a_connection_hears_what_its_session_has_read_already)
{
	uint8_t head[4];
	struct player *p;

	rig_init(&rig);
	connect_pair(&kinds[_i]);
	client_says(sizeof head, "early");
	ck_assert_int_eq(
	    stream_recv(&ours, head, sizeof head), (ssize_t)sizeof head);
	p = enter();
	rig_rounds(&rig, 2);
	ck_assert_int_eq(p->n_messages, 1);
	ck_assert_str_eq((char *)p->message, "early");
	rig_fini(&rig);
	tear_down();
}
END_TEST

START_TEST(a_connection_hears_of_an_end_that_the_socket_does_not_tell)
{
	struct player *p;

	rig_init(&rig);
	connect_pair(&kinds[_i]);
	p = enter();
	rig_rounds(&rig, 2);
	client_says(0, "last");
	ck_assert_int_eq(gnutls_bye(theirs, GNUTLS_SHUT_WR), 0);
	rig_rounds(&rig, 3);
	ck_assert_int_eq(p->n_messages, 1);
	ck_assert_int_eq(p->n_closed, 1);
	ck_assert_int_eq(p->end.code, 1006);
	rig_fini(&rig);
	tear_down();
}
END_TEST

START_TEST(wrong_files_are_told)
{
	server = tls_server_new(1000, 10);
	ck_assert_ptr_nonnull(tls_server_add(
	    server, TESTS_TLS "/one.pem", TESTS_TLS "/two-key.pem"));
	ck_assert_ptr_nonnull(
	    tls_server_add(server, TESTS_TLS "/none", TESTS_TLS "/none"));
	ck_assert_ptr_nonnull(
	    tls_server_trust(server, TESTS_TLS "/one-key.pem", TLS_ASK));
	tls_server_unref(&server);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("net/tls");
	TCase *tc = suite_case(s, "tls");

	tcase_add_loop_test(
	    tc, pieces_arrive_whole_through_a_full_socket, 0, KINDS);
	tcase_add_loop_test(tc, small_pieces_share_a_record, 0, KINDS);
	tcase_add_loop_test(tc, a_read_takes_all_that_the_socket_has, 0, KINDS);
	tcase_add_loop_test(tc,
	    nothing_is_left_behind_however_little_room_there_is, 0, 8 * KINDS);
	tcase_add_loop_test(
	    tc, a_read_goes_on_behind_what_it_has_received_at_first, 0, KINDS);
	tcase_add_loop_test(tc, the_last_bytes_come_before_the_end, 0, KINDS);
	tcase_add_loop_test(tc, a_socket_that_just_ends_is_an_end, 0, KINDS);
	tcase_add_loop_test(
	    tc, a_socket_that_ends_in_a_record_is_an_end, 0, 2 * KINDS);
	tcase_add_loop_test(tc, our_end_is_said, 0, KINDS);
	tcase_add_loop_test(
	    tc, after_a_failed_write_what_came_can_be_read, 0, KINDS);
	tcase_add_loop_test(tc, forged_bytes_end_the_session, 0, KINDS);
	tcase_add_test(tc, nobody_renegotiates);
	tcase_add_loop_test(tc, a_key_update_is_nothing_to_see, 2, KINDS);
	tcase_add_test(tc, wrong_files_are_told);
	tcase_add_loop_test(
	    tc, a_connection_hears_what_its_session_has_read_already, 0, KINDS);
	tcase_add_loop_test(tc,
	    a_connection_hears_of_an_end_that_the_socket_does_not_tell, 0,
	    KINDS);
	return suite_run_forked(s);
}
