/* SPDX-License-Identifier: MIT
 *
 * forward.c - asks an HTTP back end: one request on each connection, a
 * bounded number at a time, the others in a queue.
 *
 * A forwarding ends in one of two ways: finish() answers the client and ends
 * the request that waits, which calls forward_end(); or the client or its
 * time has gone, which calls forward_end() by itself. Each makes room for the
 * next in the queue.
 */
#include "forward.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer.h"
#include "http.h"
#include "limits.h"
#include "reply_of.h"
#include "target.h"
#include "waiting.h"

enum { READ_BYTES = 16384 };

struct backend {
	struct target target;
	const char *url;
	size_t max_response;
	unsigned max_active, max_queued, active, queued;
	struct forwarding *first, **last; /* the queue */
	bool starting;			  /* start_next() is running */
	cj_bucket complaints;		  /* in the log */
};

struct forwarding {
	struct forwarding *next; /* in the queue */
	struct backend *backend;
	struct waiting *waiting;
	cleat_route *route;
	int fd; /* -1: in the queue */
	char *out;
	size_t out_len, out_at;
	struct http_answer *in; /* NULL: in the queue */
};

static void start_next(struct backend *);
static void ready(cleat_route *, int fd, int events, void *arg);

/* --- the end ------------------------------------------------------------ */

static void
unqueue(struct backend *b, struct forwarding *f)
{
	struct forwarding **at = &b->first;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	if (b->last == &f->next)
		b->last = at;
	b->queued--;
}

void
forward_end(struct forwarding **forwarding)
{
	struct forwarding *f = *forwarding;
	struct backend *b = f->backend;
	bool was_active = f->in != NULL;

	*forwarding = NULL;
	if (was_active)
		b->active--;
	else
		unqueue(b, f);
	if (f->fd >= 0) {
		cleat->watch(f->route, f->fd, 0, NULL, NULL);
		close(f->fd);
	}
	if (f->in)
		http_fini(f->in);
	free(f->in);
	free(f->out);
	free(f);
	if (was_active)
		start_next(b);
}

static void
fail(struct forwarding *f, enum fault fault, const char *why)
{
	struct waiting *w = f->waiting;

	if (cj_take(&f->backend->complaints, 1, 5, cleat->now_ms()))
		cleat->log(
		    f->route, CLEAT_WARN, "%s: %s", f->backend->url, why);
	answer_fault(w->conn, w->id, fault);
	waiting_end(&w);
}

static void
finish(struct forwarding *f)
{
	struct waiting *w = f->waiting;
	const char *why = reply_of(w->conn, w->id, f->in);

	if (why)
		fail(f, FAULT_INTERNAL, why);
	else
		waiting_end(&w);
}

/* --- the exchange ------------------------------------------------------- */

/* One read for each event, so that no back end keeps the worker to itself. */
static void
receive(struct forwarding *f)
{
	char bytes[READ_BYTES];
	ssize_t n = recv(f->fd, bytes, sizeof(bytes), 0);
	enum http_result result;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		fail(f, FAULT_UNAVAILABLE, strerror(errno));
		return;
	}
	result = n > 0 ? http_take(f->in, bytes, (size_t)n) : http_end(f->in);
	if (result == HTTP_DONE)
		finish(f);
	else if (result == HTTP_WRONG)
		fail(f, FAULT_INTERNAL, "its answer is no HTTP, or too large");
	else if (n == 0)
		fail(f, FAULT_UNAVAILABLE, "it broke off");
}

/* false: it has failed, and is freed. */
static bool
transmit(struct forwarding *f)
{
	ssize_t n = send(
	    f->fd, f->out + f->out_at, f->out_len - f->out_at, MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n >= 0)
		f->out_at += (size_t)n;
	else if (errno == EPIPE || errno == ECONNRESET)
		/* It may have answered what it did not read to the end. */
		f->out_at = f->out_len;
	else {
		fail(f, FAULT_UNAVAILABLE, strerror(errno));
		return false;
	}
	if (f->out_at < f->out_len ||
	    cleat->watch(f->route, f->fd, CLEAT_READ, ready, f) == CLEAT_OK)
		return true;
	fail(f, FAULT_UNAVAILABLE, "it cannot be watched");
	return false;
}

static void
ready(cleat_route *r, int fd, int events, void *arg)
{
	struct forwarding *f = arg;

	(void)r, (void)fd;
	if (f->out_at < f->out_len && !transmit(f))
		return;
	if (events & (CLEAT_READ | CLEAT_HUP))
		receive(f);
}

/* NULL, or why it cannot be begun. */
static const char *
begin(struct forwarding *f)
{
	const struct target *t = &f->backend->target;
	const void *address = &t->address;

	f->fd = socket(t->address.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (f->fd < 0)
		return strerror(errno);
	if (connect(f->fd, address, t->len) != 0 && errno != EINPROGRESS)
		return strerror(errno);
	if (cleat->watch(f->route, f->fd, CLEAT_READ | CLEAT_WRITE, ready, f) !=
	    CLEAT_OK)
		return "it cannot be watched";
	return NULL;
}

/* Starts what stands first in the queue. What fails at once makes room, and
 * so comes here again: the loop that runs already goes on with the next. */
static void
start_next(struct backend *b)
{
	if (b->starting)
		return;
	b->starting = true;
	while (b->active < b->max_active && b->first) {
		struct forwarding *f = b->first;
		const char *why;

		f->in = malloc(sizeof(*f->in));
		if (!f->in) {
			fail(f, FAULT_INTERNAL, "no memory");
			continue;
		}
		http_init(f->in, b->max_response);
		unqueue(b, f);
		b->active++;
		why = begin(f);
		if (why)
			fail(f, FAULT_UNAVAILABLE, why);
	}
	b->starting = false;
}

/* --- the request -------------------------------------------------------- */

/* Percent-encodes all but what never needs it; its end. */
static char *
encode(char *to, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *s; s++) {
		if (strchr(plain, *s)) {
			*to++ = *s;
			continue;
		}
		*to++ = '%';
		*to++ = hex[(unsigned char)*s >> 4];
		*to++ = hex[(unsigned char)*s & 15];
	}
	*to = '\0';
	return to;
}

/* The whole request, to be freed; NULL: no memory. */
static char *
compose(const struct target *t, const struct request *q, size_t *len)
{
	char *body =
	    q->payload ? json_dumps(q->payload, JSON_COMPACT | JSON_ENCODE_ANY)
		       : strdup("null");
	const char *name_of = user_of(q->conn);
	const char *user = name_of ? name_of : "";
	char *name = malloc(3 * strlen(user) + 1), *out = NULL;
	size_t room = strlen(t->path) + strlen(t->host) + TYPE_MAX +
		      3 * strlen(user) + (body ? strlen(body) : 0) + 400;
	int n = 0;

	if (body && name)
		out = malloc(room);
	if (out) {
		encode(name, user);
		n = snprintf(out, room,
		    "POST %s HTTP/1.1\r\nHost: %s\r\n"
		    "Connection: close\r\nContent-Type: application/json\r\n"
		    "Accept: application/json\r\nX-Cleat-Type: %s\r\n"
		    "X-Cleat-Connection: %llu\r\n%s%s%s"
		    "Content-Length: %zu\r\n\r\n%s",
		    t->path, t->host, q->type,
		    (unsigned long long)cleat->id(q->conn),
		    *user ? "X-Cleat-User: " : "", name, *user ? "\r\n" : "",
		    strlen(body), body);
	}
	free(name);
	free(body);
	*len = n > 0 ? (size_t)n : 0;
	return out;
}

void
action_forward(const struct request *q)
{
	struct backend *b = q->rule->backend;
	struct forwarding *f;
	struct waiting *w;

	if (b->active >= b->max_active && b->queued >= b->max_queued) {
		cleat->metric(cleat->route(q->conn), "forward_refused", 1);
		answer_fault(q->conn, q->id, FAULT_UNAVAILABLE);
		return;
	}
	w = waiting_new(
	    q->conn, WAIT_FORWARD, q->id, NULL, q->rule->timeout_ms);
	if (!w)
		return;
	f = calloc(1, sizeof(*f));
	if (f)
		f->out = compose(&b->target, q, &f->out_len);
	if (!f || !f->out) {
		free(f);
		answer_fault(q->conn, q->id, FAULT_INTERNAL);
		waiting_end(&w);
		return;
	}
	f->backend = b;
	f->waiting = w;
	f->route = cleat->route(q->conn);
	f->fd = -1;
	w->forwarding = f;
	*b->last = f;
	b->last = &f->next;
	b->queued++;
	cleat->metric(f->route, "forwarded", 1);
	start_next(b);
}

/* --- loading ------------------------------------------------------------ */

int
backend_load(cleat_route *r, const cleat_conf *conf, struct backend **out)
{
	struct backend *b = *out = calloc(1, sizeof(*b));
	const char *unix_path = cleat->conf_str(conf, "unix", NULL), *why;
	bool remote = cleat->conf_bool(conf, "remote", 0), of_socket;
	int64_t bytes, active, queued;

	if (!b)
		return CLEAT_ENOMEM;
	b->last = &b->first;
	b->url = cleat->conf_str(conf, "url", "");
	why = target_read(&b->target, b->url, unix_path, remote, &of_socket);
	if (why)
		return cleat->conf_fail(
		    r, conf, of_socket ? "unix" : "url", "%s", why);
	if (int_load(r, conf, "max_response", 65536, 1, 16 << 20,
		"1 byte to 16 MiB", &bytes) != 0 ||
	    int_load(r, conf, "connections", 4, 1, 256, "1 to 256", &active) !=
		0 ||
	    int_load(r, conf, "queue", 64, 0, 65536, "0 to 65,536", &queued) !=
		0)
		return CLEAT_EINVAL;
	b->max_response = (size_t)bytes;
	b->max_active = (unsigned)active;
	b->max_queued = (unsigned)queued;
	return 0;
}

void
backend_free(struct backend **backend)
{
	free(*backend);
	*backend = NULL;
}
