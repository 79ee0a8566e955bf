/* SPDX-License-Identifier: MIT
 *
 * test_chat_random.c - chat-hub: people who come, talk, go, moderate and say
 * nonsense at random, on two workers. Whatever happens, nobody sees a gap, a
 * double, or anything of a room that they are not in; and the server lives.
 *
 * The same seed does the same: CLEAT_SEED, and CHAT_STEPS.
 */
#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "chat.h"
#include "dice.h"
#include "suite.h"

#define CONFIG                                                 \
	"rooms = [ \"lobby\", \"garden\", \"attic\" ];"        \
	"trust_query = true; rate = 100000.0; burst = 100000;" \
	"roles = ( { user = \"ann\"; role = \"mod\"; } );"

enum { CLIENTS = 12, ROOMS = 3, TURN = 16 };

/* What a client knows of a room. */
struct view {
	bool in;
	json_int_t epoch, newest; /* of the last message seen */
	json_int_t behind;	  /* missed ones are up to here, */
	json_int_t missed;	  /* and there are so many to come */
};

static struct client {
	struct chat chat;
	bool open;
	struct view views[ROOMS];
} clients[CLIENTS];

static struct daemon d;
static uint32_t state;
static unsigned long seed, said;
static const char *const rooms[ROOMS] = { "lobby", "garden", "attic" };

/* --- what is seen --------------------------------------------------------- */

static struct view *
view_of(struct client *c, const char *room)
{
	for (int i = 0; room && i < ROOMS; i++)
		if (strcmp(rooms[i], room) == 0)
			return &c->views[i];
	return NULL;
}

static json_int_t
number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void
see_joined(struct view *v, const json_t *o)
{
	const char *since = json_string_value(json_object_get(o, "id"));

	ck_assert(!v->in);
	v->in = true;
	v->epoch = number(o, "epoch");
	v->missed = number(o, "missed");
	v->behind = number(o, "seq");
	v->newest = v->missed == 0 ? v->behind : 0;
	if (since && v->missed > 0 &&
	    json_is_true(json_object_get(o, "complete")))
		v->newest = strtoll(since, NULL, 10);
}

static void
see_stored(struct view *v, const json_t *o)
{
	json_int_t seq = number(o, "seq");

	ck_assert(number(o, "epoch") == v->epoch);
	if (v->missed > 0) { /* what was deleted meanwhile is left out */
		ck_assert_msg(seq > v->newest && seq <= v->behind,
		    "seed %lu: %lld of %lld to %lld", seed, (long long)seq,
		    (long long)v->newest, (long long)v->behind);
		v->newest = --v->missed == 0 ? v->behind : seq;
		return;
	}
	ck_assert_msg(seq == v->newest + 1, "seed %lu: %lld after %lld", seed,
	    (long long)seq, (long long)v->newest);
	v->newest = seq;
}

static bool
is_event(const char *type)
{
	static const char *const events[] = { "message", "deleted", "presence",
		"typing", "renamed", "subject" };

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(type, events[i]) == 0)
			return true;
	return false;
}

/* Takes the next message; its type. */
static const char *
see(struct client *c)
{
	struct view *v;
	const json_t *o;
	const char *type;

	chat_hear(&c->chat, "{'type':'*'}");
	o = c->chat.last;
	type = chat_str(&c->chat, "type");
	v = view_of(c, json_string_value(json_object_get(o, "room")));
	if (is_event(type))
		ck_assert_msg(
		    v && v->in, "seed %lu: %s of a strange room", seed, type);
	if (strcmp(type, "joined") == 0)
		see_joined(v, o);
	else if (strcmp(type, "left") == 0 || strcmp(type, "kicked") == 0)
		v->in = false;
	else if (strcmp(type, "message") == 0 || strcmp(type, "deleted") == 0)
		see_stored(v, o);
	return type;
}

/* Takes what has come. */
static void
look(struct client *c)
{
	struct pollfd p = { .fd = c->chat.raw.fd, .events = POLLIN };

	while (c->open && (c->chat.raw.len > 0 || poll(&p, 1, 0) > 0))
		see(c);
}

/* --- what is done --------------------------------------------------------- */

static void
come(struct client *c)
{
	const char *const users[] = { NULL, NULL, "ann", "ben", "cid" };

	chat_open(&d, &c->chat, users[dice(&state, 5)]);
	c->open = true;
}

static void
go(struct client *c)
{
	const struct linger reset = { 1, 0 };

	if (dice(&state, 2))
		setsockopt(c->chat.raw.fd, SOL_SOCKET, SO_LINGER, &reset,
		    sizeof(reset));
	chat_shut(&c->chat);
	c->open = false;
	for (int i = 0; i < ROOMS; i++)
		c->views[i].in = false;
}

/* A request, good or bad, as JSON with '. */
static void
compose(struct client *c, char *out, size_t size)
{
	int at = (int)dice(&state, ROOMS);
	const char *room = rooms[at];
	const struct view *v = &c->views[at];

	switch (dice(&state, 12)) {
	case 0:
		snprintf(out, size,
		    "{'type':'join','id':'%lld','room':'%s','since':{"
		    "'epoch':%lld,'seq':%lld}}",
		    (long long)v->newest, room, (long long)v->epoch,
		    (long long)v->newest);
		break;
	case 1:
		snprintf(out, size, "{'type':'join','room':'%s'}", room);
		break;
	case 2:
		snprintf(out, size, "{'type':'leave','room':'%s'}", room);
		break;
	case 3:
		snprintf(
		    out, size, "{'type':'nick','nick':'n%u'}", dice(&state, 4));
		break;
	case 4:
		snprintf(out, size, "{'type':'typing','room':'%s'}", room);
		break;
	case 5:
		snprintf(out, size, "{'type':'%s','room':'%s'}",
		    dice(&state, 2) ? "who" : "ping", room);
		break;
	case 6:
		snprintf(out, size,
		    "{'type':'private','id':'p','to':'n%u','text':'psst'}",
		    dice(&state, 4));
		break;
	case 7:
		snprintf(out, size,
		    "{'type':'%s','room':'%s','user':'%s','seconds':1,"
		    "'seq':%u,'subject':'s'}",
		    (const char *[]){ "kick", "ban", "unban", "mute", "unmute",
			"delete", "delete", "subject" }[dice(&state, 8)],
		    room,
		    (const char *[]){ "ben", "cid", "ann" }[dice(&state, 3)],
		    dice(&state, 200));
		break;
	default:
		snprintf(out, size,
		    "{'type':'say','id':'%lu','room':'%s','text':'hello'}",
		    dice(&state, 8) ? ++said : said, room);
	}
}

/* Changes, takes out or doubles a character here and there. */
static void
spoil(char *text)
{
	static const char odd[] = "'{}[]:,0e-\\u \"aT";

	for (unsigned n = 1 + dice(&state, 4); n > 0 && *text; n--) {
		size_t len = strlen(text), at = dice(&state, (unsigned)len);

		if (dice(&state, 2))
			text[at] = odd[dice(&state, sizeof(odd) - 1)];
		else
			memmove(text + at, text + at + 1, len - at);
	}
}

/* Is it still a join, behind another seq than its id says? That would be
 * misread in see_joined(). */
static bool
misleads(const char *text)
{
	char copy[512];
	const json_t *since;
	const char *id;
	json_t *o;
	bool yes;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	o = json_loads(copy, 0, NULL);
	since = json_object_get(o, "since");
	id = json_string_value(json_object_get(o, "id"));
	yes = id && since && strtoll(id, NULL, 10) != number(since, "seq");
	json_decref(o);
	return yes;
}

static void
step(void)
{
	struct client *c = &clients[dice(&state, CLIENTS)];
	char text[512];

	if (!c->open) {
		come(c);
		return;
	}
	if (dice(&state, 40) == 0) {
		go(c);
		return;
	}
	compose(c, text, sizeof(text));
	if (dice(&state, 8) == 0) {
		spoil(text);
		if (misleads(text))
			return;
	}
	chat_say(&c->chat, "%s", text);
}

/* All who are in a room have seen everything when they have seen what is the
 * newest for somebody who comes now. */
static void
settle(const char *room)
{
	struct chat late;
	json_int_t newest;

	chat_open(&d, &late, "zoe");
	chat_join(&late, room);
	newest = chat_int(&late, "seq");
	chat_shut(&late);
	for (int i = 0; i < CLIENTS; i++) {
		struct view *v = view_of(&clients[i], room);

		while (clients[i].open && v->in && v->newest < newest)
			see(&clients[i]);
	}
}

START_TEST(nobody_sees_a_gap_a_double_or_a_strange_room)
{
	const char *steps = getenv("CHAT_STEPS");
	long n = steps ? strtol(steps, NULL, 10) : 6000;

	state = dice_seed(20) + (uint32_t)_i;
	seed = state;
	chat_start(&d, CONFIG, "history_messages = 50;", "");
	for (long i = 0; i < n; i++) {
		step();
		for (int k = 0; i % TURN == 0 && k < CLIENTS; k++)
			look(&clients[k]);
	}
	/* What is under way has been done when everybody's last is answered. */
	for (int k = 0; k < CLIENTS; k++) {
		if (!clients[k].open)
			continue;
		chat_say(&clients[k].chat, "{'type':'ping','id':'last'}");
		while (strcmp(see(&clients[k]), "pong") != 0 ||
		       !json_object_get(clients[k].chat.last, "id"))
			continue;
	}
	for (int k = 0; k < ROOMS; k++)
		settle(rooms[k]);
	for (int k = 0; k < CLIENTS; k++)
		if (clients[k].open)
			go(&clients[k]);
	memset(clients, 0, sizeof(clients));
	daemon_await(&d, "cleat_topic_members", 0);
	daemon_end(&d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("chat at random");
	TCase *c = suite_case(s, "random");

	tcase_add_loop_test(
	    c, nobody_sees_a_gap_a_double_or_a_strange_room, 0, 3);
	return suite_run(s);
}
