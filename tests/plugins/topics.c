/* SPDX-License-Identifier: MIT
 *
 * topics.c - a handler with one instance for every worker that does with
 * topics and the registry what a text message tells it: "publish news hello".
 *
 * Options stand before what they belong to: "publish store key=k news hello",
 * "subscribe member=ali last=bye news". The answer is the command with the
 * result; every callback is told as a line, too.
 */
#include <cleat.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The words of a command. */
struct words {
	char *rest;
	cleat_sub sub;
	cleat_pub pub;
	int stamp;
};

static uint64_t
number(const char *s)
{
	return strtoull(s, NULL, 10);
}

/* The next word, "" at the end. */
static char *
word(struct words *w)
{
	char *at = w->rest, *end = strchr(at, ' ');

	w->rest = end ? end + 1 : at + strlen(at);
	if (end)
		*end = '\0';
	return at;
}

static int
is(const char *option, const char *name, const char **value)
{
	size_t n = strlen(name);

	*value = option + n;
	return strncmp(option, name, n) == 0;
}

static cleat_str
str(const char *s)
{
	return (cleat_str){ s, strlen(s) };
}

static int
take_option(cleat_conn *c, struct words *w, const char *o)
{
	const char *v;

	if (is(o, "member=", &v))
		w->sub.member = v;
	else if (is(o, "info=", &v))
		w->sub.info = v;
	else if (is(o, "first=", &v))
		w->sub.first = str(v);
	else if (is(o, "last=", &v))
		w->sub.last = str(v);
	else if (is(o, "epoch=", &v))
		w->sub.resume = 1, w->sub.epoch = number(v);
	else if (is(o, "seq=", &v))
		w->sub.seq = number(v);
	else if (is(o, "max=", &v))
		w->sub.max = (uint32_t)number(v);
	else if (is(o, "key=", &v))
		w->pub.key = v;
	else if (is(o, "erase=", &v))
		w->pub.erase = number(v);
	else if (is(o, "lose=", &v))
		w->pub.lose = (int)number(v);
	else if (strcmp(o, "store") == 0)
		w->pub.store = 1;
	else if (strcmp(o, "from") == 0)
		w->pub.from = cleat->id(c);
	else if (strcmp(o, "nobody") == 0)
		w->pub.from = (cleat_id)200 << 48 | 1;
	else if (strcmp(o, "except") == 0)
		w->pub.except = cleat->id(c);
	else if (is(o, "stamp=", &v))
		w->pub.stamp = number(v), w->stamp = 1;
	else if (is(o, "stamp_epoch=", &v))
		w->pub.stamp_epoch = number(v), w->stamp = 1;
	else
		return 0;
	return 1;
}

/* Options, and then the first word that is none. */
static char *
options(cleat_conn *c, struct words *w)
{
	char *o;

	do
		o = word(w);
	while (take_option(c, w, o));
	return o;
}

/* --- topics -------------------------------------------------------------- */

static void
do_subscribe(cleat_conn *c, struct words *w)
{
	const char *topic = options(c, w);

	cleat->sendf(c, "subscribe=%d", cleat->subscribe(c, topic, &w->sub));
}

static void
do_unsubscribe(cleat_conn *c, struct words *w)
{
	cleat->sendf(c, "unsubscribe=%d", cleat->unsubscribe(c, word(w)));
}

static int
leave(void *c, const char *topic)
{
	return cleat->unsubscribe(c, topic);
}

static void
do_leave_all(cleat_conn *c, struct words *w)
{
	size_t n = cleat->topics(c, leave, c);

	(void)w;
	cleat->sendf(c, "left %zu, %zu", n, cleat->topics(c, NULL, NULL));
}

static int
add_topic(void *list, const char *topic)
{
	size_t n = strlen(list);

	snprintf((char *)list + n, 256 - n, " %s", topic);
	return strcmp(topic, "stop") == 0;
}

static void
do_topics(cleat_conn *c, struct words *w)
{
	char list[256] = "";
	size_t n = cleat->topics(c, add_topic, list);

	cleat->sendf(
	    c, "topics=%zu%s has=%d", n, list, cleat->subscribed(c, word(w)));
}

static int
add_member(void *list, const char *member, const char *info, unsigned conns)
{
	size_t n = strlen(list);

	snprintf((char *)list + n, 256 - n, " %s(%s)%u", member,
	    info ? info : "-", conns);
	return 0;
}

static void
do_members(cleat_conn *c, struct words *w)
{
	char list[256] = "";
	size_t n = cleat->members(cleat->route(c), word(w), add_member, list);

	cleat->sendf(c, "members=%zu%s", n, list);
}

static void
do_evict(cleat_conn *c, struct words *w)
{
	const char *topic = word(w), *member = word(w);

	cleat->sendf(c, "evict=%d",
	    cleat->evict(cleat->route(c), topic, member, w->rest));
}

static void
do_publish(cleat_conn *c, struct words *w)
{
	const char *topic = options(c, w);
	const char *text = w->rest;
	char stamped[512];

	/* An "@" stands for the blanks of a stamp. */
	if (w->stamp) {
		char *to = stamped;

		for (; *text; text++)
			to = *text == '@' ? stpcpy(to, CLEAT_STAMP)
					  : stpncpy(to, text, 1);
		*to = '\0';
		text = stamped;
	}
	cleat->sendf(c, "publish=%d",
	    cleat->publish(cleat->route(c), topic, CLEAT_TEXT, text,
		strlen(text), &w->pub));
}

/* "burst N SIZE topic": N messages "0 xx..", "1 xx.." in one turn. */
static void
do_burst(cleat_conn *c, struct words *w)
{
	uint64_t n = number(word(w)), size = number(word(w));
	const char *topic = options(c, w);
	char *text = calloc(1, size + 32);
	int result = CLEAT_OK;
	uint64_t i = 0;

	for (; text && i < n && result == CLEAT_OK; i++) {
		int len = snprintf(text, 32, "%llu ", (unsigned long long)i);

		memset(text + len, 'x', size);
		result = cleat->publish(cleat->route(c), topic, CLEAT_TEXT,
		    text, (size_t)len + size, &w->pub);
	}
	free(text);
	cleat->sendf(c, "burst=%d after %llu", result, (unsigned long long)i);
}

/* A topic's messages come between first and last. */
static void
do_part(cleat_conn *c, struct words *w)
{
	int flag = strcmp(word(w), "first") == 0 ? CLEAT_FIRST : CLEAT_LAST;

	cleat->part(c, CLEAT_TEXT, w->rest, strlen(w->rest), flag);
}

/* --- the registry -------------------------------------------------------- */

static void
do_put(cleat_conn *c, struct words *w)
{
	const char *key = word(w);
	uint64_t ttl = number(word(w));

	cleat->sendf(c, "put=%d",
	    cleat->put(cleat->route(c), key, *w->rest ? w->rest : NULL, ttl));
}

static void
do_get(cleat_conn *c, struct words *w)
{
	const char *value = cleat->get(cleat->route(c), word(w));

	cleat->sendf(c, "get=%s", value ? value : "-");
}

static void
do_claim(cleat_conn *c, struct words *w)
{
	const char *key = word(w);

	cleat->sendf(c, "claim=%d", cleat->claim(c, key, w->rest));
}

static void
do_release(cleat_conn *c, struct words *w)
{
	cleat->sendf(c, "release=%d", cleat->release(c, word(w)));
}

/* --- other threads ------------------------------------------------------- */

struct errand {
	cleat_conn *conn;
	cleat_route *route;
	int subscribe, unsubscribe, claim, release, publish, put, evict;
};

static void *
elsewhere(void *arg)
{
	struct errand *e = arg;

	e->subscribe = cleat->subscribe(e->conn, "t", NULL);
	e->unsubscribe = cleat->unsubscribe(e->conn, "t");
	e->claim = cleat->claim(e->conn, "t", "me");
	e->release = cleat->release(e->conn, "t");
	e->publish =
	    cleat->publish(e->route, "t", CLEAT_TEXT, "threaded", 8, NULL);
	e->put = cleat->put(e->route, "t", "threaded", 0);
	e->evict = cleat->evict(e->route, "t", "nobody", NULL);
	return NULL;
}

static void
do_thread(cleat_conn *c, struct words *w)
{
	struct errand e = { .conn = c, .route = cleat->route(c) };
	pthread_t thread;

	(void)w;
	if (pthread_create(&thread, NULL, elsewhere, &e) != 0)
		abort();
	pthread_join(thread, NULL);
	cleat->sendf(c, "here=%d %d %d %d any=%d %d %d", e.subscribe,
	    e.unsubscribe, e.claim, e.release, e.publish, e.put, e.evict);
}

/* --- the rest ------------------------------------------------------------ */

static void
do_id(cleat_conn *c, struct words *w)
{
	(void)w;
	cleat->sendf(c, "worker %d", (int)(cleat->id(c) >> 48));
}

/* Does what no handler may: its worker hangs. */
static void
do_hold(cleat_conn *c, struct words *w)
{
	usleep((useconds_t)number(word(w)) * 1000);
	cleat->sendf(c, "held");
}

static void
do_close(cleat_conn *c, struct words *w)
{
	int result = cleat->close(c, 4000, NULL);

	(void)w;
	if (result == CLEAT_OK && cleat->subscribe(c, "t", NULL) == CLEAT_GONE)
		cleat->metric(cleat->route(c), "topics_gone", 1);
}

static const struct {
	const char *name;
	void (*fn)(cleat_conn *, struct words *);
} commands[] = { { "subscribe", do_subscribe },
	{ "unsubscribe", do_unsubscribe }, { "leave_all", do_leave_all },
	{ "topics", do_topics }, { "members", do_members },
	{ "evict", do_evict }, { "publish", do_publish }, { "burst", do_burst },
	{ "part", do_part }, { "put", do_put }, { "get", do_get },
	{ "claim", do_claim }, { "release", do_release },
	{ "thread", do_thread }, { "id", do_id }, { "hold", do_hold },
	{ "close", do_close } };

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	struct words w = { 0 };
	char *copy = strndup(data, len);
	const char *name;

	(void)kind;
	if (!copy)
		abort();
	w.rest = copy;
	name = word(&w);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			commands[i].fn(c, &w);
	free(copy);
}

/* A callback that comes when nothing can be sent any more is one too many. */
static void
tell(cleat_conn *c, int result)
{
	if (result == CLEAT_GONE)
		cleat->metric(cleat->route(c), "topics_late", 1);
}

static void
on_subscribed(cleat_conn *c, const cleat_subscribed *s)
{
	tell(c, cleat->sendf(c,
		    "subscribed %s status=%d epoch=%llu seq=%llu missed=%u "
		    "complete=%d members=%u",
		    s->topic, s->status, (unsigned long long)s->epoch,
		    (unsigned long long)s->seq, s->missed, s->complete,
		    s->members));
	/* What a handler may do here. */
	if (strcmp(s->topic, "leave-at-once") == 0)
		cleat->unsubscribe(c, s->topic);
	else if (strcmp(s->topic, "close-at-once") == 0)
		cleat->close(c, 4001, NULL);
}

static void
on_unsubscribed(cleat_conn *c, const char *topic, const char *why)
{
	tell(c, cleat->sendf(c, "unsubscribed %s: %s has=%d", topic, why,
		    cleat->subscribed(c, topic)));
}

static void
on_published(cleat_conn *c, const cleat_published *p)
{
	tell(c, cleat->sendf(c,
		    "published %s status=%d seq=%llu key=%s duplicate=%d",
		    p->topic, p->status, (unsigned long long)p->seq,
		    p->key ? p->key : "-", p->duplicate));
}

static void
on_claimed(cleat_conn *c, const char *key, int status, const char *holder)
{
	tell(c, cleat->sendf(c, "claimed %s status=%d by %s", key, status,
		    holder ? holder : "-"));
}

static void
on_close(cleat_conn *c, int code, cleat_str reason)
{
	(void)code, (void)reason;
	/* It still has its topics; what it says now, others hear. */
	if (cleat->subscribed(c, "farewell"))
		cleat->publish(
		    cleat->route(c), "farewell", CLEAT_TEXT, "bye", 3, NULL);
}

static int
on_load(cleat_route *r)
{
	const char *key = cleat->conf_str(cleat->conf(r), "put", NULL);

	return key ? cleat->put(r, key, "loaded", 0) : 0;
}

static void
on_unload(cleat_route *r)
{
	cleat->metric(r, "topics_unloaded",
	    cleat->publish(r, "t", CLEAT_TEXT, "x", 1, NULL) == CLEAT_GONE &&
		cleat->put(r, "t", "x", 0) == CLEAT_GONE &&
		cleat->evict(r, "t", "x", NULL) == CLEAT_GONE);
}

CLEAT_HANDLER("topics", "1.0", .flags = CLEAT_PARALLEL, .on_load = on_load,
    .on_unload = on_unload, .on_message = on_message, .on_close = on_close,
    .on_subscribed = on_subscribed, .on_unsubscribed = on_unsubscribed,
    .on_published = on_published, .on_claimed = on_claimed)
