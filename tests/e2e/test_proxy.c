/* SPDX-License-Identifier: MIT
 *
 * test_proxy.c - listeners that demand a header of the PROXY protocol: who is
 * believed to be the client, wherever the bytes are cut.
 */
#include "config.h"

#include <check.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon.h"
#include "preface.h"
#include "raw.h"
#include "secure.h"
#include "suite.h"
#include "visit.h"

static struct daemon d;
static int tls_port;

static void
start(void)
{
	tls_port = preface_start_all(&d);
}

static void
stop(void)
{
	daemon_end(&d);
}

/* --- who the client is --------------------------------------------------- */

START_TEST(the_header_says_who_the_client_is)
{
	const struct told *t = &told[_i];
	char answer[64];
	struct raw r;

	preface_enter(&d, &r, t->preface, t->n, "");
	preface_expect(&r, t->address, t->port);
	snprintf(answer, sizeof answer, "HTTPS=%s", t->https);
	visit_ask(&r, "var HTTPS", answer);
	daemon_log(&d, "upgraded", t->address, NULL);
	raw_shut(&r);
}
END_TEST

/* What stands behind the header is the client's, who may say anything. */
START_TEST(a_forged_header_is_not_believed)
{
	static const char forged[] = "X-Forwarded-For: 203.0.113.9\r\n"
				     "X-Forwarded-Proto: https\r\n";
	const struct told *t = &told[_i];
	struct raw r;

	preface_enter(&d, &r, t->preface, t->n, forged);
	preface_expect(&r, t->address, t->port);
	raw_shut(&r);
}
END_TEST

START_TEST(a_proxy_behind_the_proxy_is_believed)
{
	static const char preface[] =
	    "PROXY TCP4 10.9.0.4 10.0.0.1 4711 80\r\n";
	struct raw r;

	preface_enter(&d, &r, preface, sizeof preface - 1,
	    "X-Forwarded-For: 192.0.2.1, 203.0.113.9\r\n"
	    "X-Forwarded-Proto: https\r\n");
	preface_expect(&r, "203.0.113.9", "0");
	visit_ask(&r, "var HTTPS", "HTTPS=on");
	raw_shut(&r);
}
END_TEST

/* "unix" in trusted_proxies means our sockets, not those of a proxy. */
START_TEST(a_client_without_an_address_has_none)
{
	char preface[16 + 216] = V2 "\x21\x31\x00\xd8/run/client";
	struct raw r;

	preface_enter(&d, &r, preface, sizeof preface,
	    "X-Forwarded-For: 203.0.113.9\r\n");
	visit_ask(&r, "var REMOTE_ADDR", "REMOTE_ADDR=(null)");
	raw_shut(&r);
}
END_TEST

START_TEST(a_unix_socket_may_carry_it)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct raw r;

	snprintf(
	    to.sun_path, sizeof to.sun_path, PREFACE_SOCKET, (int)getpid());
	raw_open_to(&r, (const struct sockaddr *)&to, sizeof to);
	raw_put(&r, told[0].preface, told[0].n);
	ck_assert_int_eq(preface_ask(&r, ""), 101);
	preface_expect(&r, "192.0.2.7", "4711");
	raw_shut(&r);
}
END_TEST

START_TEST(it_comes_before_tls)
{
	const struct tunnel_wish wish = { .priority = secure_versions[_i],
		.preface = "PROXY TCP4 192.0.2.7 10.0.0.1 4711 80\r\n" };
	struct tunnel t;

	tunnel_open(&t, tls_port, &wish);
	ck_assert_int_eq(raw_upgrade(&t.raw, "/probe", ""), 101);
	preface_expect(&t.raw, "192.0.2.7", "4711");
	visit_ask(&t.raw, "var HTTPS", "HTTPS=on");
	tunnel_shut(&t);
}
END_TEST

START_TEST(without_it_there_is_no_tls)
{
	double before = preface_refused(&d, "absent");
	struct tunnel t;

	ck_assert_int_lt(tunnel_try(&t, tls_port, NULL), 0);
	ck_assert_double_eq(preface_refused(&d, "absent"), before + 1);
}
END_TEST

/* --- pieces -------------------------------------------------------------- */

START_TEST(bytes_may_come_one_by_one)
{
	const struct told *t = &told[_i];
	static const char text[] = PREFACE_UPGRADE "\r\n";
	char head[1024];
	struct raw r;

	raw_open(&r, d.port);
	for (size_t i = 0; i < t->n; i++) {
		raw_put(&r, t->preface + i, 1);
		sched_yield();
	}
	for (size_t i = 0; text[i]; i++)
		raw_put(&r, text + i, 1);
	ck_assert_int_eq(raw_head(&r, head, sizeof head), 101);
	preface_expect(&r, t->address, t->port);
	raw_shut(&r);
}
END_TEST

START_TEST(all_may_come_in_one_piece)
{
	const struct told *t = &told[_i];
	uint8_t all[2048];
	char head[1024];
	struct raw r;
	size_t n = t->n;

	memcpy(all, t->preface, n);
	n += (size_t)snprintf((char *)all + n, 1024, PREFACE_UPGRADE "\r\n");
	n += raw_build(all + n, 0x81, "var REMOTE_ADDR", 15);
	raw_open(&r, d.port);
	raw_put(&r, all, n);
	ck_assert_int_eq(raw_head(&r, head, sizeof head), 101);
	snprintf(head, sizeof head, "REMOTE_ADDR=%s", t->address);
	raw_expect(&r, head);
	raw_shut(&r);
}
END_TEST

START_TEST(half_a_header_holds_up_nobody)
{
	enum { MANY = 8 };
	const struct told *t = &told[_i];
	struct raw half[MANY], r;

	for (int i = 0; i < MANY; i++) {
		raw_open(&half[i], d.port);
		raw_put(&half[i], t->preface, t->n - 1);
	}
	preface_enter(&d, &r, t->preface, t->n, "");
	preface_expect(&r, t->address, t->port);
	raw_shut(&r);
	for (int i = 0; i < MANY; i++) {
		raw_put(&half[i], t->preface + t->n - 1, 1);
		ck_assert_int_eq(preface_ask(&half[i], ""), 101);
		preface_expect(&half[i], t->address, t->port);
		raw_shut(&half[i]);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("proxy");
	TCase *c = suite_case(s, "who");

	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_loop_test(c, the_header_says_who_the_client_is, 0, TOLD_ALL);
	tcase_add_loop_test(c, a_forged_header_is_not_believed, 0, TOLD_ALL);
	tcase_add_test(c, a_proxy_behind_the_proxy_is_believed);
	tcase_add_test(c, a_client_without_an_address_has_none);
	tcase_add_test(c, a_unix_socket_may_carry_it);
	tcase_add_loop_test(c, it_comes_before_tls, 0, SECURE_VERSIONS);
	tcase_add_test(c, without_it_there_is_no_tls);
	tcase_add_loop_test(c, bytes_may_come_one_by_one, 0, TOLD_ALL);
	tcase_add_loop_test(c, all_may_come_in_one_piece, 0, TOLD_ALL);
	tcase_add_loop_test(c, half_a_header_holds_up_nobody, 0, TOLD_ALL);
	return suite_run(s);
}
