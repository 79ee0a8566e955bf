/* SPDX-License-Identifier: MIT
 *
 * test_tls.c - a stream that is a TLS session: bytes both ways through small
 * sockets, and every way in which it ends.
 */
#include "config.h"

#include <check.h>
#include <gnutls/gnutls.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/stream.h"
#include "net/tls.h"
#include "net/tls_server.h"
#include "../suite.h"
#include "net_rig.h"

static struct tls_server *server;
static struct stream ours;
static gnutls_session_t theirs;
static gnutls_certificate_credentials_t credentials;
static int fd; /* the client's */

static void
connect_pair(const char *priority)
{
	int fds[2], room = 4096, rc = GNUTLS_E_AGAIN, done = -EAGAIN;

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	for (int i = 0; i < 2; i++)
		setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	fd = fds[1];
	server = tls_server_new(1000, 10);
	ck_assert_ptr_nonnull(server);
	ck_assert_ptr_null(tls_server_add(
	    server, TESTS_TLS "/one.pem", TESTS_TLS "/one-key.pem"));
	stream_init(&ours, fds[0], tls_new(server, fds[0]));
	ck_assert_ptr_nonnull(ours.tls);
	gnutls_certificate_allocate_credentials(&credentials);
	gnutls_init(
	    &theirs, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
	gnutls_priority_set_direct(theirs, priority, NULL);
	gnutls_credentials_set(theirs, GNUTLS_CRD_CERTIFICATE, credentials);
	gnutls_transport_set_int(theirs, fd);
	while (rc != 0 || done != 0) {
		if (rc != 0)
			rc = gnutls_handshake(theirs);
		if (done != 0)
			done = tls_handshake(ours.tls);
		ck_assert(rc == 0 || rc == GNUTLS_E_AGAIN);
		ck_assert(done == 0 || done == -EAGAIN);
	}
}

static void
tear_down(void)
{
	gnutls_deinit(theirs);
	gnutls_certificate_free_credentials(credentials);
	stream_close(&ours);
	tls_server_unref(&server);
	if (fd >= 0)
		close(fd);
}

static const char *const versions[] = {
	"NORMAL:-VERS-ALL:+VERS-TLS1.3",
	"NORMAL:-VERS-ALL:+VERS-TLS1.2",
};

static uint8_t *
pattern(size_t n)
{
	uint8_t *p = malloc(n);

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 31 + i / 253);
	return p;
}

/* Takes up to `room` bytes at a time. */
static size_t
client_takes(uint8_t *to, size_t room)
{
	ssize_t n = gnutls_record_recv(theirs, to, room);

	ck_assert_msg(
	    n >= 0 || n == GNUTLS_E_AGAIN, "%s", gnutls_strerror((int)n));
	return n < 0 ? 0 : (size_t)n;
}

START_TEST(pieces_arrive_whole_through_a_full_socket)
{
	enum { ALL = 300000 };
	uint8_t *data = pattern(ALL), *got = calloc(1, ALL);
	size_t sent = 0, taken = 0, refused = 0;

	connect_pair(versions[_i]);
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

	connect_pair(versions[_i]);
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

	connect_pair(versions[_i]);
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
	int much = 200000;

	connect_pair(versions[_i / 8]);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &much, sizeof much);
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
	static const size_t sealed[] = { 22, 29 }; /* beside a record's data */
	size_t n = 16384 - sealed[_i];
	uint8_t *data = pattern(n), *got = malloc(65536);
	int much = 200000;

	connect_pair(versions[_i]);
	ck_assert_int_eq(stream_recv(&ours, got, 65536), -EAGAIN);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &much, sizeof much);
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
	uint8_t got[64];

	connect_pair(versions[_i]);
	ck_assert_int_eq(gnutls_record_send(theirs, "bye", 3), 3);
	ck_assert_int_eq(gnutls_bye(theirs, GNUTLS_SHUT_WR), 0);
	ck_assert_int_eq(stream_recv(&ours, got, sizeof got), 3);
	ck_assert(stream_more(&ours));
	ck_assert_int_eq(stream_recv(&ours, got, sizeof got), 0);
	tear_down();
}
END_TEST

START_TEST(a_socket_that_just_ends_is_an_end)
{
	uint8_t got[64];

	connect_pair(versions[_i]);
	ck_assert_int_eq(gnutls_record_send(theirs, "bye", 3), 3);
	shutdown(fd, SHUT_WR);
	ck_assert_int_eq(stream_recv(&ours, got, sizeof got), 3);
	ck_assert_int_eq(stream_recv(&ours, got, sizeof got), 0);
	tear_down();
}
END_TEST

START_TEST(a_socket_that_ends_in_a_record_is_an_end)
{
	uint8_t half[5] = { 23, 3, 3, 0, 40 }, *got = malloc(65536);
	ssize_t n;

	connect_pair(versions[_i % 2]);
	if (_i >= 2)
		ck_assert_int_eq(gnutls_record_send(theirs, "bye", 3), 3);
	ck_assert_int_eq(send(fd, half, sizeof half, 0), 5);
	shutdown(fd, SHUT_WR);
	if (_i >= 2)
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

	connect_pair(versions[_i]);
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

	connect_pair(versions[_i]);
	ck_assert_int_eq(gnutls_record_send(theirs, "bye", 3), 3);
	close(fd);
	fd = -1;
	ck_assert_int_lt(stream_writev(&ours, &(struct iovec){ got, 1 }, 1), 0);
	stream_abandon(&ours);
	ck_assert_int_eq(stream_recv(&ours, got, sizeof got), 3);
	tear_down();
}
END_TEST

START_TEST(forged_bytes_end_the_session)
{
	uint8_t forged[64] = { 23, 3, 3, 0, 40 }, got[64];

	connect_pair(versions[_i]);
	ck_assert_int_eq(send(fd, forged, 45, 0), 45);
	ck_assert_int_lt(stream_recv(&ours, got, sizeof got), 0);
	tear_down();
}
END_TEST

START_TEST(nobody_renegotiates)
{
	uint8_t got[64];
	ssize_t n = -EAGAIN;

	connect_pair(versions[1]);
	(void)gnutls_handshake(theirs);
	n = stream_recv(&ours, got, sizeof got);
	ck_assert(n < 0 && n != -EAGAIN);
	tear_down();
}
END_TEST

START_TEST(a_key_update_is_nothing_to_see)
{
	uint8_t got[64];

	connect_pair(versions[0]);
	ck_assert_int_eq(gnutls_session_key_update(theirs, GNUTLS_KU_PEER), 0);
	ck_assert_int_eq(stream_recv(&ours, got, sizeof got), -EAGAIN);
	ck_assert_int_eq(gnutls_record_send(theirs, "new", 3), 3);
	ck_assert_int_eq(stream_recv(&ours, got, sizeof got), 3);
	ck_assert_int_eq(stream_writev(&ours, &(struct iovec){ got, 3 }, 1), 3);
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
	connect_pair(versions[_i]);
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
	connect_pair(versions[_i]);
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
	    tc, pieces_arrive_whole_through_a_full_socket, 0, 2);
	tcase_add_loop_test(tc, small_pieces_share_a_record, 0, 2);
	tcase_add_loop_test(tc, a_read_takes_all_that_the_socket_has, 0, 2);
	tcase_add_loop_test(
	    tc, nothing_is_left_behind_however_little_room_there_is, 0, 16);
	tcase_add_loop_test(
	    tc, a_read_goes_on_behind_what_it_has_received_at_first, 0, 2);
	tcase_add_loop_test(tc, the_last_bytes_come_before_the_end, 0, 2);
	tcase_add_loop_test(tc, a_socket_that_just_ends_is_an_end, 0, 2);
	tcase_add_loop_test(tc, a_socket_that_ends_in_a_record_is_an_end, 0, 4);
	tcase_add_loop_test(tc, our_end_is_said, 0, 2);
	tcase_add_loop_test(
	    tc, after_a_failed_write_what_came_can_be_read, 0, 2);
	tcase_add_loop_test(tc, forged_bytes_end_the_session, 0, 2);
	tcase_add_test(tc, nobody_renegotiates);
	tcase_add_test(tc, a_key_update_is_nothing_to_see);
	tcase_add_test(tc, wrong_files_are_told);
	tcase_add_loop_test(
	    tc, a_connection_hears_what_its_session_has_read_already, 0, 2);
	tcase_add_loop_test(tc,
	    a_connection_hears_of_an_end_that_the_socket_does_not_tell, 0, 2);
	return suite_run_forked(s);
}
