/* SPDX-License-Identifier: MIT
 *
 * handshake.c - what a connection is before it is open.
 *
 * Every path ends in handshake_accept() or handshake_refuse(), which touch the
 * handshake no more once the knock has been answered: it may enter or leave
 * on the HTTP thread at that moment.
 *
 * THREADS, MEMORY: see handshake.h. RFC 6455 section 4.2.2.
 */
#include "config.h"

#include "host/handshake.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/must.h"
#include "host/access.h"
#include "host/call.h"
#include "host/door.h"
#include "host/host_struct.h"
#include "host/request.h"
#include "host/session.h"
#include "wire/utf8.h"

void
handshake_free(struct handshake **handshake)
{
	struct handshake *h = *handshake;

	if (!h)
		return;
	request_free(&h->request);
	login_free(&h->login);
	details_free(&h->details);
	free(h->protocol);
	free(h->left.early);
	free(h);
	*handshake = NULL;
}

static struct host *
host_of(const struct handshake *h)
{
	return session_route(h->conn)->host;
}

static struct waiting *
waiting_of(const struct handshake *h)
{
	return &host_of(h)
		    ->waiting[worker_index(session_route(h->conn)->worker)];
}

/* --- refusing ----------------------------------------------------------- */

/* What a close frame says instead of an HTTP status; it may be one that the
 * handler has chosen. */
static int
close_code_for(enum ws_refusal result, int status)
{
	const struct ws_refusal_row *row = ws_refusal(result);

	if (status == row->status)
		return row->close;
	return status == 429 || status == 503 ? WS_CLOSE_TRY_LATER
					      : WS_CLOSE_POLICY;
}

static bool
fits_close(const char *s)
{
	size_t n = strnlen(s, WS_REASON_MAX + 1);

	return n <= WS_REASON_MAX && utf8_valid((const uint8_t *)s, n);
}

const char *
handshake_extra_headers(int status)
{
	/* RFC 9110 section 15.5.2: a 401 says what it asks for. */
	if (status == 401)
		return "WWW-Authenticate: Bearer\r\n";
	return status == 503 || status == 429 ? RETRY_AFTER : NULL;
}

bool
handshake_by_close(const struct route *row, enum ws_refusal result)
{
	return row->conf->limits.refuse == REFUSE_CLOSE &&
	       ws_refusal(result)->close != 0;
}

/* --- the verdict -------------------------------------------------------- */

void
handshake_accept(struct handshake *h)
{
	const struct details *d = h->details;
	struct verdict v = { .status = 101 };

	v.protocol = d && d->protocol ? d->protocol : h->protocol;
	v.headers = d ? d->headers : NULL;
	h->state = HANDSHAKE_ANSWERED;
	h->knock->answer(h->knock, &v);
}

/* From now on the session only waits for http to leave, or to enter and be
 * closed. A session that has been counted as a guest stays counted so. */
void
handshake_refuse(struct handshake *h, enum ws_refusal result, int status)
{
	const struct route *row = session_row(h->conn);
	const struct details *d = h->details ? h->details : h->login.said;
	const char *body =
	    d && d->body ? d->body : ws_refusal(result)->sentence;
	struct verdict v = { .status = status, .body = body };

	v.headers = d && d->headers    ? d->headers
		    : h->login.headers ? h->login.headers
				       : handshake_extra_headers(status);
	ledger_result(row->ledger, result);
	access_refused(row, h->request, &h->login, result, status);
	h->state = HANDSHAKE_ANSWERED;
	if (handshake_by_close(row, result)) {
		h->close_code = close_code_for(result, status);
		h->close_reason =
		    fits_close(body) ? body : ws_refusal(result)->sentence;
		v = (struct verdict){ .status = 101, .protocol = h->protocol };
	}
	h->knock->answer(h->knock, &v);
}

/* Ends the waiting of one that was asked. */
static void
settle(struct handshake *h, enum ws_refusal result, int status)
{
	must(h->state != HANDSHAKE_ANSWERED);
	list_del(&h->node);
	conns_remove(&waiting_of(h)->by_id, &h->conn->conn);
	deadline_clear(worker_loop(session_route(h->conn)->worker), &h->due);
	count_leave(&host_of(h)->pending);
	if (h->told)
		h->told(h, result, status);
	else if (result == WS_R_NONE)
		handshake_accept(h);
	else
		handshake_refuse(h, result, status);
}

static enum ws_refusal
result_of_status(int status)
{
	if (status == 101)
		return WS_R_NONE;
	return status == 401 ? WS_R_UNAUTHORIZED : WS_R_HANDLER;
}

static void
settle_by_details(struct handshake *h)
{
	settle(h, result_of_status(h->details->status), h->details->status);
}

static void
settle_by_host(struct handshake *h, enum ws_refusal result)
{
	details_free(&h->details);
	settle(h, result, ws_refusal(result)->status);
}

/* --- mail --------------------------------------------------------------- */

void
handshake_put(struct handshake *h, void (*deliver)(struct mail *))
{
	h->mail.deliver = deliver;
	mail_put(worker_loop(session_route(h->conn)->worker), &h->mail, 0);
}

void
handshake_discard(struct mail *m)
{
	session_discard(container_of(m, struct handshake, mail)->conn);
}

/* --- asking the handler ------------------------------------------------- */

static void
late(struct deadline *due)
{
	settle_by_host(container_of(due, struct handshake, due), WS_R_TIMEOUT);
}

static void
wait_for_decision(struct handshake *h)
{
	struct loop *loop = worker_loop(session_route(h->conn)->worker);
	uint64_t within =
	    session_row(h->conn)->conf->limits.handshake_timeout_ms;

	h->state = HANDSHAKE_WAITING;
	h->due.due = late;
	if (deadline_set(loop, &h->due, loop_now_ms(loop) + within) != 0)
		settle_by_host(h, WS_R_MEMORY);
}

static void
take_answer(struct handshake *h, int answer)
{
	if (answer == CLEAT_LATER && !h->details) {
		wait_for_decision(h);
	} else if ((answer == 0 || answer == CLEAT_LATER) && h->details) {
		settle_by_details(h);
	} else if (answer == 0) {
		settle(h, WS_R_NONE, 101);
	} else if (answer >= 400 && answer <= 599) {
		settle(h, result_of_status(answer), answer);
	} else {
		log_error("%s: on_handshake of %s returned %d, which is no "
			  "status from 400 to 599",
		    session_route(h->conn)->callsite.path,
		    session_route(h->conn)->callsite.handler, answer);
		settle_by_host(h, WS_R_BROKEN);
	}
}

void
handshake_ask(struct mail *m)
{
	struct handshake *h = container_of(m, struct handshake, mail);
	struct cleat_conn *c = h->conn;
	struct cleat_route *r = session_route(c);
	struct host *host = r->host;
	struct waiting *w = waiting_of(h);
	struct stopwatch s;
	int answer;

	c->conn.id = worker_next_id(r->worker);
	list_add_tail(&w->list, &h->node);
	if (conns_add(&w->by_id, &c->conn) != 0) {
		settle_by_host(h, WS_R_MEMORY);
		return;
	}
	if (__atomic_load_n(&host->draining, __ATOMIC_RELAXED)) {
		settle_by_host(h, WS_R_DRAINING);
		return;
	}
	c->seen = 1;
	call_enter(r, CALLBACK_HANDSHAKE, c->conn.id, &s);
	answer = r->handler->on_handshake(c);
	call_leave(r, CALLBACK_HANDSHAKE, &s);
	take_answer(h, answer);
}

/* --- deciding ----------------------------------------------------------- */

struct cleat_conn *
handshake_find(struct host *h, unsigned worker, uint64_t id)
{
	struct conn *c = conns_find(&h->waiting[worker].by_id, id);

	return c ? session_of(c) : NULL;
}

/* Is the token one of the list "chat, superchat"? */
static bool
offered(const char *list, const char *token)
{
	size_t n = strlen(token);

	while (list && *list) {
		size_t len;

		list += strspn(list, ", \t");
		len = strcspn(list, ", \t");
		if (len == n && memcmp(list, token, n) == 0)
			return true;
		list += len;
	}
	return false;
}

int
handshake_decide(struct host *host, uint64_t id, struct details *d)
{
	struct cleat_conn *c = handshake_find(host, worker_of_id(id), id);
	struct handshake *h = c ? c->handshake : NULL;
	int result = CLEAT_OK;

	if (!h || h->details)
		result = CLEAT_GONE;
	else if (d->protocol && d->status == 101 &&
		 !offered(
		     request_var(h->request, "HTTP_SEC_WEBSOCKET_PROTOCOL"),
		     d->protocol))
		result = CLEAT_EINVAL;
	if (result != CLEAT_OK) {
		details_free(&d);
		return result;
	}
	h->details = d;
	if (h->state == HANDSHAKE_WAITING)
		settle_by_details(h);
	return CLEAT_OK;
}

static void
deliver_drain(struct mail *m)
{
	struct waiting *w = container_of(m, struct waiting, drain);

	LIST_FOREACH_SAFE (n, &w->list) {
		settle_by_host(
		    container_of(n, struct handshake, node), WS_R_DRAINING);
	}
}

void
handshake_drain(struct host *h, unsigned worker)
{
	struct waiting *w = &h->waiting[worker];

	if (w->draining)
		return;
	w->draining = true;
	w->drain.deliver = deliver_drain;
	mail_put(worker_loop(h->workers[worker]), &w->drain, 0);
}
