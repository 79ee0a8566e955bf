/* SPDX-License-Identifier: MIT
 *
 * chat_limits.c - chat-hub: floods, slow readers, a full store, the config.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "chat.h"
#include "suite.h"

static struct daemon d;

#define ROOMS "rooms = [ \"lobby\" ];"

/* --- floods --------------------------------------------------------------- */

START_TEST(a_flood_is_warned_then_mute_then_out)
{
	struct chat a, b;

	chat_start(&d, ROOMS "rate = 0.01; burst = 4; warnings = 2;", "", "");
	chat_open(&d, &a, NULL);
	chat_open(&d, &b, NULL);
	chat_join(&a, "lobby");
	for (int i = 0; i < 3; i++) {
		chat_say(&a, "{'type':'ping'}");
		chat_hear(&a, "{'type':'pong'}");
	}
	chat_refused(&a, "rate_limited", "{'type':'ping'}");
	chat_refused(
	    &a, "rate_limited", "{'type':'say','room':'lobby','text':'x'}");
	/* The third makes it mute, for what speaks. */
	chat_refused(&a, "muted", "{'type':'say','room':'lobby','text':'x'}");
	ck_assert_ptr_null(json_object_get(a.last, "room"));
	chat_refused(&a, "rate_limited", "{'type':'ping','id':7}");
	/* The fifth is too much. */
	chat_say(&a, "{'type':'nick','nick':'Zoe'}");
	raw_expect_close(&a.raw, 1008, "flooding");
	chat_await(&d, "cleat_handler_rate_limited", 5);
	chat_await(&d, "cleat_handler_flooders", 1);
	/* Others do not notice. */
	chat_say(&b, "{'type':'ping'}");
	chat_hear(&b, "{'type':'pong'}");
	chat_shut(&a);
	chat_shut(&b);
	daemon_end(&d);
}
END_TEST

/* Until so much time has passed on the daemon's clock, which is the same. */
static void
let_pass(long ms)
{
	struct timespec from, now;

	clock_gettime(CLOCK_MONOTONIC, &from);
	do {
		daemon_metric(&d, "cleat_up");
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - from.tv_sec) * 1000 +
		     (now.tv_nsec - from.tv_nsec) / 1000000 <
		 ms);
}

START_TEST(who_stops_may_speak_again)
{
	static const char said[] = "{'type':'private','to':'nemo','text':'x'}";
	struct chat a;

	chat_start(&d,
	    ROOMS "rate = 0.5; burst = 2; warnings = 1; flood_mute = \"1 s\";",
	    "", "");
	chat_open(&d, &a, NULL);
	for (int i = 0; i < 2; i++)
		chat_refused(&a, "no_such_user", said);
	chat_refused(&a, "rate_limited", said);
	chat_refused(&a, "muted", said);
	let_pass(2100);
	chat_refused(&a, "no_such_user", said);
	/* What was before is forgotten. */
	chat_refused(&a, "rate_limited", said);
	chat_shut(&a);
	daemon_end(&d);
}
END_TEST

/* --- slow readers ------------------------------------------------------------- */

enum { LARGE = 16000 };

/* So many messages have been lost for this reason. */
static void
lost(const char *reason, int n)
{
	char name[128];

	snprintf(name, sizeof(name),
	    "cleat_dropped_total{route=\"/chat/*\",reason=\"%s\"}", reason);
	daemon_await(&d, name, n);
}

/* Says large texts until the slow one's queue is this full. */
static void
fill(struct chat *c, double bytes)
{
	static char text[LARGE + 1];

	memset(text, 't', LARGE);
	while (
	    daemon_metric(&d, "cleat_queue_bytes{route=\"/chat/*\"}") < bytes) {
		chat_say(c, "{'type':'say','room':'lobby','text':'%s'}", text);
		chat_hear(c, "{'type':'message'}");
	}
}

/* Reads all that has come, which is stored and without a gap, up to the
 * close. */
static void
read_to_close(struct chat *c)
{
	json_int_t seq = 0;
	struct raw_frame f;

	for (f = raw_next(&c->raw); f.opcode == 1; f = raw_next(&c->raw)) {
		json_t *o = json_loadb((char *)f.data, f.len, 0, NULL);
		const char *type =
		    json_string_value(json_object_get(o, "type"));

		ck_assert_str_eq(type, "message");
		ck_assert(
		    json_integer_value(json_object_get(o, "seq")) == ++seq);
		json_decref(o);
	}
	ck_assert_int_eq(f.opcode, 8);
	ck_assert_int_eq(f.code, 1013);
}

START_TEST(a_slow_reader_misses_typing_then_presence_then_is_out)
{
	struct chat slow, a, b;

	chat_start(&d, CHAT_CONFIG "max_text = \"64 KiB\";",
	    "queue_bytes = \"1 MiB\"; queue_messages = 100000;"
	    "queue_low = 25; queue_high = 50;",
	    "");
	chat_open(&d, &a, "ann");
	chat_open(&d, &b, NULL);
	chat_open(&d, &slow, "sid");
	chat_join(&a, "lobby");
	chat_join(&slow, "lobby");
	chat_hear(&a, "{'type':'presence'}");
	fill(&a, 300000);
	chat_say(&a, "{'type':'typing','room':'lobby'}");
	lost("lose_first", 1);
	lost("lose_next", 0);
	fill(&a, 600000);
	chat_join(&b, "lobby");
	lost("lose_next", 1);
	chat_say(&b, "{'type':'nick','nick':'Zoe'}");
	lost("lose_next", 2);
	chat_say(&a, "{'type':'subject','room':'lobby','subject':'x'}");
	lost("lose_next", 3);
	chat_shut(&b);
	lost("lose_next", 4);
	/* Until the slow one leaves. */
	do {
		chat_say(&a, "{'type':'say','room':'lobby','text':'%0*d'}",
		    LARGE, 1);
		chat_hear(&a, "{}");
	} while (strcmp(chat_str(&a, "type"), "presence") != 0 ||
		 strcmp(chat_str(&a, "user"), "sid") != 0);
	read_to_close(&slow);
	chat_shut(&a);
	chat_shut(&slow);
	daemon_end(&d);
}
END_TEST

/* --- a store without room ------------------------------------------------------ */

START_TEST(a_full_store_is_unavailable)
{
	struct chat a;

	chat_start(&d, CHAT_CONFIG, "", "topics: { max = 1; };");
	chat_open(&d, &a, NULL); /* the topic of its private messages */
	chat_say(&a, "{'type':'join','id':'7','room':'lobby'}");
	chat_error(&a, "unavailable", "7");
	ck_assert_str_eq(chat_str(&a, "room"), "lobby");
	chat_refused(&a, "not_joined", "{'type':'leave','room':'lobby'}");
	chat_shut(&a);
	daemon_end(&d);
}
END_TEST

START_TEST(a_full_registry_lets_nobody_in)
{
	struct chat a;

	chat_start(&d, CHAT_CONFIG, "", "topics: { registry = 0; };");
	ck_assert_int_eq(chat_knock(&d, &a, "", NULL), 101);
	raw_expect_close(&a.raw, 1013, "try again later");
	chat_shut(&a);
	daemon_end(&d);
}
END_TEST

START_TEST(a_claim_too_many_is_unavailable)
{
	struct chat a;

	/* Which is of the first nick, as the topic is of what is private. */
	chat_start(&d, CHAT_CONFIG, "max_topics = 1;", "");
	chat_open(&d, &a, NULL);
	chat_refused(&a, "unavailable", "{'type':'nick','nick':'Zoe'}");
	chat_refused(&a, "too_many_rooms", "{'type':'join','room':'lobby'}");
	chat_shut(&a);
	daemon_end(&d);
}
END_TEST

START_TEST(a_ban_that_does_not_fit_is_unavailable)
{
	struct chat a;
	int i = 0;

	chat_start(&d, CHAT_CONFIG, "", "topics: { registry = \"4 KiB\"; };");
	chat_open(&d, &a, "ann");
	do {
		chat_say(&a, "{'type':'ban','room':'lobby','user':'u%d'}", ++i);
		chat_hear(&a, "{}");
	} while (strcmp(chat_str(&a, "type"), "ok") == 0 && i < 1000);
	ck_assert_str_eq(chat_str(&a, "code"), "unavailable");
	chat_say(&a, "{'type':'unban','room':'lobby','user':'u1'}");
	chat_hear(&a, "{'type':'ok'}");
	chat_say(&a, "{'type':'ban','room':'lobby','user':'u0'}");
	chat_hear(&a, "{'type':'ok'}");
	chat_shut(&a);
	daemon_end(&d);
}
END_TEST

/* --- the config -------------------------------------------------------------- */

START_TEST(what_is_wrong_with_the_config_is_said_with_its_line)
{
	static const char *const wrong[][2] = {
		{ "", "rooms: there are none, and `open' is false" },
		{ "rooms = \"lobby\";", "rooms must be a list or a group" },
		{ "rooms = [ \"a b\" ];",
		    "rooms: a name is 1 to 63 of A-Z a-z 0-9 . _ -" },
		{ "rooms = [ 7 ];", "must be a string" },
		{ ROOMS "open = 1;", "open must be true or false" },
		{ ROOMS "who = 3;", "unknown key \"who\"" },
		{ ROOMS "max_text = 0;", "max_text: must be 1 byte to 64 KiB" },
		{ ROOMS "max_text = 65537;", "max_text: must be" },
		{ ROOMS "max_rooms = 0;", "max_rooms: must be 1 to 1000" },
		{ ROOMS "max_rooms = 1001;", "max_rooms: must be" },
		{ ROOMS "who_max = -1;", "who_max: must be 0 to 10,000" },
		{ ROOMS "who_max = 10001;", "who_max: must be" },
		{ ROOMS "rate = 0.0;",
		    "rate: must be 0.01 to 100,000 a second" },
		{ ROOMS "rate = 0.00999;", "rate: must be" },
		{ ROOMS "rate = 100000.01;", "rate: must be" },
		{ ROOMS "rate = \"5/s\";", "rate must be a number" },
		{ ROOMS "burst = 0;", "burst: must be 1 to 100,000" },
		{ ROOMS "burst = 100001;", "burst: must be" },
		{ ROOMS "warnings = 0;", "warnings: must be 1 to 1000" },
		{ ROOMS "warnings = 1001;", "warnings: must be" },
		{ ROOMS "flood_mute = 999;", "flood_mute: must be 1 s to 1 d" },
		{ ROOMS "flood_mute = 86400001;", "flood_mute: must be" },
		{ ROOMS "mute_time = 999;", "mute_time: must be 1 s to 365 d" },
		{ ROOMS "mute_time = \"31536000001 ms\";",
		    "mute_time: must be" },
		{ ROOMS "ban_time = 999;", "ban_time: must be 1 s to 365 d" },
		{ ROOMS "ban_time = \"31536000001 ms\";", "ban_time: must be" },
		{ ROOMS "user_header = \"X Y\";",
		    "user_header: must be the name of a header" },
		{ ROOMS "role_header = \"\";", "role_header: must be" },
		{ ROOMS "reserved = [ \"\" ];", "reserved: a name is" },
		{ ROOMS "roles = ( { role = \"mod\"; } );",
		    "user: is no name of a user" },
		{ ROOMS "roles = ( { user = \"a\"; } );",
		    "role: must be \"mod\" or \"user\"" },
		{ ROOMS "roles = ( \"ann\" );", "user: is no name" },
		{ ROOMS "trust_query = \"yes\";",
		    "trust_query must be true or false" },
		{ ROOMS "guests = 1;", "guests must be true or false" },
		{ ROOMS "greeting = 1;", "greeting must be a string" },
	};

	daemon_prepare(&d);
	daemon_install(&d, "plugins/chat-hub.so", "chat-hub.so");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *said = chat_complaint(&d, wrong[i][0]);

		ck_assert_msg(strstr(said, wrong[i][1]) != NULL, "%s: said %s",
		    wrong[i][0], said);
	}
	daemon_end(&d);
}
END_TEST

START_TEST(bounds_are_taken_themselves)
{
	static const char *const good[] = { "max_text = 1;",
		"max_text = 65536;", "max_rooms = 1;", "max_rooms = 1000;",
		"who_max = 0;", "who_max = 10000;", "rate = 0.01;",
		"rate = 100000.0;", "burst = 1;", "burst = 100000;",
		"warnings = 1;", "warnings = 1000;", "flood_mute = 1000;",
		"flood_mute = \"1 d\";", "mute_time = 1000;",
		"mute_time = \"365 d\";", "ban_time = 1000;",
		"ban_time = \"365 d\";" };
	const char *const args[] = { "-t", "-l", "127.0.0.1:0", "-c", d.conf,
		NULL };
	char config[256], said[1024];

	daemon_prepare(&d);
	daemon_install(&d, "plugins/chat-hub.so", "chat-hub.so");
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(config, sizeof(config), ROOMS "%s", good[i]);
		chat_configure(&d, config);
		ck_assert_msg(daemon_run(said, sizeof(said), args) == 0,
		    "%s: %s", good[i], said);
	}
	daemon_end(&d);
}
END_TEST

/* `key = ( item, item ... );` */
static const char *
listed(const char *key, const char *item, int n)
{
	static char text[60000];
	size_t at =
	    (size_t)snprintf(text, sizeof(text), "%s = ( %s", key, item);

	while (--n > 0)
		at +=
		    (size_t)snprintf(text + at, sizeof(text) - at, ",%s", item);
	snprintf(text + at, sizeof(text) - at, " );");
	return text;
}

START_TEST(lists_have_their_lengths)
{
	const char *const role = "{ user = \"u\"; role = \"mod\"; }";
	char greeting[1100] = ROOMS "greeting = \"";
	size_t n = strlen(greeting);
	struct chat a;

	daemon_prepare(&d);
	daemon_install(&d, "plugins/chat-hub.so", "chat-hub.so");
	ck_assert_ptr_nonnull(
	    strstr(chat_complaint(&d, listed("rooms", "\"r\"", 101)),
		"rooms: has more than 100 elements"));
	ck_assert_ptr_nonnull(
	    strstr(chat_complaint(&d, listed(ROOMS "roles", role, 1001)),
		"roles: has more than 1000 elements"));
	memset(greeting + n, 'g', 1001);
	memcpy(greeting + n + 1001, "\";", 3);
	ck_assert_ptr_nonnull(strstr(chat_complaint(&d, greeting),
	    "greeting: has more than 1000 bytes"));
	daemon_end(&d);
	memcpy(greeting + n + 1000, "\";", 3);
	chat_start(&d, greeting, "", "");
	chat_open(&d, &a, NULL);
	ck_assert_uint_eq(strlen(chat_str(&a, "greeting")), 1000);
	chat_shut(&a);
	daemon_end(&d);
	chat_start(&d, listed("rooms", "\"r\"", 100), "", "");
	daemon_end(&d);
	chat_start(&d, listed(ROOMS "roles", role, 1000), "", "");
	daemon_end(&d);
}
END_TEST

START_TEST(a_reload_is_for_those_who_are_here_too)
{
	struct chat a, b;

	chat_start(&d, ROOMS, "", "");
	chat_open(&d, &a, NULL);
	chat_join(&a, "lobby");
	chat_refused(&a, "no_such_room", "{'type':'join','room':'attic'}");
	chat_configure(&d, "rooms = [ \"attic\" ];");
	daemon_reload(&d);
	chat_until(&a, "{'type':'join','room':'attic'}", "{'type':'joined'}");
	chat_text(&a, "lobby", "still here");
	chat_open(&d, &b, NULL);
	chat_refused(&b, "no_such_room", "{'type':'join','room':'lobby'}");
	chat_join(&b, "attic");
	chat_hear(&a, "{'type':'presence','room':'attic'}");
	chat_shut(&a);
	chat_shut(&b);
	daemon_end(&d);
}
END_TEST

void
chat_limits_cases(Suite *s)
{
	TCase *c = suite_case(s, "limits");

	tcase_add_test(c, a_flood_is_warned_then_mute_then_out);
	tcase_add_test(c, who_stops_may_speak_again);
	tcase_add_test(
	    c, a_slow_reader_misses_typing_then_presence_then_is_out);
	tcase_add_test(c, a_full_store_is_unavailable);
	tcase_add_test(c, a_claim_too_many_is_unavailable);
	tcase_add_test(c, a_ban_that_does_not_fit_is_unavailable);
	tcase_add_test(c, a_full_registry_lets_nobody_in);
	tcase_add_test(c, what_is_wrong_with_the_config_is_said_with_its_line);
	tcase_add_test(c, bounds_are_taken_themselves);
	tcase_add_test(c, lists_have_their_lengths);
	tcase_add_test(c, a_reload_is_for_those_who_are_here_too);
}
