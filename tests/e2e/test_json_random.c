/* SPDX-License-Identifier: MIT
 *
 * test_json_random.c - whatever clients say to json-router, right or mangled:
 * each right request is answered once, to whom it is due; each event comes in
 * its order, without a gap, to those who subscribe and to nobody else; all
 * that is said is JSON of a known type and code.
 *
 * The choices come from a seed, so that a failure comes again. Clients take
 * turns: what one says is followed by a ping, and it listens until the pong.
 */
#include "config.h"

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "backend.h"
#include "dice.h"
#include "suite.h"

enum { CLIENTS = 6, ROOMS = 3, STEPS = 600, NUMBERS = STEPS * 10, SEEDS = 3 };

struct client {
	struct raw r;
	unsigned waiting; /* right requests that are not answered yet */
	struct {
		bool on;
		json_int_t epoch, seq; /* 0: none seen */
	} rooms[ROOMS];
};

static struct daemon d;
static struct backend silent;
static struct client clients[CLIENTS];
static struct client *asked_by[NUMBERS]; /* NULL: it is answered */
static uint32_t state;

/* --- what comes ---------------------------------------------------------- */

static bool
known(const char *code)
{
	static const char *const codes[] = { "bad_format", "unknown_type",
		"bad_payload", "forbidden", "rate_limited", "too_many",
		"timeout", "unavailable", "internal", NULL };

	for (size_t i = 0; code && codes[i]; i++)
		if (strcmp(codes[i], code) == 0)
			return true;
	return false;
}

static json_int_t
integer(json_t *o, const char *key)
{
	ck_assert(json_is_integer(json_object_get(o, key)));
	return json_integer_value(json_object_get(o, key));
}

/* The room of "room/0"; -1: of another topic. */
static int
room_of(json_t *o)
{
	const char *topic = json_string_value(json_object_get(o, "topic"));

	ck_assert_ptr_nonnull(topic);
	if (strncmp(topic, "room/", 5) != 0 || topic[5] < '0' ||
	    topic[5] >= '0' + ROOMS || topic[6] != '\0')
		return -1;
	return topic[5] - '0';
}

/* A reply to subscribe, or to unsubscribe, by what is in it: only those tell
 * of rooms without a seq. A mangled request may have been one as well. */
static void
take_reply(struct client *c, json_t *payload)
{
	int room = json_object_get(payload, "topic") ? room_of(payload) : -1;

	if (room < 0)
		return;
	if (json_object_get(payload, "complete")) {
		ck_assert(!c->rooms[room].on);
		c->rooms[room].on = true;
		c->rooms[room].epoch = integer(payload, "epoch");
		c->rooms[room].seq =
		    integer(payload, "seq") - integer(payload, "missed");
	} else if (json_object_size(payload) == 1 && c->rooms[room].on) {
		c->rooms[room].on = false;
	}
}

static void
take_event(struct client *c, json_t *o)
{
	int room = room_of(o);

	if (room < 0)
		return;
	ck_assert_msg(c->rooms[room].on, "an event of what was ended");
	if (!json_object_get(o, "seq"))
		return;
	ck_assert_int_eq(integer(o, "epoch"), c->rooms[room].epoch);
	ck_assert_int_eq(integer(o, "seq"), ++c->rooms[room].seq);
}

static void
take_answer(struct client *c, json_t *o)
{
	const char *id = json_string_value(json_object_get(o, "id"));
	size_t n;

	if (!id || strncmp(id, "right-", 6) != 0)
		return;
	n = strtoul(id + 6, NULL, 10);
	ck_assert_uint_lt(n, NUMBERS);
	ck_assert_msg(
	    asked_by[n] == c, "%s: answered to another, or twice", id);
	asked_by[n] = NULL;
	c->waiting--;
}

/* Takes the next message; false: it is the pong that ends a turn. */
static bool
take(struct client *c)
{
	struct raw_frame f = raw_next(&c->r);
	json_t *o = json_loadb(
	    (const char *)f.data, f.len, JSON_REJECT_DUPLICATES, NULL);
	const char *type = json_string_value(json_object_get(o, "type"));
	const char *id = json_string_value(json_object_get(o, "id"));
	bool last = id && strcmp(id, "turn") == 0;

	ck_assert_int_eq(f.opcode, 1);
	ck_assert_msg(type != NULL, "%s", (const char *)f.data);
	if (strcmp(type, "event") == 0) {
		take_event(c, o);
	} else {
		if (strcmp(type, "reply") == 0)
			take_reply(c, json_object_get(o, "payload"));
		else if (strcmp(type, "error") == 0)
			ck_assert_msg(known(json_string_value(
					  json_object_get(o, "code"))),
			    "%s", (const char *)f.data);
		else
			ck_assert_str_eq(type, "pong");
		take_answer(c, o);
	}
	json_decref(o);
	return !last;
}

/* --- what goes ----------------------------------------------------------- */

/* A right message; %s is its id. */
static const char *const messages[] = {
	"{\"type\":\"ping\",\"id\":\"%s\"}",
	"{\"type\":\"hi\",\"id\":\"%s\",\"payload\":{\"a\":[1,2.5,null]}}",
	"{\"type\":\"say\",\"id\":\"%s\",\"payload\":{\"room\":\"0\"}}",
	"{\"type\":\"say\",\"id\":\"%s\",\"payload\":{\"room\":1,\"x\":[]}}",
	"{\"type\":\"say\",\"id\":\"%s\",\"payload\":{\"room\":\"2\"}}",
	"{\"type\":\"wave\",\"id\":\"%s\",\"payload\":{\"room\":\"0\"}}",
	"{\"type\":\"subscribe\",\"id\":\"%s\",\"payload\":{\"topic\":"
	"\"room/0\"}}",
	"{\"type\":\"subscribe\",\"id\":\"%s\",\"payload\":{\"topic\":"
	"\"room/1\",\"since\":{\"epoch\":1,\"seq\":0}}}",
	"{\"type\":\"subscribe\",\"id\":\"%s\",\"payload\":{\"topic\":"
	"\"room/2\"}}",
	"{\"type\":\"enter\",\"id\":\"%s\",\"payload\":{\"room\":2}}",
	"{\"type\":\"unsubscribe\",\"id\":\"%s\",\"payload\":{\"topic\":"
	"\"room/0\"}}",
	"{\"type\":\"unsubscribe\",\"id\":\"%s\",\"payload\":{\"topic\":"
	"\"room/1\"}}",
	"{\"type\":\"unsubscribe\",\"id\":\"%s\",\"payload\":{\"topic\":"
	"\"room/2\"}}",
	"{\"type\":\"down\",\"id\":\"%s\"}",
	"{\"type\":\"silent\",\"id\":\"%s\",\"payload\":\"\xf0\x9f\x98\x80\"}",
	"{\"type\":\"now\",\"id\":\"%s\",\"payload\":{\"\":\"\xc3\xa4\"}}",
	"{\"type\":\"twice\",\"id\":\"%s\"}",
	"{\"type\":\"thread\",\"id\":\"%s\"}",
	"{\"type\":\"keep\",\"id\":\"%s\"}",
	"{\"type\":\"release\",\"id\":\"%s\"}",
	"{\"type\":\"invent\",\"id\":\"%s\"}",
	"{\"type\":\"nothing like that\",\"id\":\"%s\"}",
};

/* Changes a text here and there; it stays UTF-8, or the host would close. */
static void
mangle(char *text, size_t size)
{
	static const char *const pieces[] = { "{", "}", "[", "]", "\"", ",",
		":", "\\", "\\u0000", "\\ud800", "0", "-", "1e999", "null",
		"true", " ", "\n", "\x7f", "\xc3\xa4",
		"\"id\":", "\"type\":", "\"payload\":", "room",
		"{\"a\":", "[[[[[[[[[[[[[[[[" };
	unsigned times = 1 + dice(&state, 3);

	while (times-- > 0) {
		size_t n = strlen(text), at = n ? dice(&state, (unsigned)n) : 0;
		const char *piece =
		    pieces[dice(&state, sizeof(pieces) / sizeof(pieces[0]))];
		size_t m = strlen(piece), out = dice(&state, 4);

		if (n + m + 1 > size)
			return;
		/* Not into a character, nor half of one out. */
		while ((unsigned char)text[at] >= 0x80)
			at++;
		for (size_t i = 0; i < out; i++)
			if (text[at + i] == '\0' ||
			    (unsigned char)text[at + i] >= 0x80)
				out = i;
		memmove(text + at + m, text + at + out, n - at - out + 1);
		memcpy(text + at, piece, m);
		if (dice(&state, 8) == 0)
			text[at] = '\0';
	}
}

static void
say(struct client *c, size_t *number)
{
	const char *message =
	    messages[dice(&state, sizeof(messages) / sizeof(messages[0]))];
	const char *at = strstr(message, "%s");
	bool right = dice(&state, 3) != 0;
	char text[1024], id[32] = "m";

	if (right) {
		snprintf(id, sizeof(id), "right-%zu", *number);
		asked_by[(*number)++] = c;
		c->waiting++;
	}
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - message), message,
	    id, at + 2);
	if (!right)
		mangle(text, sizeof(text));
	raw_frame(&c->r, !right && dice(&state, 10) == 0 ? 0x82 : 0x81, text,
	    strlen(text));
}

/* --- a whole run --------------------------------------------------------- */

static void
leave(struct client *c)
{
	raw_shut(&c->r);
	for (size_t i = 0; i < NUMBERS; i++)
		if (asked_by[i] == c)
			asked_by[i] = NULL;
	memset(c, 0, sizeof(*c));
}

static void
prepare(void)
{
	char config[4096];

	daemon_prepare(&d);
	backend_open(&silent);
	daemon_install(&d, "tests/plugins/oracle.so", "oracle.so");
	snprintf(config, sizeof(config),
	    "max_errors = 1000000; modules = ( { file = \"oracle.so\"; } );"
	    "subscribe = ( { topic = \"room/*\"; } ); routes = ("
	    "{ type = \"hi\"; do = \"reply\"; payload = "
	    "\"{\\\"you\\\":\\\"${payload}\\\"}\"; },"
	    "{ type = \"say\"; do = \"publish\"; store = true; "
	    "topic = \"room/${payload.room}\"; },"
	    "{ type = \"wave\"; do = \"publish\"; "
	    "topic = \"hall/${payload.room}\"; },"
	    "{ type = \"enter\"; do = \"subscribe\"; "
	    "topic = \"room/${payload.room}\"; },"
	    "{ type = \"down\"; do = \"forward\"; "
	    "unix = \"%s/none\"; url = \"http://none/\"; },"
	    "{ type = \"silent\"; do = \"forward\"; timeout = 20; queue = 2;"
	    "connections = 2; url = \"http://127.0.0.1:%d/\"; }"
#define CALL(name)                                               \
	", { type = \"" name "\"; do = \"call\"; timeout = 20; " \
	"call = \"oracle.so:" name "\"; }"
	    CALL("now") CALL("twice") CALL("thread") CALL("keep")
		CALL("release") CALL("invent") " );",
	    d.dir, silent.port);
	api_start(&d, config, "");
}

static void
finish(void)
{
	daemon_end(&d);
	backend_shut(&silent);
}

START_TEST(every_right_request_is_answered_once_whatever_else_is_said)
{
	size_t number = 0;

	state = dice_seed(0) + (uint32_t)_i;
	for (int i = 0; i < CLIENTS; i++)
		api_open(&d, &clients[i].r, NULL);
	for (int step = 0; step < STEPS; step++) {
		struct client *c = &clients[step % CLIENTS];

		if (dice(&state, 30) == 0) {
			leave(c);
			api_open(&d, &c->r, NULL);
		}
		for (unsigned n = dice(&state, 10); n > 0; n--)
			say(c, &number);
		raw_text(&c->r, "{\"type\":\"ping\",\"id\":\"turn\"}");
		while (take(c))
			;
	}
	for (int i = 0; i < CLIENTS; i++) {
		while (clients[i].waiting > 0)
			take(&clients[i]);
		leave(&clients[i]);
	}
	ck_assert_uint_gt(number, STEPS);
	api_await(&d, "cleat_connections", 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json_random");
	TCase *c = suite_case(s, "random");

	tcase_add_checked_fixture(c, prepare, finish);
	tcase_add_loop_test(c,
	    every_right_request_is_answered_once_whatever_else_is_said, 0,
	    SEEDS);
	return suite_run(s);
}
