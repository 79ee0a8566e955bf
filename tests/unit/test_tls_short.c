/* SPDX-License-Identifier: MIT
 *
 * test_tls_short.c - where the short way of a TLS session begins and ends.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "../suite.h"
#include "tls_rig.h"

/* Somebody who says a word now and then, as long as he likes. */
START_TEST(who_says_little_costs_little)
{
	connect_pair(&kinds[0]);
	for (int i = 0; i < 20; i++) {
		ours.tls->heard_ms = 0;
		ck_assert_int_eq(gnutls_record_send(theirs, "x", 1), 1);
		ck_assert_int_eq(stream_recv(&ours, much, sizeof much), 1);
		ck_assert_ptr_null(ours.tls->records);
	}
	take_the_short_way();
	tear_down();
}
END_TEST

START_TEST(padding_is_taken_off)
{
	uint8_t *data = pattern(16384);
	int room = 200000;

	connect_pair(&kinds[2]);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	ck_assert_int_eq(gnutls_record_send2(theirs, data, 100, 900, 0), 100);
	ck_assert_int_eq(gnutls_record_send2(theirs, data, 1, 15000, 0), 1);
	ck_assert_int_eq(stream_recv(&ours, much, sizeof much), 101);
	ck_assert_mem_eq(much, data, 100);
	ck_assert_ptr_nonnull(ours.tls->records);
	tear_down();
	free(data);
}
END_TEST

/* So many records have been sealed, as both sides believe. */
static void
have_sealed(uint32_t n)
{
	const uint8_t number[8] = { 0, 0, 0, 0, (uint8_t)(n >> 24),
		(uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

	ck_assert_int_eq(
	    gnutls_record_set_state(ours.tls->session, 0, number), 0);
	ck_assert_int_eq(gnutls_record_set_state(theirs, 1, number), 0);
}

START_TEST(tired_keys_are_renewed)
{
	uint8_t got[25], again[] = { 'a', 'g', 'a', 'i', 'n' };
	size_t n = 0;

	connect_pair(&kinds[0]);
	/* the tickets are behind us then */
	for (int i = 0; i < 8; i++)
		ck_assert_uint_eq(client_takes(got, sizeof got), 0);
	have_sealed((1 << 23) - 2);
	take_the_short_way();
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(
		    stream_writev(&ours, &(struct iovec){ again, 5 }, 1), 5);
	ck_assert_ptr_null(ours.tls->records);
	while (n < 25)
		n += client_takes(got + n, sizeof got - n);
	ck_assert_mem_eq(got + 20, again, 5);
	tear_down();
}
END_TEST

/* All that the socket holds, as it is: so many bytes. */
static size_t
on_the_wire(void)
{
	size_t all = 0;
	ssize_t n;

	while ((n = recv(fd, much, sizeof much, MSG_DONTWAIT)) > 0)
		all += (size_t)n;
	return all;
}

/* In the middle of a record an alert would be noise. */
START_TEST(an_end_is_not_said_within_a_record)
{
	enum { ALL = 300000, ALERT = 64 };
	uint8_t *data = pattern(ALL);

	connect_pair(&kinds[_i]);
	ck_assert_int_lt(
	    stream_writev(&ours, &(struct iovec){ data, ALL }, 1), ALL);
	ck_assert_int_eq(
	    stream_writev(&ours, &(struct iovec){ data, 1 }, 1), -EAGAIN);
	ck_assert_uint_gt(on_the_wire(), 0);
	stream_shutdown(&ours);
	/* the rest of what was sealed, as much as has room */
	ck_assert_uint_gt(on_the_wire(), ALERT);
	tear_down();
	free(data);
}
END_TEST

START_TEST(little_room_ends_it_for_a_moment)
{
	connect_pair(&kinds[_i]);
	ck_assert_int_eq(gnutls_record_send(theirs, "0123456789", 10), 10);
	ck_assert_int_eq(stream_recv(&ours, much, 4), 4);
	ck_assert_ptr_null(ours.tls->records);
	ck_assert_int_eq(stream_recv(&ours, much, 4), 4);
	ck_assert_int_eq(stream_recv(&ours, much, sizeof much), 2);
	ck_assert_ptr_null(ours.tls->records);
	take_the_short_way();
	tear_down();
}
END_TEST

static bool scarce; /* there is no memory */
void *__real_malloc(size_t);
void *__wrap_malloc(size_t);

void *
__wrap_malloc(size_t n)
{
	return scarce ? NULL : __real_malloc(n);
}

/* Half a record has no place to wait in: that is the end, and for good. */
START_TEST(without_memory_for_half_a_record_it_ends)
{
	uint8_t *data = pattern(16384);
	ssize_t n;

	connect_pair(&kinds[2]);
	(void)gnutls_record_send(theirs, data, 16384);
	scarce = true;
	n = stream_recv(&ours, much, sizeof much);
	scarce = false;
	ck_assert_int_eq(n, -ENOMEM);
	ck_assert_int_eq(stream_recv(&ours, much, sizeof much), -ENOMEM);
	ck_assert_int_eq(stream_recv(&ours, much, sizeof much), -ENOMEM);
	tear_down();
	free(data);
}
END_TEST

/* A record that is cut is followed by nothing. */
START_TEST(without_memory_for_what_does_not_leave_it_ends)
{
	uint8_t *data = pattern(100000);
	const struct iovec all = { data, 100000 };
	ssize_t n;

	connect_pair(&kinds[2]);
	scarce = true;
	n = stream_writev(&ours, &all, 1);
	scarce = false;
	ck_assert_int_eq(n, -EPIPE);
	ck_assert_uint_gt(recv(fd, much, sizeof much, MSG_DONTWAIT), 0);
	ck_assert_int_eq(stream_writev(&ours, &all, 1), -EPIPE);
	stream_shutdown(&ours);
	while (recv(fd, much, sizeof much, MSG_DONTWAIT) > 0)
		continue;
	tear_down();
	free(data);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("net/tls_short");
	TCase *tc = suite_case(s, "tls");

	tcase_add_test(tc, who_says_little_costs_little);
	tcase_add_test(tc, padding_is_taken_off);
	tcase_add_test(tc, without_memory_for_half_a_record_it_ends);
	tcase_add_test(tc, without_memory_for_what_does_not_leave_it_ends);
	tcase_add_test(tc, tired_keys_are_renewed);
	tcase_add_loop_test(tc, an_end_is_not_said_within_a_record, 0, KINDS);
	tcase_add_loop_test(tc, little_room_ends_it_for_a_moment, 2, KINDS);
	return suite_run_forked(s);
}
