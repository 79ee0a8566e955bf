/* SPDX-License-Identifier: MIT
 *
 * door.c - from a checked upgrade request to a connection.
 *
 * Every knock that gets as far as a session is counted in its path's ledger
 * and in the host, or among the few that are let in only to be refused by a
 * close frame; session_discard() takes it out again, whatever its end.
 *
 * A handshake's mail carries it three times, one after the other: to be
 * asked, then to enter or to leave.
 *
 * THREADS, MEMORY: see door.h. RFC 6455 sections 4.2.2 and 10.2.
 */
#include "config.h"

#include "host/door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "host/access.h"
#include "host/details.h"
#include "host/handshake.h"
#include "host/host_struct.h"
#include "host/mount.h"
#include "host/request.h"
#include "host/session.h"
#include "net/address.h"
#include "wire/origin.h"

enum { REFUSING_MAX = 256 };

/* --- knocking ----------------------------------------------------------- */

void
door_retry(struct knock *k, uint64_t ms)
{
	snprintf(k->retry, sizeof k->retry, "Retry-After: %llu\r\n",
	    (unsigned long long)(ms + 999) / 1000);
}

/* A UNIX socket's peer has no address, and as many handshakes as it likes. */
static enum ws_refusal
judge_address(struct knock *k, struct host *h)
{
	struct address from;
	uint64_t wait;

	if (!request_address(k->request, &from))
		return WS_R_NONE;
	wait = callers_come(&h->callers, &from);
	if (wait == 0)
		return WS_R_NONE;
	door_retry(k, wait);
	return WS_R_RATE;
}

static enum ws_refusal
judge(struct knock *k, struct host *h)
{
	struct config_strings rules = k->route->conf->limits.origins;
	enum ws_refusal result;

	if (__atomic_load_n(&h->draining, __ATOMIC_RELAXED))
		return WS_R_DRAINING;
	if (ceiling_near(&h->ceiling))
		return WS_R_MAX_MEMORY;
	result = judge_address(k, h);
	if (result != WS_R_NONE)
		return result;
	if (!origin_allowed(request_var(k->request, "HTTP_ORIGIN"),
		request_var(k->request, "HTTP_HOST"), rules.v, rules.n))
		return WS_R_ORIGIN;
	return WS_R_NONE;
}

/* Counts one more guest, unless that is one too many. */
static enum ws_refusal
count_in(struct host *h, const struct route *row)
{
	size_t most = __atomic_load_n(&h->max_connections, __ATOMIC_RELAXED);

	if (!count_enter(
		&row->ledger->inside, row->conf->limits.max_connections))
		return WS_R_TOO_MANY;
	if (count_enter(&h->inside, most))
		return WS_R_NONE;
	count_leave(&row->ledger->inside);
	return WS_R_TOO_MANY;
}

static void
count_out(struct host *h, const struct route *row)
{
	count_leave(&row->ledger->inside);
	count_leave(&h->inside);
}

/* Session and handshake in one; it takes the request, keeps the route and
 * uses the mount. Counting is the caller's. */
static struct cleat_conn *
make_session(struct knock *k)
{
	struct cleat_route *r = mount_pick(k->route->mount);
	struct cleat_conn *c = session_new(k->route, r);
	struct handshake *h = calloc(1, sizeof(*h));
	char *protocol = k->protocol ? strdup(k->protocol) : NULL;

	if (!c || !h || (k->protocol && !protocol)) {
		pool_put(&k->route->mount->sessions, c);
		free(h);
		free(protocol);
		return NULL;
	}
	list_init(&h->node);
	h->conn = c;
	h->knock = k;
	h->request = k->request;
	h->protocol = protocol;
	h->deflate = k->deflate;
	h->left.carrier.fd = -1;
	c->handshake = h;
	route_ref(k->route);
	h->login = k->login;
	k->login = (struct login){ .who = NULL };
	k->request = NULL;
	k->conn = c;
	ceiling_add(
	    &k->route->mount->host->ceiling, k->route->mount->sessions.size);
	return c;
}

/* The address counts from here until the connection ends. A UNIX socket's
 * peer has none. */
static enum ws_refusal
count_address(struct host *h, struct cleat_conn *c)
{
	size_t most = __atomic_load_n(&h->max_per_address, __ATOMIC_RELAXED);
	struct address from;

	if (most == 0 || !session_address(c, &from))
		return WS_R_NONE;
	switch (crowd_enter(&h->crowd, &from, most)) {
	case CROWD_IN:
		c->crowded = 1;
		return WS_R_NONE;
	case CROWD_FULL:
		return WS_R_CROWD;
	case CROWD_NO_MEMORY:
		break;
	}
	return WS_R_MEMORY;
}

static enum ws_refusal
come_in(struct knock *k, struct host *h)
{
	struct mount *m = k->route->mount;
	enum ws_refusal result;

	/* A login takes its time. */
	if (__atomic_load_n(&h->draining, __ATOMIC_RELAXED))
		return WS_R_DRAINING;
	if (!mount_use(m))
		return WS_R_RELOADED;
	result = count_in(h, k->route);
	if (result == WS_R_NONE && make_session(k)) {
		k->conn->counted = 1;
		return WS_R_NONE;
	}
	if (result == WS_R_NONE) {
		count_out(h, k->route);
		result = WS_R_MEMORY;
	}
	mount_leave(m);
	return result;
}

/* Lets one in to be closed, because its browser would not show it a status.
 * False: say the status. */
static bool
come_in_to_be_refused(struct knock *k, struct host *h)
{
	struct mount *m = k->route->mount;

	if (!mount_use(m))
		return false;
	if (!count_enter(&h->refusing, REFUSING_MAX)) {
		mount_leave(m);
		return false;
	}
	if (make_session(k))
		return true;
	count_leave(&h->refusing);
	mount_leave(m);
	return false;
}

static void
refuse(struct knock *k, struct host *h, enum ws_refusal result)
{
	const struct details *said = k->login.said;
	struct verdict v = { .status = k->login.status
					   ? k->login.status
					   : ws_refusal(result)->status };

	if (handshake_by_close(k->route, result) &&
	    come_in_to_be_refused(k, h)) {
		handshake_refuse(k->conn->handshake, result, v.status);
		return;
	}
	v.body = said && said->body ? said->body : ws_refusal(result)->sentence;
	v.headers = k->retry[0]		    ? k->retry
		    : said && said->headers ? said->headers
		    : k->login.headers	    ? k->login.headers
					    : handshake_extra_headers(v.status);
	ledger_result(k->route->ledger, result);
	access_refused(k->route, k->request, &k->login, result, v.status);
	request_free(&k->request);
	k->answer(k, &v);
}

/* It is known who knocks, or what is wrong; on any thread. */
static void
go_on(struct knock *k, enum ws_refusal result)
{
	struct host *h = k->route->mount->host;
	struct handshake *shake;

	if (result == WS_R_NONE)
		result = come_in(k, h);
	if (result != WS_R_NONE) {
		refuse(k, h, result);
		return;
	}
	shake = k->conn->handshake;
	result = count_address(h, k->conn);
	if (result != WS_R_NONE)
		handshake_refuse(shake, result, ws_refusal(result)->status);
	else if (!session_route(k->conn)->handler->on_handshake)
		handshake_accept(shake);
	else if (count_enter(&h->pending,
		     __atomic_load_n(&h->max_pending, __ATOMIC_RELAXED)))
		handshake_put(shake, handshake_ask);
	else
		handshake_refuse(
		    shake, WS_R_PENDING, ws_refusal(WS_R_PENDING)->status);
}

bool
door_answers_at_once(const struct route *r)
{
	return !r->conf->limits.auth &&
	       !r->mount->instances[0]->handler->on_handshake;
}

void
door_knock(struct knock *k)
{
	struct host *h = k->route->mount->host;
	enum ws_refusal result;

	k->conn = NULL;
	k->retry[0] = '\0';
	k->login = (struct login){ .who = NULL };
	result = judge(k, h);
	if (result == WS_R_NONE && k->route->conf->limits.auth)
		login_begin(k, h, go_on);
	else
		go_on(k, result);
}

/* --- entering, leaving -------------------------------------------------- */

static int
start(struct cleat_conn *c, struct handshake *h)
{
	struct relay_left *left = &h->left;
	int error = conn_deflate(&c->conn, &h->deflate);

	if (error == 0)
		return conn_start(&c->conn, session_route(c)->worker,
		    &left->carrier, left->early, left->n_early);
	stream_close(&left->carrier);
	return error;
}

static void
deliver_enter(struct mail *m)
{
	struct handshake *h = container_of(m, struct handshake, left.mail);
	struct relay_left *left = &h->left;
	struct cleat_conn *c = h->conn;
	int error;

	if (left->carrier.fd < 0) {
		session_discard(c); /* the peer has not waited for the 101 */
		return;
	}
	error = start(c, h);
	if (error != 0) {
		log_error("%s: a connection cannot start: %s",
		    session_route(c)->callsite.path, strerror(-error));
		session_discard(c);
	} else if (h->close_code != 0) {
		c->stage = SESSION_OPEN;
		c->muted = 1;
		conn_close(&c->conn, h->close_code, h->close_reason,
		    strlen(h->close_reason));
		handshake_free(&h);
		c->kept = NULL;
	} else {
		session_opened(c);
	}
}

void
door_enter(
    struct knock *k, int fd, struct relay **relay, const void *early, size_t n)
{
	struct relay_left *left = &k->conn->handshake->left;

	left->to = worker_loop(session_route(k->conn)->worker);
	left->mail.deliver = left->done = deliver_enter;
	if (*relay) {
		relay_leave(relay, fd, early, n, left);
		return;
	}
	left->early = n > 0 ? malloc(n) : NULL;
	if (n > 0 && !left->early) {
		log_error("%s: a connection cannot start: no memory",
		    k->route->conf->path);
		close(fd);
		door_leave(k);
		return;
	}
	if (n > 0)
		memcpy(left->early, early, n);
	left->n_early = n;
	left->carrier.fd = fd;
	mail_put(left->to, &left->mail, 0);
}

void
door_leave(struct knock *k)
{
	login_free(&k->login);
	if (!k->conn)
		return;
	handshake_put(k->conn->handshake, handshake_discard);
	k->conn = NULL;
}
