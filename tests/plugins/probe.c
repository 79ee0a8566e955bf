/* SPDX-License-Identifier: MIT
 *
 * probe.c - a handler that does what it is told, for the tests.
 *
 * A text message is a command and its argument ("close 4000 bye"); the answer
 * is what the function of the SDK gave ("close=0"). Between them the commands
 * call every function of the table. What happens when nobody listens any
 * more is counted as metrics: probe_opened, probe_closed, probe_freed,
 * probe_loaded, probe_unloaded, probe_reloaded, probe_posted.
 *
 * The query of the handshake chooses what on_handshake does:
 * ?mode=refuse&status=418, later, never, thread, stranger, details, broken,
 * twice.
 */
#include <cleat.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef PROBE_FLAGS
#define PROBE_FLAGS 0
#endif

/* The commands come from tests, which write numbers that are some. */
static int
number(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

struct route {
	const char *word;
	long long size;
	int on, pipe[2];
	double ratio;
	unsigned items, open;
	const int *answer;
	cleat_timer timer;
};

struct visitor {
	unsigned messages;
	cleat_id heir; /* whom on_close tells; 0: nobody */
	char query[64], cookie[64];
};

/* What a thread or a job is given. */
struct errand {
	cleat_route *route;
	cleat_conn *conn;
	cleat_id id;
	const cleat_conf *conf;
	int result;
	uint64_t ms;
};

static struct errand *
errand(cleat_conn *c, const char *arg)
{
	struct errand *e = calloc(1, sizeof(*e));

	if (!e)
		abort();
	e->route = cleat->route(c);
	e->conf = cleat->conf(e->route);
	e->conn = c;
	e->id = cleat->id(c);
	e->ms = strtoull(arg, NULL, 10);
	return e;
}

static void
nap(uint64_t ms)
{
	usleep((useconds_t)(ms * 1000));
}

/* --- handshakes --------------------------------------------------------- */

static void
copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "-");
}

static void *
decide_elsewhere(void *arg)
{
	struct errand *e = arg;
	cleat_accept a = { .user = "threaded" };

	e->result = cleat->decide(e->id, &a);
	free(e);
	return NULL;
}

/* First with a subprotocol that nobody offers. */
static void *
decide_strangely(void *arg)
{
	struct errand *e = arg;
	cleat_accept a = { .protocol = "stranger" };

	e->result = cleat->decide(e->id, &a);
	return decide_elsewhere(e);
}

static void
start_thread(void *(*fn)(void *), struct errand *e)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, fn, e) != 0)
		abort();
	pthread_detach(thread);
}

static void
decide_later(cleat_route *r, void *arg)
{
	(void)r;
	decide_elsewhere(arg);
}

static int
decide_now(cleat_conn *c, int twice)
{
	cleat_accept a = { .user = "ada",
		.attrs = "role=admin\nplan=pro\n",
		.headers = "X-Probe: yes\r\n" };
	cleat_accept wrong = { .headers = "X-Probe: yes\r\nnonsense" };

	if (cleat->decide(cleat->id(c), &wrong) != CLEAT_EINVAL ||
	    cleat->decide(cleat->id(c), &a) != CLEAT_OK)
		return 500;
	if (twice && cleat->decide(cleat->id(c), &a) != CLEAT_GONE)
		return 501;
	return 0;
}

static int
on_handshake(cleat_conn *c)
{
	const char *mode = cleat->query(c, "mode");
	const char *status = cleat->query(c, "status");
	struct visitor *v = cleat->state(c);

	copy(v->query, sizeof(v->query), cleat->query(c, "q"));
	copy(v->cookie, sizeof(v->cookie), cleat->cookie(c, "sid"));
	if (!mode)
		return 0;
	if (strcmp(mode, "refuse") == 0)
		return status ? number(status) : 403;
	if (strcmp(mode, "later") == 0) {
		cleat->after(cleat->route(c), 5, decide_later, errand(c, ""));
		return CLEAT_LATER;
	}
	if (strcmp(mode, "thread") == 0 || strcmp(mode, "stranger") == 0) {
		start_thread(*mode == 't' ? decide_elsewhere : decide_strangely,
		    errand(c, ""));
		return CLEAT_LATER;
	}
	if (strcmp(mode, "never") == 0)
		return CLEAT_LATER;
	if (strcmp(mode, "details") == 0 || strcmp(mode, "twice") == 0)
		return decide_now(c, *mode == 't');
	return strcmp(mode, "broken") == 0 ? 7 : 0;
}

/* --- commands: connections ---------------------------------------------- */

static void
do_echo(cleat_conn *c, const char *arg)
{
	cleat->send(c, CLEAT_TEXT, arg, strlen(arg));
}

static void
do_binary(cleat_conn *c, const char *arg)
{
	cleat->send(c, CLEAT_BINARY, arg, strlen(arg));
}

static void
do_sendf(cleat_conn *c, const char *arg)
{
	cleat->sendf(c, "%*s", number(arg), "x");
}

static void
do_bad(cleat_conn *c, const char *arg)
{
	(void)arg;
	cleat->sendf(c, "text=%d kind=%d close=%d part=%d",
	    cleat->send(c, CLEAT_TEXT, "\xff", 1), cleat->send(c, 3, "x", 1),
	    cleat->close(c, 1005, NULL),
	    cleat->part(c, CLEAT_TEXT, "x", 1, CLEAT_LAST));
}

static void
do_part(cleat_conn *c, const char *arg)
{
	size_t n = strlen(arg), half = n / 2;
	int first = cleat->part(c, CLEAT_TEXT, arg, half, CLEAT_FIRST);
	int between = cleat->send(c, CLEAT_TEXT, "no", 2);
	int to = cleat->send_to(cleat->id(c), CLEAT_TEXT, "after", 5);
	int last = cleat->part(c, CLEAT_TEXT, arg + half, n - half, CLEAT_LAST);

	cleat->sendf(
	    c, "first=%d between=%d to=%d last=%d", first, between, to, last);
}

static void
do_close(cleat_conn *c, const char *arg)
{
	const char *reason = strchr(arg, ' ');
	int result = cleat->close(c, number(arg), reason ? reason + 1 : NULL);

	if (result != CLEAT_OK)
		cleat->sendf(c, "close=%d", result);
	else if (cleat->send(c, CLEAT_TEXT, "late", 4) == CLEAT_GONE &&
		 cleat->close(c, 1000, NULL) == CLEAT_GONE)
		cleat->metric(cleat->route(c), "probe_close_ok", 1);
}

static void
resume(cleat_conn *c, void *arg)
{
	(void)arg;
	cleat->sendf(c, "resume=%d", cleat->pause(c, 0));
}

static void
do_pause(cleat_conn *c, const char *arg)
{
	cleat->conn_after(c, strtoull(arg, NULL, 10), resume, NULL);
	cleat->sendf(c, "pause=%d", cleat->pause(c, 1));
}

static void
do_flood(cleat_conn *c, const char *arg)
{
	static char block[4096];
	int result = CLEAT_OK;
	unsigned n = 0;

	(void)arg;
	while (result == CLEAT_OK && n < 100000) {
		result = cleat->send(c, CLEAT_BINARY, block, sizeof(block));
		n++;
	}
	cleat->sendf(
	    c, "flood=%d queued=%d", result, cleat->queued(c) > sizeof(block));
}

static void
do_id(cleat_conn *c, const char *arg)
{
	cleat_conn *found = cleat->find(cleat->route(c), cleat->id(c));

	(void)arg;
	cleat->sendf(c, "id=%llu find=%d none=%d",
	    (unsigned long long)cleat->id(c), found == c,
	    cleat->find(cleat->route(c), 12345) == NULL);
}

static void
do_state(cleat_conn *c, const char *arg)
{
	struct visitor *v = cleat->state(c);
	struct route *r = cleat->route_state(cleat->route(c));

	(void)arg;
	cleat->sendf(c, "messages=%u open=%u", v->messages, r->open);
}

static void
do_send_to(cleat_conn *c, const char *arg)
{
	cleat_id id = strtoull(arg, NULL, 10);
	const char *text = strchr(arg, ' ');
	int result = cleat->send_to(
	    id, CLEAT_TEXT, text ? text + 1 : "", text ? strlen(text + 1) : 0);

	cleat->sendf(c, "send_to=%d bad=%d none=%d", result,
	    cleat->send_to(id, CLEAT_TEXT, "\xff", 1),
	    cleat->send_to(0, CLEAT_TEXT, "x", 1));
}

static void
do_heir(cleat_conn *c, const char *arg)
{
	struct visitor *v = cleat->state(c);

	v->heir = strtoull(arg, NULL, 10);
	cleat->sendf(c, "heir");
}

static void
do_close_id(cleat_conn *c, const char *arg)
{
	cleat->sendf(c, "close_id=%d",
	    cleat->close_id(strtoull(arg, NULL, 10), 4001, "from afar"));
}

static void
do_var(cleat_conn *c, const char *arg)
{
	const char *value = cleat->var(c, arg);

	cleat->sendf(c, "%s=%s", arg, value ? value : "(null)");
}

/* In so many milliseconds, or never. */
static void
do_expire(cleat_conn *c, const char *arg)
{
	uint64_t ms = strtoull(arg, NULL, 10);

	cleat->sendf(c, "expire=%d",
	    cleat->expire(c, ms > 0 ? cleat->wall_ms() + ms : 0));
}

static void
do_renew(cleat_conn *c, const char *arg)
{
	cleat->sendf(c, "renew=%d", cleat->renew(c, arg));
}

static void
do_request(cleat_conn *c, const char *arg)
{
	struct visitor *v = cleat->state(c);

	(void)arg;
	cleat->sendf(c, "query=%s cookie=%s now=%d", v->query, v->cookie,
	    cleat->query(c, "q") != NULL || cleat->cookie(c, "sid") != NULL);
}

/* --- commands: time, threads, descriptors ------------------------------- */

static void
do_time(cleat_conn *c, const char *arg)
{
	unsigned char bytes[2][32];

	(void)arg;
	cleat->random(bytes[0], sizeof(bytes[0]));
	cleat->random(bytes[1], sizeof(bytes[1]));
	cleat->sendf(c, "now=%d wall=%d random=%d", cleat->now_ms() > 0,
	    cleat->wall_ms() > 1600000000000ull,
	    memcmp(bytes[0], bytes[1], sizeof(bytes[0])) != 0);
}

static void
tell(cleat_route *r, void *arg)
{
	struct errand *e = arg;
	cleat_conn *c = cleat->find(r, e->id);

	if (c)
		cleat->sendf(c, "called %d", e->result);
	cleat->metric(r, "probe_posted", 1);
	free(e);
}

static void
do_after(cleat_conn *c, const char *arg)
{
	struct errand *e = errand(c, arg);

	if (cleat->after(e->route, e->ms, tell, e) == 0)
		cleat->sendf(c, "after=0");
}

static void
tick(cleat_route *r, void *arg)
{
	struct route *state = cleat->route_state(r);
	struct errand *e = arg;
	cleat_conn *c = cleat->find(r, e->id);

	if (c && ++e->result < 3) {
		cleat->sendf(c, "tick %d", e->result);
		return;
	}
	e->result = cleat->cancel(r, state->timer);
	if (c)
		cleat->sendf(c, "cancel=%d again=%d", e->result,
		    cleat->cancel(r, state->timer));
	free(e);
}

static void
do_every(cleat_conn *c, const char *arg)
{
	struct route *r = cleat->route_state(cleat->route(c));
	struct errand *e = errand(c, arg);

	r->timer = cleat->every(e->route, e->ms, tick, e);
}

static void
do_post(cleat_conn *c, const char *arg)
{
	struct errand *e = errand(c, arg);

	cleat->sendf(c, "post=%d", cleat->post(e->route, tell, e));
}

/* Wrong on another thread: send; right: post, id, send_to (of a text). */
static void *
on_thread(void *arg)
{
	struct errand *e = arg;

	e->result = cleat->send_to(e->id, CLEAT_TEXT, "\xff", 1);
	if (e->result == CLEAT_EINVAL)
		e->result = cleat->send(e->conn, CLEAT_TEXT, "never", 5);
	if (cleat->post(e->route, tell, e) != CLEAT_OK)
		free(e);
	return NULL;
}

static void
do_thread(cleat_conn *c, const char *arg)
{
	start_thread(on_thread, errand(c, arg));
}

static void
work(void *arg)
{
	struct errand *e = arg;

	nap(e->ms);
	/* What is not marked [any] does nothing here, and no harm. */
	if (cleat->send(e->conn, CLEAT_TEXT, "never", 5) == CLEAT_ETHREAD &&
	    strcmp(cleat->conf_str(e->conf, "size", "none"), "none") == 0)
		e->result = 17;
}

static void
do_job(cleat_conn *c, const char *arg)
{
	struct errand *e = errand(c, arg);
	int result = cleat->job(e->route, work, tell, e);

	if (result != CLEAT_OK) {
		cleat->sendf(c, "job=%d", result);
		free(e);
	}
}

static void
readable(cleat_route *r, int fd, int events, void *arg)
{
	struct errand *e = arg;
	cleat_conn *c = cleat->find(r, e->id);
	char byte = 0;
	ssize_t n = read(fd, &byte, 1);

	if (c)
		cleat->sendf(c, "ready=%d n=%d byte=%c off=%d", events, (int)n,
		    byte, cleat->watch(r, fd, 0, NULL, NULL));
	free(e);
}

static void
do_watch(cleat_conn *c, const char *arg)
{
	cleat_route *r = cleat->route(c);
	struct route *state = cleat->route_state(r);
	int none = cleat->watch(r, state->pipe[0], 0, NULL, NULL);
	int bad = cleat->watch(r, -1, CLEAT_READ, readable, NULL);
	int on = cleat->watch(
	    r, state->pipe[0], CLEAT_READ, readable, errand(c, arg));

	cleat->sendf(c, "none=%d bad=%d watch=%d", none, bad, on);
	if (write(state->pipe[1], "w", 1) != 1)
		abort();
}

/* Closes a descriptor before its watch has ended. */
static void
do_watch_closed(cleat_conn *c, const char *arg)
{
	cleat_route *r = cleat->route(c);
	int ends[2], on;

	(void)arg;
	if (pipe(ends) != 0)
		abort();
	on = cleat->watch(r, ends[0], CLEAT_READ, readable, NULL);
	close(ends[0]);
	cleat->sendf(
	    c, "watch=%d off=%d", on, cleat->watch(r, ends[0], 0, NULL, NULL));
	close(ends[1]);
}

/* --- commands: config, telling, misbehaving ----------------------------- */

static void
do_conf(cleat_conn *c, const char *arg)
{
	struct route *r = cleat->route_state(cleat->route(c));

	(void)arg;
	cleat->sendf(c, "word=%s size=%lld on=%d ratio=%g items=%u answer=%d",
	    r->word, r->size, r->on, r->ratio, r->items,
	    r->answer ? *r->answer : 0);
}

static void
do_log(cleat_conn *c, const char *arg)
{
	cleat->log(cleat->route(c), CLEAT_WARN, "%s", arg);
	cleat->sendf(c, "logged");
}

static void
do_metric(cleat_conn *c, const char *arg)
{
	cleat->metric(cleat->route(c), arg, 2);
	cleat->sendf(c, "counted");
}

static void
do_hold(cleat_conn *c, const char *arg)
{
	nap(strtoull(arg, NULL, 10));
	cleat->sendf(c, "held");
}

static void
do_crash(cleat_conn *c, const char *arg)
{
	(void)c;
	*(volatile int *)(uintptr_t)(unsigned)number(arg) = 1;
}

static void
do_has(cleat_conn *c, const char *arg)
{
	(void)arg;
	cleat->sendf(c, "has=%d null=%d", CLEAT_HAS(module),
	    cleat->send(NULL, CLEAT_TEXT, "x", 1));
}

static const struct {
	const char *name;
	void (*fn)(cleat_conn *, const char *);
} commands[] = { { "echo", do_echo }, { "binary", do_binary },
	{ "sendf", do_sendf }, { "bad", do_bad }, { "part", do_part },
	{ "close", do_close }, { "pause", do_pause }, { "flood", do_flood },
	{ "id", do_id }, { "state", do_state }, { "send_to", do_send_to },
	{ "heir", do_heir }, { "watch_closed", do_watch_closed },
	{ "close_id", do_close_id }, { "var", do_var },
	{ "request", do_request }, { "expire", do_expire },
	{ "renew", do_renew }, { "time", do_time }, { "after", do_after },
	{ "every", do_every }, { "post", do_post }, { "thread", do_thread },
	{ "job", do_job }, { "watch", do_watch }, { "conf", do_conf },
	{ "log", do_log }, { "metric", do_metric }, { "hold", do_hold },
	{ "crash", do_crash }, { "has", do_has } };

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	struct visitor *v = cleat->state(c);
	char command[4096];
	char *arg;

	v->messages++;
	if (kind == CLEAT_BINARY || len >= sizeof(command)) {
		cleat->send(c, kind, data, len);
		return;
	}
	memcpy(command, data, len);
	command[len] = '\0';
	arg = strchr(command, ' ');
	if (arg)
		*arg++ = '\0';
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, command) == 0) {
			commands[i].fn(c, arg ? arg : "");
			return;
		}
	cleat->sendf(c, "unknown command: %s", command);
}

/* --- the rest of life --------------------------------------------------- */

static void
on_open(cleat_conn *c)
{
	struct route *r = cleat->route_state(cleat->route(c));

	r->open++;
	cleat->metric(cleat->route(c), "probe_opened", 1);
}

static void
on_drain(cleat_conn *c)
{
	cleat->sendf(c, "drained");
}

static void
on_close(cleat_conn *c, int code, cleat_str reason)
{
	struct route *r = cleat->route_state(cleat->route(c));
	const struct visitor *v = cleat->state(c);

	r->open--;
	if (v->heir)
		cleat->send_to(v->heir, CLEAT_TEXT, "gone", 4);
	cleat->log(
	    cleat->route(c), CLEAT_INFO, "on_close %d %s", code, reason.p);
	cleat->metric(cleat->route(c), "probe_closed", 1);
}

static void
on_free(cleat_conn *c)
{
	cleat->metric(cleat->route(c), "probe_freed", 1);
}

static void
posted(cleat_route *r, void *arg)
{
	(void)arg;
	cleat->metric(r, "probe_posted", 1);
}

static void
read_config(cleat_route *r)
{
	struct route *state = cleat->route_state(r);
	const cleat_conf *conf = cleat->conf(r);

	state->word = cleat->conf_str(conf, "word", "default");
	state->size = cleat->conf_int(conf, "limits.size", -1);
	state->on = cleat->conf_bool(conf, "on", 0);
	state->ratio = cleat->conf_real(conf, "ratio", 0.5);
	state->items = 0;
	for (const cleat_conf *at;
	     (at = cleat->conf_at(conf, "items", state->items)) != NULL;
	     state->items++)
		cleat->conf_str(at, "", "");
}

static int
on_load(cleat_route *r)
{
	struct route *state = cleat->route_state(r);
	const char *module = cleat->conf_str(cleat->conf(r), "module", NULL);

	read_config(r);
	if (module)
		state->answer = cleat->module(r, module, "answers", 3);
	if (module && !state->answer)
		return cleat->conf_fail(
		    r, cleat->conf(r), "module", "cannot be used");
	cleat->metric(r, "probe_loaded", 1);
	if (cleat->conf_bool(cleat->conf(r), "post", 0))
		cleat->post(r, posted, NULL);
	return pipe(state->pipe);
}

static void
on_unload(cleat_route *r)
{
	struct route *state = cleat->route_state(r);

	close(state->pipe[0]);
	close(state->pipe[1]);
	cleat->metric(r, "probe_unloaded", 1);
	/* Nothing new is taken any more. */
	cleat->metric(r, "probe_refused",
	    cleat->post(r, posted, NULL) == CLEAT_GONE &&
		cleat->after(r, 1, posted, NULL) == 0);
}

static void
on_reload(cleat_route *r)
{
	read_config(r);
	cleat->metric(r, "probe_reloaded", 1);
}

CLEAT_HANDLER("probe", "1.0", .flags = PROBE_FLAGS,
    .route_size = sizeof(struct route), .conn_size = sizeof(struct visitor),
    .on_load = on_load, .on_unload = on_unload, .on_reload = on_reload,
    .on_handshake = on_handshake, .on_open = on_open, .on_message = on_message,
    .on_drain = on_drain, .on_close = on_close, .on_free = on_free)
