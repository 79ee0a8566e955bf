/* SPDX-License-Identifier: MIT
 *
 * test_worker.c - ids, accepting, and a real thread with real clients.
 */
#include "config.h"

#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/arrived.h"
#include "net/listener.h"
#include "net_rig.h"
#include "../suite.h"

static struct rig rig;

enum { LISTENER = 7 }; /* its number */

static void
set_up(void)
{
	rig_init(&rig);
}

static void
tear_down(void)
{
	rig_fini(&rig);
}

START_TEST(an_id_is_never_given_twice_and_names_its_worker)
{
	struct player *p = rig_open(&rig, NULL, 0);
	uint64_t id = p->conn.id;

	ck_assert_uint_ne(id, 0);
	ck_assert_uint_eq(worker_of_id(id), 7);
	ck_assert_uint_eq(id >> 56, 0); /* reserved for a node */
	ck_assert_ptr_eq(worker_find(rig.worker, id), &p->conn);
	ck_assert_ptr_null(worker_find(rig.worker, id + 1));
	player_hang_up(p);
	rig_rounds(&rig, 2);
	ck_assert_ptr_null(worker_find(rig.worker, id));
	p = rig_open(&rig, NULL, 0);
	ck_assert_uint_gt(p->conn.id, id);
}
END_TEST

START_TEST(a_round_does_not_sleep_while_a_connection_has_work_left)
{
	uint8_t early[3 * 8];
	struct player *p;
	size_t n = 0;

	for (int i = 0; i < 3; i++)
		n += masked(early + n, FRAME_FIN | WS_OP_TEXT, "x", 1);
	rig.rules.turn_messages = 1;
	p = rig_open(&rig, early, n);
	for (int i = 1; i <= 3; i++) {
		worker_round(rig.worker, true);
		ck_assert_int_eq(p->n_messages, i);
	}
}
END_TEST

/* What stands here for a broadcast: a hundred connections with something to
 * do, each of which takes long. */
START_TEST(much_work_is_done_in_several_rounds_in_its_order)
{
	enum { N = 100 };
	uint8_t early[8];
	size_t n = masked(early, FRAME_FIN | WS_OP_TEXT, "x", 1);
	struct player *p[N];
	int done = 0, rounds = 0, most = 0;

	for (int i = 0; i < N; i++)
		p[i] = rig_open(&rig, early, n);
	rig.spent_ns = 1000 * 1000;
	while (done < N) {
		int before = done;

		worker_round(rig.worker, true);
		for (done = 0; done < N && p[done]->n_messages > 0;)
			done++;
		for (int i = done; i < N; i++)
			ck_assert_int_eq(p[i]->n_messages, 0);
		most = done - before > most ? done - before : most;
		rounds++;
	}
	ck_assert_int_gt(rounds, 2);
	ck_assert_int_lt(most, N / 2);
}
END_TEST

START_TEST(every_connection_is_found_however_many_there_are)
{
	enum { N = 300 };
	struct player *p[N];

	for (int i = 0; i < N; i++)
		p[i] = rig_open(&rig, NULL, 0);
	for (int i = 0; i < N; i++)
		ck_assert_ptr_eq(
		    worker_find(rig.worker, p[i]->conn.id), &p[i]->conn);
	ck_assert_uint_eq(worker_conns(rig.worker), N);
	for (int i = 0; i < N; i += 2)
		player_hang_up(p[i]);
	rig_rounds(&rig, 2);
	for (int i = 0; i < N; i++)
		ck_assert_int_eq(
		    worker_find(rig.worker, p[i]->conn.id) != NULL, i % 2);
	ck_assert_uint_eq(rig.tally.connections, N / 2);
	ck_assert_uint_eq(rig.tally.opened, N);
}
END_TEST

START_TEST(an_idle_connection_is_208_bytes_and_owns_no_more)
{
	struct player *p = rig_open(&rig, NULL, 0);

	ck_assert_uint_le(sizeof(struct conn), 208);
	player_say_text(p, "hello");
	rig_round(&rig);
	ck_assert_ptr_null(p->conn.in);
	ck_assert_ptr_null(p->conn.closing);
	ck_assert(sendq_empty(&p->conn.out));
}
END_TEST

/* A host that accepts: it answers every message and counts. Its connections
 * are upgraded already. */
struct host {
	struct worker *worker;
	struct rules rules;
	struct tally tally;
	int accepted, released; /* of the worker's thread, read when stopped */
	int nodelay;
};

struct guest {
	struct conn conn;
	struct host *host;
};

static struct host host;

static void
guest_message(struct conn *c, int type, const uint8_t *data, size_t n)
{
	conn_send(c, type, data, n);
}

static void
guest_part(struct conn *c, int type, const uint8_t *data, size_t n, bool first,
    bool last)
{
	conn_send_part(c, type, data, n, first, last);
}

static void
guest_drained(struct conn *c)
{
	(void)c;
}

static void
guest_closed(struct conn *c, const struct conn_end *end)
{
	(void)c;
	(void)end;
}

static void
guest_released(struct conn *c)
{
	((struct guest *)c)->host->released++;
	free(c);
}

static void
guest_accepted(struct worker *w, int fd, const struct arrived *a)
{
	struct host *h = a->tag;
	struct guest *g = calloc(1, sizeof *g);
	socklen_t size = sizeof h->nodelay;

	ck_assert(worker_here(w));
	ck_assert_ptr_null(a->relay);
	ck_assert_uint_eq(a->listener, LISTENER);
	ck_assert_uint_eq(a->from.ss_family, AF_INET);
	ck_assert_uint_eq(a->len, sizeof(struct sockaddr_in));
	h->accepted++;
	g->host = h;
	g->conn.rules = &h->rules;
	g->conn.tally = &h->tally;
	ck_assert_int_eq(
	    conn_start(&g->conn, w, &(struct stream){ .fd = fd }, NULL, 0), 0);
	ck_assert_int_eq(
	    getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &h->nodelay, &size), 0);
}

static void
guest_lingered(struct conn *c, uint64_t ms)
{
	(void)c;
	(void)ms;
}

static const struct conn_calls guest_calls = { guest_message, guest_part,
	guest_lingered, guest_drained, guest_closed, guest_released };
static const struct worker_calls host_calls = { .conn = &guest_calls,
	.accepted = guest_accepted };

static struct listener *
open_host(void)
{
	struct listen_address a = { .address = "127.0.0.1",
		.number = LISTENER };
	struct listener *l;

	host = (struct host){ .rules = rig.rules };
	ck_assert_int_eq(worker_new(&host.worker, 0, &host_calls), 0);
	ck_assert_int_eq(listener_open(&l, &a, 1, 128, &host), 0);
	ck_assert_int_eq(worker_accept(host.worker, l), 0);
	return l;
}

static int
dial(const struct listener *l)
{
	struct sockaddr_in sa;
	socklen_t len = sizeof sa;
	int fds[LISTENER_FDS], fd = socket(AF_INET, SOCK_STREAM, 0);

	listener_fds(l, 0, fds);
	ck_assert_int_eq(getsockname(fds[0], (struct sockaddr *)&sa, &len), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sa, len), 0);
	return fd;
}

START_TEST(a_worker_accepts_until_it_is_told_to_stop)
{
	struct listener *l = open_host();
	int a, b;

	a = dial(l);
	worker_round(host.worker, true); /* the request */
	worker_round(host.worker, true); /* the socket */
	ck_assert_int_eq(host.accepted, 1);
	ck_assert_int_ne(host.nodelay, 0);
	ck_assert_int_eq(worker_unaccept(host.worker, l), 0);
	worker_round(host.worker, true);
	b = dial(l);
	worker_round(host.worker, false);
	ck_assert_int_eq(host.accepted, 1);
	close(a);
	close(b);
	worker_stop(host.worker);
	ck_assert_int_eq(host.released, 1);
	worker_free(&host.worker);
	listener_unref(&l);
}
END_TEST

/* A client that sends and checks, until its socket ends. */
static void *
chat(void *arg)
{
	uint8_t frame[200], back[200], text[150];
	int fd = *(int *)arg;
	size_t n;

	memset(text, 'c', sizeof text);
	n = masked(frame, FRAME_FIN | WS_OP_TEXT, text, sizeof text);
	for (;;) {
		size_t want = 4 + sizeof text, have = 0;

		if (send(fd, frame, n, MSG_NOSIGNAL) != (ssize_t)n)
			return NULL;
		while (have < want) {
			ssize_t got = recv(fd, back + have, want - have, 0);

			if (got <= 0)
				return NULL;
			have += (size_t)got;
			if (back[0] == (FRAME_FIN | WS_OP_CLOSE))
				return NULL;
		}
		ck_assert_mem_eq(back + 4, text, sizeof text);
	}
}

START_TEST(a_worker_stops_under_load_and_releases_all)
{
	enum { N = 8 };
	struct listener *l = open_host();
	int fds[N];
	pthread_t t[N];

	ck_assert_int_eq(worker_start(host.worker), 0);
	ck_assert(!worker_here(host.worker));
	for (int i = 0; i < N; i++) {
		fds[i] = dial(l);
		ck_assert_int_eq(pthread_create(&t[i], NULL, chat, &fds[i]), 0);
	}
	while (stat_get(&host.tally.messages_in) < 2000)
		ck_assert_int_eq(poll(NULL, 0, 1), 0);
	ck_assert_uint_eq(worker_conns(host.worker), N);
	worker_stop(host.worker);
	for (int i = 0; i < N; i++) {
		pthread_join(t[i], NULL);
		close(fds[i]);
	}
	ck_assert_int_eq(host.accepted, N);
	ck_assert_int_eq(host.released, N);
	ck_assert_uint_eq(host.tally.causes[WS_V_GOING_AWAY], N);
	worker_free(&host.worker);
	listener_unref(&l);
}
END_TEST

START_TEST(a_drain_says_1001_to_all_from_another_thread)
{
	enum { N = 8 };
	struct listener *l = open_host();
	int fds[N];
	pthread_t t[N];

	clock_replace(NULL);
	ck_assert_int_eq(worker_start(host.worker), 0);
	for (int i = 0; i < N; i++) {
		fds[i] = dial(l);
		ck_assert_int_eq(pthread_create(&t[i], NULL, chat, &fds[i]), 0);
	}
	while (stat_get(&host.tally.messages_in) < 200)
		ck_assert_int_eq(poll(NULL, 0, 1), 0);
	worker_drain(host.worker, 20);
	for (int i = 0; i < N; i++) {
		pthread_join(t[i], NULL);
		close(fds[i]);
	}
	worker_stop(host.worker);
	ck_assert_uint_eq(host.tally.causes[WS_V_GOING_AWAY], N);
	ck_assert_uint_eq(
	    host.tally.codes[tally_code_index(WS_CLOSE_GOING_AWAY)], N);
	worker_free(&host.worker);
	listener_unref(&l);
}
END_TEST

struct chain {
	struct mail mail;
	struct worker *worker;
	int left, delivered;
};

static void
pass_on(struct mail *m)
{
	struct chain *c = (struct chain *)m;

	c->delivered++;
	if (c->left-- > 0)
		ck_assert(mail_put(worker_loop(c->worker), m, 0));
}

START_TEST(mail_that_mail_puts_is_delivered_before_the_end)
{
	struct chain c = {
		.mail.deliver = pass_on, .worker = rig.worker, .left = 5
	};

	ck_assert(mail_put(worker_loop(rig.worker), &c.mail, 0));
	worker_stop(rig.worker);
	ck_assert_int_eq(c.delivered, 6);
}
END_TEST

START_TEST(what_a_worker_does_can_be_seen_from_outside)
{
	static const char what[] = "echo";

	ck_assert_ptr_null(worker_doing(rig.worker));
	worker_set_doing(rig.worker, what);
	ck_assert_ptr_eq(worker_doing(rig.worker), what);
	worker_set_doing(rig.worker, NULL);
	ck_assert_uint_eq(worker_index(rig.worker), 7);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("worker");
	TCase *tc = suite_case(s, "worker");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, an_id_is_never_given_twice_and_names_its_worker);
	tcase_add_test(
	    tc, a_round_does_not_sleep_while_a_connection_has_work_left);
	tcase_add_test(tc, much_work_is_done_in_several_rounds_in_its_order);
	tcase_add_test(tc, every_connection_is_found_however_many_there_are);
	tcase_add_test(tc, an_idle_connection_is_208_bytes_and_owns_no_more);
	tcase_add_test(tc, a_worker_accepts_until_it_is_told_to_stop);
	tcase_add_test(tc, a_worker_stops_under_load_and_releases_all);
	tcase_add_test(tc, a_drain_says_1001_to_all_from_another_thread);
	tcase_add_test(tc, mail_that_mail_puts_is_delivered_before_the_end);
	tcase_add_test(tc, what_a_worker_does_can_be_seen_from_outside);
	return suite_run_forked(s);
}
