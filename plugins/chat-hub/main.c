/* SPDX-License-Identifier: MIT
 *
 * main.c - a message comes: what is it, may it be, who does it.
 *
 * To add a command: a row in commands.def, its function do_NAME() in the file
 * it belongs to, a row in docs/CHAT.md. A test tells when one is missing.
 *
 * THREADS, MEMORY: see hub.h.
 */
#include "moderate.h"
#include "people.h"
#include "rooms.h"
#include "talk.h"

static const struct command {
	const char *type;
	unsigned needs;
	enum refusal (*run)(struct request *);
} commands[] = {
#define COMMAND(type, needs) { #type, needs, do_##type },
#include "commands.def"
#undef COMMAND
};

static const struct command *
find(const char *type)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].type, type) == 0)
			return &commands[i];
	return NULL;
}

/* The fields that more than one command has, and who may use it. */
static enum refusal
check(struct request *q, unsigned needs)
{
	char name[SIZE_NAME];

	if ((needs & MODERATOR) && q->p->role != ROLE_MOD)
		return FORBIDDEN;
	if (needs & ROOM) {
		const char *room = cj_str(q->o, "room");

		if (cj_name(name, sizeof(name), "", room) != 0)
			return wrong(q, "room");
		q->room = room;
	}
	if ((needs & SEAT) && !*rooms_find(q->p, q->room))
		return NOT_JOINED;
	if (needs & VICTIM) {
		q->victim = cj_str(q->o, "user");
		if (!people_is_user(q->victim))
			return wrong(q, "user");
	}
	if ((needs & SPEAKS) && (needs & SEAT)) {
		q->reason = moderate_mute(q->r, q->room, q->p->user);
		if (q->reason)
			return MUTED;
	}
	return DONE;
}

static enum refusal
obey(struct request *q)
{
	const char *type = cj_str(q->o, "type");
	const struct command *k = type ? find(type) : NULL;
	const json_t *id = json_object_get(q->o, "id");
	int good_id = !id || cj_line(json_string_value(id), 1, MAX_ID);
	enum refusal what;

	q->id = good_id ? json_string_value(id) : NULL;
	what = flood_check(q, k && (k->needs & SPEAKS));
	if (what != DONE)
		return what;
	if (!type || !good_id)
		return BAD_FORMAT;
	if (!k)
		return UNKNOWN_TYPE;
	what = check(q, k->needs);
	return what == DONE ? k->run(q) : what;
}

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	struct request q = { .c = c, .r = cleat->route(c) };
	enum refusal what;

	q.p = cleat->state(c);
	q.set = cleat->route_state(q.r);
	q.o = kind == CLEAT_TEXT ? cj_parse(data, len, NULL) : NULL;
	what = obey(&q);
	if (what != DONE)
		answer_refusal(&q, what);
	json_decref(q.o);
}

enum refusal
do_ping(struct request *q)
{
	answer(q->c, q->id, json_pack("{s:s}", "type", "pong"));
	return DONE;
}

/* --- what has become of it ----------------------------------------------- */

static int
is_room(const char *topic)
{
	return strncmp(topic, "room/", 5) == 0;
}

static void
on_subscribed(cleat_conn *c, const cleat_subscribed *s)
{
	if (is_room(s->topic))
		rooms_joined(c, s);
	else
		people_here(c, s->status);
}

static void
on_unsubscribed(cleat_conn *c, const char *topic, const char *why)
{
	if (is_room(topic))
		rooms_evicted(c, topic + 5, why);
	else
		people_nick_lost(c, why);
}

/* --- the route ------------------------------------------------------------ */

static int
on_load(cleat_route *r)
{
	return settings_read(r, cleat->route_state(r));
}

static void
on_reload(cleat_route *r)
{
	struct settings *set = cleat->route_state(r), fresh;

	/* What on_load has accepted can only fail for want of memory. */
	if (settings_read(r, &fresh) != 0)
		return;
	settings_free(set);
	*set = fresh;
}

static void
on_unload(cleat_route *r)
{
	settings_free(cleat->route_state(r));
}

CLEAT_HANDLER("chat-hub", "1.0", .flags = CLEAT_PARALLEL,
    .route_size = sizeof(struct settings), .conn_size = sizeof(struct person),
    .on_load = on_load, .on_unload = on_unload, .on_reload = on_reload,
    .on_handshake = people_handshake, .on_open = people_open,
    .on_message = on_message, .on_close = people_close, .on_free = people_free,
    .on_subscribed = on_subscribed, .on_unsubscribed = on_unsubscribed,
    .on_published = talk_published, .on_claimed = people_claimed)
