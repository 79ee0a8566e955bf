/* SPDX-License-Identifier: MIT
 *
 * test_chat_clock.c - chat-hub while time passes: what ends with its time does
 * so at its moment and not before, and what the config does not say is as
 * docs/CHAT.md has it.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "host_rig.h"

static struct host_rig rig;

static void
set_up(void)
{
	host_rig_init(&rig, 1);
}

static void
tear_down(void)
{
	host_rig_fini(&rig);
}

static void
load(const char *config)
{
	char text[1024];

	snprintf(text, sizeof(text),
	    "routes = ( { path = \"/x\"; handler = \"%s\"; ping_every = 0; "
	    "pong_within = 0; close_within = \"1 min\"; "
	    "config: { rooms = [ \"a\" ]; trust_query = true; "
	    "roles = ( { user = \"ann\"; role = \"mod\"; } ); %s }; } );",
	    CHAT_HUB, config);
	if (host_rig_load(&rig, text) != 0)
		ck_abort_msg("%s", rig.err.text);
}

/* JSON with ' for ". */
static void
say(struct guest *g, const char *text)
{
	char copy[256];

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	guest_say(g, copy);
}

/* The next message has this in it. */
static void
hear(struct guest *g, const char *part)
{
	unsigned opcode;
	const char *text = guest_hear(g, &opcode);
	char copy[256];

	snprintf(copy, sizeof(copy), "%s", part);
	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	ck_assert_int_eq(opcode, 1);
	ck_assert_msg(
	    strstr(text, copy) != NULL, "%s is not in %s", part, text);
}

static void
ask(struct guest *g, const char *text, const char *part)
{
	say(g, text);
	hear(g, part);
}

static struct guest *
come(const char *target)
{
	struct guest *g = host_rig_open(&rig, target);

	hear(g, "'hello'");
	return g;
}

#define PING   "{'type':'ping'}"
#define SPEAK  "{'type':'private','to':'nemo','text':'x'}"
#define NOBODY "'no_such_user'"
#define SLOWER "'rate_limited'"

static void
ping(struct guest *g, int n, const char *part)
{
	while (n-- > 0)
		ask(g, PING, part);
}

/* --- floods ------------------------------------------------------------- */

START_TEST(forty_may_come_at_once_and_five_a_second)
{
	struct guest *g;

	load("");
	g = come("/x");
	ping(g, 40, "'pong'");
	ask(g, PING, SLOWER);
	host_rig_advance(&rig, 199);
	ask(g, PING, SLOWER);
	host_rig_advance(&rig, 1);
	ask(g, PING, "'pong'");
	ask(g, PING, SLOWER);
	host_rig_advance(&rig, 1000000);
	ping(g, 40, "'pong'");
	ask(g, PING, SLOWER);
}
END_TEST

START_TEST(who_floods_is_warned_five_times_and_out_after_ten)
{
	struct guest *g;

	load("");
	g = come("/x");
	ping(g, 40, "'pong'");
	for (int i = 0; i < 5; i++)
		ask(g, SPEAK, SLOWER);
	/* All that speaks. */
	ask(g, SPEAK, "'muted'");
	ask(g, "{'type':'nick','nick':'zoe'}", "'muted'");
	ask(g, "{'type':'say','room':'a','text':'x'}", "'muted'");
	ask(g, "{'type':'typing','room':'a'}", "'muted'");
	ask(g, "{'type':'subject','room':'a','subject':'x'}", "'muted'");
	say(g, SPEAK);
	guest_expect_close(g, 1008, "flooding");
}
END_TEST

/* Mute, after so many milliseconds of silence. */
static struct guest *
mute_and_wait(uint64_t ms)
{
	struct guest *g = come("/x");

	ping(g, 40, "'pong'");
	ping(g, 6, SLOWER);
	host_rig_advance(&rig, ms);
	return g;
}

START_TEST(a_flooder_may_speak_again_after_half_a_minute)
{
	load("");
	ask(mute_and_wait(29999), SPEAK, "'muted'");
	ask(mute_and_wait(30000), SPEAK, NOBODY);
}
END_TEST

START_TEST(warnings_are_forgotten_after_the_same_time)
{
	struct guest *g;

	load("flood_mute = \"1 min\";");
	for (int more = 0; more < 2; more++) {
		g = come("/x");
		ping(g, 40, "'pong'");
		ping(g, 5, SLOWER);
		host_rig_advance(&rig, 59999 + (uint64_t)more);
		ping(g, 40, "'pong'");
		/* The sixth, or the first of others. */
		ask(g, SPEAK, more ? SLOWER : "'muted'");
	}
}
END_TEST

START_TEST(typing_is_passed_on_once_a_second)
{
	static const char typing[] = "{'type':'typing','room':'a'}";
	struct guest *g, *other;

	load("");
	g = come("/x?user=ben");
	ask(g, "{'type':'join','room':'a'}", "'joined'");
	other = come("/x?user=cid");
	ask(other, "{'type':'join','room':'a'}", "'joined'");
	hear(g, "'presence'");
	say(g, typing);
	hear(other, "'typing'");
	say(g, typing);
	host_rig_advance(&rig, 999);
	say(g, typing);
	ask(other, PING, "'pong'");
	host_rig_advance(&rig, 1);
	say(g, typing);
	hear(other, "'typing'");
	ask(other, PING, "'pong'");
}
END_TEST

/* --- moderation ----------------------------------------------------------- */

/* What a moderator does ends at this time for whom it was done to. */
static void
ends(const char *does, const char *tries, const char *refused, uint64_t ms)
{
	struct guest *ann = come("/x?user=ann"), *ben = come("/x?user=ben");

	ask(ben, "{'type':'join','room':'a'}", "'joined'");
	ask(ann, "{'type':'ping'}", "'pong'");
	say(ann, does);
	hear(ann, "'ok'");
	if (strstr(does, "'ban'"))
		hear(ben, "'kicked'");
	ask(ben, tries, refused);
	host_rig_advance(&rig, ms - 1);
	ask(ben, tries, refused);
	host_rig_advance(&rig, 1);
	ask(ben, tries,
	    strstr(tries, "'join'") ? "'type':'joined'" : "'type':'message'");
	say(ben, "{'type':'leave','room':'a'}");
	guest_hang_up(ben);
	guest_hang_up(ann);
	host_rig_run(&rig);
}

#define JOIN "{'type':'join','room':'a'}"
#define SAY  "{'type':'say','room':'a','text':'x'}"

START_TEST(a_ban_and_a_mute_last_as_long_as_they_are_said_to)
{
	load("");
	ends("{'type':'ban','room':'a','user':'ben','seconds':7}", JOIN,
	    "'banned'", 7000);
	ends("{'type':'mute','room':'a','user':'ben','seconds':7}", SAY,
	    "'muted'", 7000);
}
END_TEST

START_TEST(a_ban_is_for_a_day_and_a_mute_for_ten_minutes)
{
	load("");
	ends("{'type':'ban','room':'a','user':'ben'}", JOIN, "'banned'",
	    86400000);
	ends("{'type':'mute','room':'a','user':'ben'}", SAY, "'muted'", 600000);
}
END_TEST

/* --- names ---------------------------------------------------------------- */

/* A guest has it, and its worker does not come to take it away. */
START_TEST(a_user_waits_two_seconds_for_the_name)
{
	struct guest *g, *zed;

	host_rig_fini(&rig);
	host_rig_init(&rig, 2);
	load("");
	g = come("/x");
	ask(g, "{'type':'nick','nick':'zed'}", "'nick'");
	for (int more = 0; more < 2; more++) {
		rig.asleep[g->worker] = true;
		zed = host_rig_open(&rig, "/x?user=zed");
		for (int i = 0; i < 40; i++)
			host_rig_advance(&rig, i < 39 ? 50 : 49);
		rig.asleep[g->worker] = more;
		host_rig_run(&rig);
		host_rig_advance(&rig, 1);
		if (more)
			guest_expect_close(zed, 1013, "try again later");
		else
			hear(zed, "'hello'");
		rig.asleep[g->worker] = false;
		hear(g, "'nick':'guest-");
		guest_hang_up(zed);
		host_rig_run(&rig);
		if (more)
			break;
		ask(g, "{'type':'nick','nick':'zed'}", "'nick':'zed'");
		/* The next one comes to the other worker again. */
		guest_hang_up(come("/x"));
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { forty_may_come_at_once_and_five_a_second,
		who_floods_is_warned_five_times_and_out_after_ten,
		a_flooder_may_speak_again_after_half_a_minute,
		warnings_are_forgotten_after_the_same_time,
		typing_is_passed_on_once_a_second,
		a_ban_and_a_mute_last_as_long_as_they_are_said_to,
		a_ban_is_for_a_day_and_a_mute_for_ten_minutes,
		a_user_waits_two_seconds_for_the_name };

	return host_rig_main("chat_clock", set_up, tear_down, tests,
	    sizeof(tests) / sizeof(tests[0]));
}
