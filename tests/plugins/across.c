/* SPDX-License-Identifier: MIT
 *
 * across.c - a handler that reaches from one worker to the others, for the
 * tests. Its instances know each other and whose handshakes wait.
 *
 *   hits           counts: "static=3 route=2", over all instances and in
 *                  this one
 *   everywhere     posts to all instances; each answers the one who asked,
 *                  "instance=1 find=0"
 *   decide STATUS  decides the handshake that has waited longest, wherever
 *                  it waits; "decide=0"
 *
 * ?wait=1 makes a handshake wait; ?show=NAME sends that variable on_open.
 */
#include <cleat.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { INSTANCES_MAX = 16, WAITING_MAX = 8 };

static struct {
	pthread_mutex_t lock;
	cleat_route *instances[INSTANCES_MAX]; /* NULL: a free place */
	cleat_id waiting[WAITING_MAX];
	unsigned n_waiting, hits;
} all = { .lock = PTHREAD_MUTEX_INITIALIZER };

struct route {
	int index;
	unsigned hits;
};

/* Exchanges the first place that holds `from`; its index, or -1. */
static int
replace(cleat_route *from, cleat_route *to)
{
	int i = 0;

	pthread_mutex_lock(&all.lock);
	while (i < INSTANCES_MAX && all.instances[i] != from)
		i++;
	if (i < INSTANCES_MAX)
		all.instances[i] = to;
	pthread_mutex_unlock(&all.lock);
	return i < INSTANCES_MAX ? i : -1;
}

static int
on_load(cleat_route *r)
{
	struct route *state = cleat->route_state(r);

	state->index = replace(NULL, r);
	return state->index < 0;
}

static void
on_unload(cleat_route *r)
{
	replace(r, NULL);
}

static int
on_handshake(cleat_conn *c)
{
	int answer = 503;

	if (!cleat->query(c, "wait"))
		return 0;
	pthread_mutex_lock(&all.lock);
	if (all.n_waiting < WAITING_MAX) {
		all.waiting[all.n_waiting++] = cleat->id(c);
		answer = CLEAT_LATER;
	}
	pthread_mutex_unlock(&all.lock);
	cleat->metric(cleat->route(c), "across_waiting", 1);
	return answer;
}

static void
on_open(cleat_conn *c)
{
	const char *name = cleat->query(c, "show");
	const char *value = name ? cleat->var(c, name) : NULL;

	if (name)
		cleat->sendf(c, "%s=%s", name, value ? value : "(null)");
}

static void
count(cleat_conn *c)
{
	struct route *state = cleat->route_state(cleat->route(c));
	unsigned hits;

	pthread_mutex_lock(&all.lock);
	hits = ++all.hits;
	pthread_mutex_unlock(&all.lock);
	cleat->sendf(c, "static=%u route=%u", hits, ++state->hits);
}

static void
answer(cleat_route *r, void *arg)
{
	const struct route *state = cleat->route_state(r);
	cleat_id *asker = arg;
	char text[] = "instance=? find=?";

	text[9] = (char)('0' + state->index);
	text[16] = cleat->find(r, *asker) ? '1' : '0';
	cleat->send_to(*asker, CLEAT_TEXT, text, strlen(text));
	free(asker);
}

static void
ask_everywhere(cleat_conn *c)
{
	pthread_mutex_lock(&all.lock);
	for (int i = 0; i < INSTANCES_MAX; i++) {
		cleat_id *asker;

		if (!all.instances[i])
			continue;
		asker = malloc(sizeof(*asker));
		if (!asker)
			abort();
		*asker = cleat->id(c);
		if (cleat->post(all.instances[i], answer, asker) != CLEAT_OK)
			free(asker);
	}
	pthread_mutex_unlock(&all.lock);
}

static void
decide(cleat_conn *c, int status)
{
	cleat_accept a = { .status = status, .user = "across" };
	cleat_id id = 0;

	pthread_mutex_lock(&all.lock);
	if (all.n_waiting > 0) {
		id = all.waiting[0];
		memmove(
		    all.waiting, all.waiting + 1, --all.n_waiting * sizeof(id));
	}
	pthread_mutex_unlock(&all.lock);
	cleat->sendf(c, "decide=%d", cleat->decide(id, &a));
}

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	char text[32] = "";

	(void)kind;
	memcpy(text, data, len < sizeof(text) ? len : sizeof(text) - 1);
	if (strcmp(text, "hits") == 0)
		count(c);
	else if (strcmp(text, "everywhere") == 0)
		ask_everywhere(c);
	else if (strncmp(text, "decide ", 7) == 0)
		decide(c, (int)strtol(text + 7, NULL, 10));
}

CLEAT_HANDLER("across", "2.1", .flags = CLEAT_PARALLEL,
    .route_size = sizeof(struct route), .on_load = on_load,
    .on_unload = on_unload, .on_handshake = on_handshake, .on_open = on_open,
    .on_message = on_message)
