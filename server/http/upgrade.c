/* SPDX-License-Identifier: MIT
 *
 * upgrade.c - see upgrade.h.
 *
 * Why the socket is duplicated: the library keeps its own descriptor and the
 * connection's memory as long as the handle lives. With a duplicate and an
 * immediate close of the handle, an idle WebSocket costs nothing there, and
 * the library can be stopped while the WebSockets live on.
 *
 * Locks: upgrades.lock, then the library's own (suspend, resume). The
 * library may call upgrade_end() with its lock held, so nothing there takes
 * ours.
 */
#include "config.h"

#include "http/upgrade.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "host/door.h"
#include "host/request.h"
#include "host/site.h"
#include "http/deadlines.h"
#include "http/head.h"
#include "http/pages.h"
#include "http/target.h"
#include "net/relay.h"
#include "net/reserve.h"
#include "wire/handshake.h"

/* One lock orders answers, suspensions and the stop. A door may answer when
 * HTTP has long stopped: hence the references. */
struct upgrades {
	pthread_mutex_t lock;
	struct list waiting;
	bool stopping;
	int reserve;   /* descriptors from here on are not for connections */
	unsigned refs; /* atomic */
};

/* The door has answered; the exchange has left. The later one of the two
 * tells the door: a stop may come first. */
enum end { END_ANSWERED = 1, END_LEFT = 2 };

/* Whatever http lets through, the host has room for. */
_Static_assert(
    (int)HEAD_FIELDS_MAX <= (int)REQUEST_HEADERS_MAX, "a request's headers");

struct upgrade {
	struct knock knock;
	struct upgrades *all;
	struct list node; /* in all->waiting while it is suspended */
	struct MHD_Connection *connection;
	struct deadlines *deadlines;
	struct due *due;
	struct relay **relay;
	struct verdict verdict;
	int fd;	       /* our copy of the socket, or -1 */
	bool answered; /* under all->lock: the verdict is valid */
	bool over;     /* nothing more to say to the door */
	unsigned ends; /* atomic: of enum end */
	unsigned refs; /* atomic: the exchange's, and the door's to answer */
	char accept[HANDSHAKE_ACCEPT_LEN + 1];
};

struct upgrades *
upgrades_new(void)
{
	struct upgrades *all = calloc(1, sizeof *all);

	if (!all)
		return NULL;
	pthread_mutex_init(&all->lock, NULL);
	list_init(&all->waiting);
	all->reserve = reserve_middle();
	all->refs = 1;
	return all;
}

void
upgrades_unref(struct upgrades **allp)
{
	struct upgrades *all = *allp;

	*allp = NULL;
	if (!all || __atomic_sub_fetch(&all->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	pthread_mutex_destroy(&all->lock);
	free(all);
}

static void
unref(struct upgrade *up)
{
	if (__atomic_sub_fetch(&up->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	route_unref(&up->knock.route);
	upgrades_unref(&up->all);
	free(up);
}

/* The first verdict counts; whoever waits for it goes on. */
static void
decide(struct upgrade *up, const struct verdict *verdict)
{
	if (!up->answered) {
		up->verdict = *verdict;
		up->answered = true;
	}
	if (list_linked(&up->node)) {
		list_del(&up->node);
		MHD_resume_connection(up->connection);
	}
}

static void
end(struct upgrade *up, enum end which, enum end other)
{
	unsigned before = __atomic_fetch_or(&up->ends, which, __ATOMIC_ACQ_REL);

	if (before & other)
		door_leave(&up->knock);
}

/* Any thread. */
static void
answered(struct knock *knock, const struct verdict *verdict)
{
	struct upgrade *up = container_of(knock, struct upgrade, knock);

	pthread_mutex_lock(&up->all->lock);
	decide(up, verdict);
	pthread_mutex_unlock(&up->all->lock);
	end(up, END_ANSWERED, END_LEFT);
	unref(up);
}

static void
verdict_of(struct verdict *v, enum refusal r)
{
	*v = (struct verdict){ .status = (int)refusal_row(r)->status,
		.headers = RETRY_AFTER,
		.body = refusal_row(r)->sentence };
}

void
upgrades_stop(struct upgrades *all)
{
	struct verdict verdict;

	verdict_of(&verdict, REFUSAL_STOPPING);
	pthread_mutex_lock(&all->lock);
	all->stopping = true;
	LIST_FOREACH_SAFE (n, &all->waiting)
		decide(container_of(n, struct upgrade, node), &verdict);
	pthread_mutex_unlock(&all->lock);
}

static void
leave(struct upgrade *up)
{
	if (up->over)
		return;
	up->over = true;
	end(up, END_LEFT, END_ANSWERED);
}

static void
drop_socket(struct upgrade *up)
{
	if (up->fd >= 0)
		close(up->fd);
	up->fd = -1;
}

void
upgrade_end(struct upgrade **upp)
{
	struct upgrade *up = *upp;

	if (!up)
		return;
	leave(up);
	drop_socket(up);
	unref(up);
	*upp = NULL;
}

static enum ws_refusal
judge(const struct upgrade_ask *ask, struct handshake_verdict *verdict,
    struct deflate_terms *deflate)
{
	const struct config_limits *limits = &ask->route->conf->limits;
	const struct deflate_policy policy = { .on = limits->deflate,
		.takeover = limits->deflate_takeover,
		.bits = (uint8_t)limits->deflate_window };
	struct handshake_request request;

	head_handshake(ask->head, &request);
	handshake_judge(
	    &request, limits->protocols.v, limits->protocols.n, verdict);
	if (verdict->refusal == WS_R_NONE)
		extension_agree(request.extensions, &policy, deflate);
	return verdict->refusal;
}

struct headers {
	struct request_header *v;
	size_t n, max;
};

static enum MHD_Result
collect(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct headers *h = arg;

	(void)kind;
	if (h->n < h->max)
		h->v[h->n++] =
		    (struct request_header){ name, value ? value : "" };
	return MHD_YES;
}

/* The snapshot that the handler asks for variables; NULL without memory. */
static struct request *
snapshot(const struct upgrade_ask *ask)
{
	struct headers headers = { .max = ask->head->fields };
	struct sockaddr_storage local;
	socklen_t len = sizeof local;
	struct request_parts parts = {
		.method = ask->head->method,
		.target = ask->target->raw,
		.version = ask->head->version,
		.path = ask->target->path,
		.script_len = route_script_len(ask->route),
		.query = ask->target->query,
		.peer = ask->peer,
		.https = ask->https,
		.secrets = route_secrets(ask->route),
		.headers = ask->headers,
		.n_headers = ask->n_headers,
	};
	struct request *request;

	if (ask->connection) {
		headers.v = calloc(headers.max + 1, sizeof *headers.v);
		if (!headers.v)
			return NULL;
		MHD_get_connection_values(
		    ask->connection, MHD_HEADER_KIND, collect, &headers);
		parts.headers = headers.v;
		parts.n_headers = headers.n;
	}
	if (ask->relay && *ask->relay) {
		parts.tls = relay_facts(*ask->relay);
		parts.local = relay_local(*ask->relay);
	} else if (getsockname(ask->fd, (struct sockaddr *)&local, &len) == 0) {
		parts.local = (const struct sockaddr *)&local;
	}
	request = request_new(&parts);
	free(headers.v);
	return request;
}

struct upgrade *
upgrade_begin(
    struct upgrades *all, const struct upgrade_ask *ask, struct answer *answer)
{
	struct route *route = ask->route;
	struct handshake_verdict verdict;
	struct deflate_terms deflate;
	struct request *request;
	struct upgrade *up;
	enum ws_refusal refusal = judge(ask, &verdict, &deflate);

	if (refusal != WS_R_NONE) {
		answer_handshake(answer, refusal);
		route_unref(&route);
		return NULL;
	}
	request = snapshot(ask);
	up = request ? calloc(1, sizeof *up) : NULL;
	if (!up) {
		answer_refusal(answer, REFUSAL_NO_MEMORY);
		request_free(&request);
		route_unref(&route);
		return NULL;
	}
	list_init(&up->node);
	up->all = all;
	__atomic_add_fetch(&all->refs, 1, __ATOMIC_RELAXED);
	up->fd = -1;
	up->connection = ask->connection;
	up->deadlines = ask->deadlines;
	up->due = ask->due;
	up->relay = ask->relay;
	up->refs = 2;
	memcpy(up->accept, verdict.accept, sizeof up->accept);
	up->knock = (struct knock){ .route = route,
		.request = request,
		.protocol = verdict.protocol,
		.deflate = deflate,
		.answer = answered };
	door_knock(&up->knock);
	return up;
}

/* A copy of the socket of our own, before a 101 promises anything. */
static bool
take_socket(struct upgrade *up)
{
	up->fd = fcntl(up->due->fd, F_DUPFD_CLOEXEC, 0);
	if (up->fd < up->all->reserve)
		return up->fd >= 0;
	drop_socket(up);
	return false;
}

/* The library calls it when the 101 has been sent. */
static void
upgraded(void *arg, struct MHD_Connection *connection, void *context,
    const char *early, size_t n, MHD_socket sock,
    struct MHD_UpgradeResponseHandle *handle)
{
	struct upgrade *up = arg;
	int fd = up->fd;

	(void)connection, (void)context, (void)sock;
	due_end(up->deadlines, up->due);
	up->fd = -1;
	up->over = true;
	door_enter(&up->knock, fd, up->relay, early, n);
	/* last: the library may end the exchange, and with it `up` */
	MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
}

/* The headers of a 101, a line each; NULL: no memory. */
static char *
accept_headers(const struct upgrade *up)
{
	const char *protocol = up->verdict.protocol,
		   *more = up->verdict.headers;
	char extension[EXTENSION_ANSWER_MAX], *lines;

	extension_answer(&up->knock.deflate, extension);
	if (asprintf(&lines,
		"Upgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n"
		"%s%s%s%s%s%s%s",
		up->accept, protocol ? "Sec-WebSocket-Protocol: " : "",
		protocol ? protocol : "", protocol ? "\r\n" : "",
		extension[0] ? "Sec-WebSocket-Extensions: " : "", extension,
		extension[0] ? "\r\n" : "", more ? more : "") < 0)
		return NULL;
	return lines;
}

static void
accept_answer(struct upgrade *up, struct answer *a)
{
	char *lines = accept_headers(up);

	*a = (struct answer){ .status = MHD_HTTP_SWITCHING_PROTOCOLS };
	if (lines)
		a->response = MHD_create_response_for_upgrade(upgraded, up);
	answer_headers(a, lines);
	free(lines);
}

/* Nobody has written to the socket before, so it takes all of it. */
static bool
say_accepted(const struct upgrade *up, int fd)
{
	char *lines = accept_headers(up), *text;
	int n = -1;
	bool said;

	if (lines)
		n = asprintf(&text,
		    "HTTP/1.1 101 Switching Protocols\r\n"
		    "Connection: Upgrade\r\n%s\r\n",
		    lines);
	free(lines);
	if (n < 0)
		return false;
	said = send(fd, text, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) == n;
	free(text);
	return said;
}

bool
upgrade_accepted(const struct upgrade *up)
{
	return up->verdict.status == MHD_HTTP_SWITCHING_PROTOCOLS;
}

void
upgrade_enter(struct upgrade *up, int fd)
{
	struct relay *none = NULL;

	if (!say_accepted(up, fd)) {
		close(fd);
		return;
	}
	up->over = true;
	door_enter(&up->knock, fd, &none, NULL, 0);
}

bool
upgrade_step(struct upgrade *up, struct answer *a)
{
	struct upgrades *all = up->all;
	struct verdict *v = &up->verdict;

	pthread_mutex_lock(&all->lock);
	if (!up->answered && all->stopping) {
		verdict_of(v, REFUSAL_STOPPING);
		up->answered = true;
	}
	if (!up->answered) {
		MHD_suspend_connection(up->connection);
		list_add_tail(&all->waiting, &up->node);
		pthread_mutex_unlock(&all->lock);
		return false;
	}
	pthread_mutex_unlock(&all->lock);
	if (v->status == MHD_HTTP_SWITCHING_PROTOCOLS && !take_socket(up))
		verdict_of(v, REFUSAL_BUSY);
	if (v->status == MHD_HTTP_SWITCHING_PROTOCOLS) {
		accept_answer(up, a);
		return true;
	}
	answer_page(a, (unsigned)v->status, v->body ? v->body : "Refused.");
	answer_headers(a, v->headers);
	leave(up);
	return true;
}
