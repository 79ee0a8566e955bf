/* SPDX-License-Identifier: MIT
 *
 * test_listeners.c - where cleatd accepts: IPv4, IPv6, UNIX sockets, sockets
 * from a service manager, several at once, and others after a reload.
 */
#include "config.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"
#include "raw.h"
#include "suite.h"

static struct daemon d;
static char file[300]; /* of a UNIX socket */

static void
prepare(void)
{
	daemon_prepare(&d);
	snprintf(file, sizeof file, "%s/ws.sock", d.dir);
}

static void
clean(void)
{
	daemon_end(&d);
}

/* --- addresses ----------------------------------------------------------- */

static struct sockaddr_in
ipv4(const char *address, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };

	ck_assert_int_eq(inet_pton(AF_INET, address, &a.sin_addr), 1);
	return a;
}

static struct sockaddr_un
unix_address(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	ck_assert_uint_lt(strlen(file), sizeof a.sun_path);
	memcpy(a.sun_path, file, strlen(file) + 1);
	return a;
}

/* An echo through the address. */
static void
talk(struct raw *r, const void *address, socklen_t len)
{
	raw_open_to(r, address, len);
	ck_assert_int_eq(raw_upgrade(r, "/echo", NULL), 101);
	raw_text(r, "through here");
	raw_expect(r, "through here");
}

static void
talk_ipv4(struct raw *r, const char *address, int port)
{
	const struct sockaddr_in a = ipv4(address, port);

	talk(r, &a, sizeof a);
}

static void
talk_unix(struct raw *r)
{
	const struct sockaddr_un a = unix_address();

	talk(r, &a, sizeof a);
}

/* --- IPv4, IPv6 ---------------------------------------------------------- */

START_TEST(two_listeners_serve_the_same)
{
	struct raw one, two;

	daemon_config(&d, "listen = ( { address = \"127.0.0.1\"; port = 0; },\n"
			  "           { address = \"127.0.0.2\"; port = 0; } "
			  ");\n" ECHO_ROUTE);
	daemon_start_as_configured(&d);
	talk_ipv4(&one, "127.0.0.1",
	    daemon_announced(&d, "listening on http://127.0.0.1:"));
	talk_ipv4(&two, "127.0.0.2",
	    daemon_announced(&d, "listening on http://127.0.0.2:"));
	raw_shut(&one);
	raw_shut(&two);
}
END_TEST

START_TEST(ipv6_serves_like_ipv4)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int probe = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct raw r;
	bool here =
	    probe >= 0 && bind(probe, (struct sockaddr *)&a, sizeof a) == 0;

	if (probe >= 0)
		close(probe);
	if (!here) {
		fprintf(stderr, "no IPv6 on this machine: not tested\n");
		return;
	}
	daemon_config(
	    &d, "listen = ( { address = \"::1\"; port = 0; } );\n" ECHO_ROUTE);
	daemon_start_as_configured(&d);
	a.sin6_port =
	    htons((uint16_t)daemon_announced(&d, "listening on http://[::1]:"));
	talk(&r, &a, sizeof a);
	raw_shut(&r);
	daemon_log(&d, " upgraded ", "address=::1", NULL);
}
END_TEST

/* --- UNIX sockets -------------------------------------------------------- */

/* One TCP listener, and the UNIX socket. */
static const char *
unix_config(void)
{
	static char more[1024];

	snprintf(more, sizeof more,
	    "listen = ( { address = \"127.0.0.1\"; port = 0; },\n"
	    "  { address = \"unix:%s\"; mode = \"0600\"; } );\n" ECHO_ROUTE,
	    file);
	return more;
}

static void
start_on_unix(void)
{
	daemon_config(&d, unix_config());
	daemon_start_as_configured(&d);
}

START_TEST(a_unix_socket_serves_like_any_other)
{
	struct stat st;
	struct raw r;

	start_on_unix();
	talk_unix(&r);
	raw_shut(&r);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	daemon_signal(&d, SIGTERM);
	ck_assert_int_eq(daemon_wait(&d), 0);
	ck_assert_int_eq(stat(file, &st), -1);
}
END_TEST

/* A socket in the file system, with a listener behind it. */
static int
put_socket(void)
{
	const struct sockaddr_un a = unix_address();
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&a, sizeof a), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	return fd;
}

START_TEST(a_stale_unix_socket_is_replaced)
{
	struct raw r;

	close(put_socket()); /* as a server that was killed leaves it */
	start_on_unix();
	talk_unix(&r);
	raw_shut(&r);
}
END_TEST

START_TEST(a_unix_socket_in_use_is_left_alone)
{
	const char *const args[] = { "-c", d.conf, NULL };
	char text[4096];
	struct stat st;
	int fd = put_socket();

	daemon_config(&d, unix_config());
	ck_assert_int_eq(daemon_run(text, sizeof text, args), 1);
	ck_assert_ptr_nonnull(strstr(text, "ws.sock: Address already in use"));
	ck_assert_int_eq(stat(file, &st), 0);
	close(fd);
}
END_TEST

START_TEST(a_file_that_is_no_socket_is_left_alone)
{
	const char *const args[] = { "-c", d.conf, NULL };
	char text[4096];
	struct stat st;

	daemon_write(&d, "ws.sock", "precious", 8);
	daemon_config(&d, unix_config());
	ck_assert_int_eq(daemon_run(text, sizeof text, args), 1);
	ck_assert_ptr_nonnull(strstr(text, "ws.sock: Address already in use"));
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_int_eq(st.st_size, 8);
}
END_TEST

/* --- a service manager --------------------------------------------------- */

static int
listening_socket(int *port)
{
	struct sockaddr_in a = ipv4("127.0.0.1", 0);
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

START_TEST(an_inherited_socket_serves_and_survives_a_reload)
{
	struct raw early, r;
	int port;

	d.inherit = listening_socket(&port);
	/* Who comes before the start waits in the queue. */
	raw_open(&early, port);
	daemon_config(&d, ECHO_ROUTE);
	daemon_start_as_configured(&d);
	ck_assert_int_eq(d.port, port);
	close(d.inherit);
	ck_assert_int_eq(raw_upgrade(&early, "/echo", NULL), 101);
	daemon_reload(&d);
	talk_ipv4(&r, "127.0.0.1", port);
	raw_text(&early, "still");
	raw_expect(&early, "still");
	raw_shut(&early);
	raw_shut(&r);
}
END_TEST

/* --- reload -------------------------------------------------------------- */

/* Does nobody listen there (any more)? The workers close soon after the
 * reload; each look is a system call of its own. */
static bool
is_refused(const char *address, int port)
{
	const struct sockaddr_in a = ipv4(address, port);
	bool refused = false;

	for (int i = 0; i < 20000 && !refused; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		ck_assert_int_ge(fd, 0);
		refused =
		    connect(fd, (const struct sockaddr *)&a, sizeof a) != 0 &&
		    errno == ECONNREFUSED;
		close(fd);
	}
	return refused;
}

START_TEST(a_reload_opens_keeps_and_closes_listeners)
{
	struct raw old, kept, new;

	daemon_config(&d, "listen = ( { address = \"127.0.0.1\"; port = 0; },\n"
			  "           { address = \"127.0.0.2\"; port = 0; } "
			  ");\n" ECHO_ROUTE);
	daemon_start_as_configured(&d);
	int two = daemon_announced(&d, "listening on http://127.0.0.2:");
	talk_ipv4(&old, "127.0.0.1", d.port);
	daemon_config(&d, "listen = ( { address = \"127.0.0.2\"; port = 0; },\n"
			  "           { address = \"127.0.0.3\"; port = 0; } "
			  ");\n" ECHO_ROUTE);
	daemon_reload(&d);
	talk_ipv4(&kept, "127.0.0.2", two);
	talk_ipv4(&new, "127.0.0.3",
	    daemon_announced(&d, "listening on http://127.0.0.3:"));
	/* Nobody comes in where it has closed; who is in may stay. */
	raw_text(&old, "still");
	raw_expect(&old, "still");
	ck_assert(is_refused("127.0.0.1", d.port));
	raw_shut(&old);
	raw_shut(&kept);
	raw_shut(&new);
}
END_TEST

START_TEST(a_reload_that_cannot_listen_changes_nothing)
{
	char more[256];
	struct raw r;
	int port, fd = listening_socket(&port);

	daemon_config(&d, "listen = ( { address = \"127.0.0.1\"; port = 0; } "
			  ");\n" ECHO_ROUTE);
	daemon_start_as_configured(&d);
	snprintf(more, sizeof more,
	    "listen = ( { address = \"127.0.0.1\"; port = %d; } );\n"
	    "routes = ( { path = \"/other\"; handler = \"echo\"; } );\n",
	    port);
	daemon_config(&d, more);
	daemon_signal(&d, SIGHUP);
	daemon_log(&d, "reload refused", "in use", NULL);
	talk_ipv4(&r, "127.0.0.1", d.port);
	raw_shut(&r);
	close(fd);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("listeners");
	TCase *c = suite_case(s, "of a daemon");

	tcase_add_checked_fixture(c, prepare, clean);
	tcase_add_test(c, two_listeners_serve_the_same);
	tcase_add_test(c, ipv6_serves_like_ipv4);
	tcase_add_test(c, a_unix_socket_serves_like_any_other);
	tcase_add_test(c, a_stale_unix_socket_is_replaced);
	tcase_add_test(c, a_unix_socket_in_use_is_left_alone);
	tcase_add_test(c, a_file_that_is_no_socket_is_left_alone);
	tcase_add_test(c, an_inherited_socket_serves_and_survives_a_reload);
	tcase_add_test(c, a_reload_opens_keeps_and_closes_listeners);
	tcase_add_test(c, a_reload_that_cannot_listen_changes_nothing);
	return suite_run(s);
}
