/* SPDX-License-Identifier: MIT
 *
 * ticker.c - prices that move, for those who ask for them.
 *
 * Shows a timer, a list in the config, and topics: the message "+rope"
 * subscribes to the price of rope, "-rope" ends that, and the timer publishes
 * each price once, whoever hears it. A slow reader misses prices rather than
 * being closed: the next one is the truth anyway.
 *
 *	{ path = "/ticker"; handler = "ticker"; max_topics = 10;
 *	  config: { every = "500 ms"; goods = [ "rope", "sail" ]; }; }
 *
 * Try it: cleat connect -l -m +rope ws://localhost:8080/ticker
 *
 * The handler is not CLEAT_PARALLEL: there would be a market on each worker.
 */
#include <cleat.h>
#include <stdio.h>
#include <string.h>

enum { GOODS_MAX = 16, NAME_MAX = 32 };

struct good {
	char name[NAME_MAX + 1];
	int64_t cents;
};

struct market {
	cleat_timer timer;
	size_t n;
	struct good goods[GOODS_MAX];
};

static void
tick(cleat_route *r, void *arg)
{
	struct market *m = arg;
	cleat_pub how = { .lose = CLEAT_LOSE_FIRST };

	for (struct good *g = m->goods; g < m->goods + m->n; g++) {
		char text[NAME_MAX + 32];
		int8_t step;
		int n;

		cleat->random(&step, sizeof(step));
		g->cents += step;
		if (g->cents < 1)
			g->cents = 1;
		n = snprintf(text, sizeof(text), "%s %lld.%02d", g->name,
		    (long long)g->cents / 100, (int)(g->cents % 100));
		if (cleat->publish(r, g->name, CLEAT_TEXT, text, (size_t)n,
			&how) != CLEAT_OK)
			cleat->metric(r, "prices_lost", 1);
	}
}

static const struct good *
find(const struct market *m, const char *name, size_t len)
{
	for (size_t i = 0; i < m->n; i++)
		if (strlen(m->goods[i].name) == len &&
		    memcmp(m->goods[i].name, name, len) == 0)
			return &m->goods[i];
	return NULL;
}

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	const struct market *m = cleat->route_state(cleat->route(c));
	const char *text = data;
	const struct good *g;

	(void)kind;
	g = len > 0 ? find(m, text + 1, len - 1) : NULL;
	if (!g || (*text != '+' && *text != '-'))
		cleat->sendf(c, "say +NAME or -NAME, of what is sold here");
	else if (*text == '-')
		cleat->unsubscribe(c, g->name); /* or was not subscribed */
	else if (cleat->subscribe(c, g->name, NULL) == CLEAT_ELIMIT)
		cleat->sendf(c, "no more than you have");
}

/* The answer to "+rope": on demand, so nothing is sent before. */
static void
on_subscribed(cleat_conn *c, const cleat_subscribed *s)
{
	const struct market *m = cleat->route_state(cleat->route(c));
	const struct good *g = find(m, s->topic, strlen(s->topic));

	if (s->status != CLEAT_OK || !g)
		cleat->close(c, 1013, "the market is closed");
	else
		cleat->sendf(c, "%s %lld.%02d", g->name,
		    (long long)g->cents / 100, (int)(g->cents % 100));
}

static int
on_load(cleat_route *r)
{
	struct market *m = cleat->route_state(r);
	const cleat_conf *conf = cleat->conf(r), *at;
	int64_t every = cleat->conf_int(conf, "every", 1000);

	if (every < 10)
		return cleat->conf_fail(
		    r, conf, "every", "must be at least 10 ms");
	for (m->n = 0; (at = cleat->conf_at(conf, "goods", m->n)) != NULL;) {
		const char *name = cleat->conf_str(at, "", "");

		if (m->n == GOODS_MAX || !*name || strlen(name) > NAME_MAX)
			return cleat->conf_fail(r, conf, "goods",
			    "must be at most %d names of 1 to %d bytes",
			    GOODS_MAX, NAME_MAX);
		memcpy(m->goods[m->n].name, name, strlen(name) + 1);
		m->goods[m->n++].cents = 10000;
	}
	if (m->n == 0)
		return cleat->conf_fail(
		    r, conf, "goods", "must name something");
	m->timer = cleat->every(r, (uint64_t)every, tick, m);
	return m->timer == 0;
}

/* Without this a second market would be opened beside the first, and both
 * would publish. */
static void
on_reload(cleat_route *r)
{
	struct market *m = cleat->route_state(r);

	cleat->cancel(r, m->timer);
	if (on_load(r) != 0)
		cleat->log(r, CLEAT_ERROR, "no timer: the market is closed");
}

CLEAT_HANDLER("ticker", "1.0", .route_size = sizeof(struct market),
    .on_load = on_load, .on_reload = on_reload, .on_message = on_message,
    .on_subscribed = on_subscribed)
