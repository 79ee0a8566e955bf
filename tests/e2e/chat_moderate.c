/* SPDX-License-Identifier: MIT
 *
 * chat_moderate.c - chat-hub: moderators, and those who are moderated.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "chat.h"
#include "suite.h"

static struct daemon d;
static struct chat mod, ben, eve;

/* All three in the room, and nothing more to be heard. */
static void
start(void)
{
	chat_start(&d, CHAT_CONFIG, "", "");
	chat_open(&d, &mod, "ann");
	chat_open(&d, &ben, "ben");
	chat_open(&d, &eve, "eve");
	chat_join(&mod, "lobby");
	chat_join(&ben, "lobby");
	chat_hear(&mod, "{'type':'presence'}");
	chat_join(&eve, "lobby");
	chat_hear(&mod, "{'type':'presence'}");
	chat_hear(&ben, "{'type':'presence'}");
}

static void
stop(void)
{
	chat_shut(&mod);
	chat_shut(&ben);
	chat_shut(&eve);
	daemon_end(&d);
}

/* Ben says it, and all three hear it. */
static void
ben_says(const char *text)
{
	chat_text(&ben, "lobby", text);
	chat_hear(&mod, "{'type':'message','text':'%s'}", text);
	chat_hear(&eve, "{'type':'message','text':'%s'}", text);
}

static void
ben_is_out(const char *reason, const char *banned)
{
	chat_hear(&ben,
	    "{'type':'kicked','room':'lobby','reason':'%s','banned':%s}",
	    reason, banned);
	chat_hear(&eve, "{'type':'presence','event':'leave','user':'ben'}");
	chat_hear(&mod, "{'type':'ok'}");
	chat_hear(&mod, "{'type':'presence','event':'leave','user':'ben'}");
}

static void
ben_is_back(void)
{
	chat_until(&ben, "{'type':'join','room':'lobby'}", "{'type':'joined'}");
	chat_hear(&mod, "{'type':'presence','event':'join','user':'ben'}");
	chat_hear(&eve, "{'type':'presence','event':'join','user':'ben'}");
}

START_TEST(only_moderators_moderate)
{
	static const char *const types[] = { "subject", "kick", "ban", "unban",
		"mute", "unmute", "delete" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		chat_refused(&ben, "forbidden",
		    "{'type':'%s','room':'lobby','user':'eve','seq':1,"
		    "'subject':'x'}",
		    types[i]);
		if (i == 0)
			continue;
		chat_refused(&mod, "bad_request", "{'type':'%s','user':'eve'}",
		    types[i]);
		ck_assert_str_eq(chat_str(&mod, "field"), "room");
		if (strcmp(types[i], "delete") == 0)
			continue;
		chat_refused(&mod, "bad_request",
		    "{'type':'%s','room':'lobby','user':''}", types[i]);
		ck_assert_str_eq(chat_str(&mod, "field"), "user");
	}
}
END_TEST

START_TEST(a_kick_ends_a_stay)
{
	chat_say(&mod, "{'type':'kick','id':'k','room':'lobby','user':'ben',"
		       "'reason':'shouting'}");
	ben_is_out("shouting", "null");
	chat_refused(
	    &ben, "not_joined", "{'type':'say','room':'lobby','text':'x'}");
	ben_is_back();
	ben_says("after a kick");
}
END_TEST

START_TEST(a_ban_keeps_out_until_it_is_taken_back)
{
	chat_say(&mod, "{'type':'ban','id':'b','room':'lobby','user':'ben',"
		       "'reason':'spam'}");
	ben_is_out("spam", "true");
	chat_refused(&ben, "banned", "{'type':'join','room':'lobby'}");
	ck_assert_str_eq(chat_str(&ben, "reason"), "spam");
	/* It is for one room. */
	chat_join(&ben, "garden");
	chat_say(&mod, "{'type':'unban','id':'u','room':'lobby','user':'ben'}");
	chat_hear(&mod, "{'type':'ok','id':'u'}");
	ben_is_back();
}
END_TEST

/* However the name is written; and it is shown as the user has it. */
START_TEST(the_case_of_a_name_saves_nobody)
{
	struct chat zoe;

	chat_open(&d, &zoe, "Zoe");
	chat_say(&zoe, "{'type':'join','room':'garden'}");
	chat_hear(
	    &zoe, "{'type':'joined','members':[{'user':'Zoe','nick':'Zoe'}]}");
	chat_say(&zoe, "{'type':'who','room':'garden'}");
	chat_hear(&zoe,
	    "{'type':'who','count':1,'members':[{'user':'Zoe','nick':'Zoe'}]}");
	chat_say(&mod, "{'type':'kick','room':'garden','user':'zOE'}");
	chat_hear(&mod, "{'type':'ok'}");
	chat_hear(&zoe, "{'type':'kicked','room':'garden','banned':null}");
	chat_join(&zoe, "garden");
	chat_say(&mod, "{'type':'ban','room':'garden','user':'zoe'}");
	chat_hear(&mod, "{'type':'ok'}");
	chat_hear(&zoe, "{'type':'kicked','room':'garden','banned':true}");
	chat_refused(&zoe, "banned", "{'type':'join','room':'garden'}");
	chat_say(&mod, "{'type':'unban','room':'garden','user':'ZOE'}");
	chat_hear(&mod, "{'type':'ok'}");
	chat_until(
	    &zoe, "{'type':'join','room':'garden'}", "{'type':'joined'}");
	chat_say(&mod, "{'type':'mute','room':'garden','user':'ZOE'}");
	chat_hear(&mod, "{'type':'ok'}");
	chat_until(&zoe, "{'type':'say','room':'garden','text':'x'}",
	    "{'type':'error','code':'muted'}");
	chat_shut(&zoe);
}
END_TEST

START_TEST(a_ban_ends_with_its_time)
{
	chat_say(
	    &mod, "{'type':'ban','room':'lobby','user':'BEN','seconds':2}");
	ben_is_out("", "true");
	chat_refused(&ben, "banned", "{'type':'join','room':'lobby'}");
	ben_is_back();
}
END_TEST

/* What the moderator has put is known to all when they hear the subject, which
 * is published later. */
static void
all_know(void)
{
	chat_say(&mod, "{'type':'subject','room':'lobby','subject':'x'}");
	chat_hear(&ben, "{'type':'subject'}");
	chat_hear(&eve, "{'type':'subject'}");
	do
		chat_hear(&mod, "{}");
	while (strcmp(chat_str(&mod, "type"), "ok") != 0);
	chat_say(&mod, "{'type':'ping'}");
	do
		chat_hear(&mod, "{}");
	while (strcmp(chat_str(&mod, "type"), "pong") != 0);
}

START_TEST(who_is_muted_may_only_read)
{
	chat_say(&mod, "{'type':'mute','id':'m','room':'lobby','user':'ben',"
		       "'reason':'cool down'}");
	chat_hear(&mod, "{'type':'ok','id':'m'}");
	all_know();
	chat_refused(&ben, "muted", "{'type':'say','room':'lobby','text':'x'}");
	ck_assert_str_eq(chat_str(&ben, "room"), "lobby");
	ck_assert_str_eq(chat_str(&ben, "reason"), "cool down");
	chat_refused(&ben, "muted", "{'type':'typing','room':'lobby'}");
	chat_text(&eve, "lobby", "to ben");
	chat_hear(&ben, "{'type':'message','text':'to ben'}");
	chat_hear(&mod, "{'type':'message','text':'to ben'}");
	chat_say(
	    &mod, "{'type':'unmute','id':'u','room':'lobby','user':'ben'}");
	chat_hear(&mod, "{'type':'ok','id':'u'}");
	all_know();
	ben_says("thanks");
}
END_TEST

START_TEST(a_mute_ends_with_its_time)
{
	chat_say(
	    &mod, "{'type':'mute','room':'lobby','user':'ben','seconds':2}");
	chat_hear(&mod, "{'type':'ok'}");
	all_know();
	chat_refused(&ben, "muted", "{'type':'typing','room':'lobby'}");
	do {
		chat_say(&ben, "{'type':'typing','room':'lobby'}");
		chat_say(&ben, "{'type':'ping'}");
		chat_hear(&ben, "{}");
		if (strcmp(chat_str(&ben, "type"), "error") != 0)
			break;
		chat_hear(&ben, "{'type':'pong'}");
	} while (true);
	ck_assert_str_eq(chat_str(&ben, "type"), "pong");
	chat_hear(&eve, "{'type':'typing','user':'ben'}");
}
END_TEST

START_TEST(a_deleted_message_is_gone_for_those_who_come_later)
{
	json_int_t seq;
	struct chat late;

	chat_open(&d, &late, "zoe");
	chat_join(&late, "lobby");
	chat_text(&late, "lobby", "first");
	chat_text(&late, "lobby", "rude");
	seq = chat_int(&late, "seq");
	for (int i = 0; i < 2; i++) {
		chat_say(&mod,
		    "{'type':'delete','id':'d','room':'lobby','seq':%lld}",
		    (long long)seq);
		do
			chat_hear(&mod, "{}");
		while (strcmp(chat_str(&mod, "type"), "ack") != 0);
	}
	ck_assert(json_is_true(json_object_get(mod.last, "duplicate")));
	chat_hear(&late,
	    "{'type':'deleted','room':'lobby','deleted':%lld,'user':'ann',"
	    "'seq':%lld}",
	    (long long)seq, (long long)seq + 1);
	chat_say(&late, "{'type':'leave','room':'lobby'}");
	chat_hear(&late, "{'type':'left'}");
	chat_say(&late, "{'type':'join','room':'lobby','history':2}");
	chat_hear(&late, "{'type':'joined','missed':2}");
	chat_hear(&late, "{'type':'message','text':'first'}");
	chat_hear(&late, "{'type':'deleted','deleted':%lld}", (long long)seq);
	chat_shut(&late);
	for (int i = 0; i < 3; i++) /* left, joined, shut */
		chat_hear(&mod, "{'type':'presence'}");
	chat_refused(&mod, "no_such_message",
	    "{'type':'delete','room':'garden','seq':9}");
	chat_refused(
	    &mod, "bad_request", "{'type':'delete','room':'lobby','seq':0}");
	ck_assert_str_eq(chat_str(&mod, "field"), "seq");
	/* The first of all. */
	chat_say(&mod, "{'type':'delete','id':'1','room':'lobby','seq':1}");
	do
		chat_hear(&mod, "{}");
	while (strcmp(chat_str(&mod, "type"), "ack") != 0);
}
END_TEST

START_TEST(a_subject_is_told_and_stays)
{
	char subject[256];
	struct chat late;

	chat_refused(&mod, "not_joined",
	    "{'type':'subject','room':'garden','subject':'x'}");

	chat_say(&mod, "{'type':'subject','id':'s','room':'lobby','subject':'"
		       "Tea & cake'}");
	chat_hear(&ben,
	    "{'type':'subject','room':'lobby','subject':'Tea & cake',"
	    "'user':'ann'}");
	all_know();
	chat_open(&d, &late, "zoe");
	chat_say(&late, "{'type':'join','room':'lobby'}");
	chat_hear(&late, "{'type':'joined','subject':'x'}");
	memset(subject, 's', 251);
	subject[251] = '\0';
	chat_hear(&mod, "{'type':'presence'}");
	chat_refused(&mod, "too_long",
	    "{'type':'subject','room':'lobby','subject':'%s'}", subject);
	subject[250] = '\0';
	chat_say(
	    &mod, "{'type':'subject','room':'lobby','subject':'%s'}", subject);
	chat_hear(&late, "{'type':'subject','subject':'%s'}", subject);
	chat_say(&mod, "{'type':'subject','room':'lobby','subject':''}");
	chat_hear(&late, "{'type':'subject','subject':''}");
	chat_say(&late, "{'type':'leave','room':'lobby'}");
	chat_hear(&late, "{'type':'left'}");
	chat_say(&late, "{'type':'join','room':'lobby'}");
	chat_hear(&late, "{'type':'joined','subject':''}");
	/* Nothing is kept of it: these are the nicks of four. */
	daemon_await(&d, "cleat_registry_keys", 4);
	chat_shut(&late);
}
END_TEST

START_TEST(times_and_reasons_have_bounds)
{
	char reason[128];

	memset(reason, 'r', 121);
	reason[121] = '\0';
	chat_refused(&mod, "bad_request",
	    "{'type':'kick','room':'lobby','user':'x','reason':'%s'}", reason);
	ck_assert_str_eq(chat_str(&mod, "field"), "reason");
	chat_refused(&mod, "bad_request",
	    "{'type':'mute','room':'lobby','user':'x','reason':7}");
	chat_refused(&mod, "bad_request",
	    "{'type':'ban','room':'lobby','user':'x','seconds':0}");
	ck_assert_str_eq(chat_str(&mod, "field"), "seconds");
	chat_refused(&mod, "bad_request",
	    "{'type':'mute','room':'lobby','user':'x','seconds':31536001}");
	chat_refused(&mod, "bad_request",
	    "{'type':'subject','room':'lobby','subject':'a\\nb'}");
	chat_refused(&mod, "bad_request", "{'type':'subject','room':'lobby'}");
	ck_assert_str_eq(chat_str(&mod, "field"), "subject");
	chat_say(&mod,
	    "{'type':'ban','room':'lobby','user':'x','seconds':31536000}");
	chat_hear(&mod, "{'type':'ok'}");
	chat_say(&mod, "{'type':'mute','room':'lobby','user':'x','seconds':1}");
	chat_hear(&mod, "{'type':'ok'}");
	reason[120] = '\0';
	chat_say(&mod,
	    "{'type':'kick','room':'lobby','user':'ben',"
	    "'reason':'%s'}",
	    reason);
	ben_is_out(reason, "null");
}
END_TEST

START_TEST(a_ban_wins_over_a_join_at_the_same_time)
{
	struct chat late;

	chat_open(&d, &late, "zoe");
	for (int i = 0; i < 100; i++) {
		chat_say(&late, "{'type':'join','room':'garden'}");
		chat_say(&mod, "{'type':'ban','room':'garden','user':'zoe'}");
		chat_hear(&mod, "{'type':'ok'}");
		/* A join that is refused, or a stay that ends at once. */
		do
			chat_hear(&late, "{}");
		while (strcmp(chat_str(&late, "type"), "joined") == 0);
		chat_say(&late, "{'type':'ping'}");
		while (strcmp(chat_str(&late, "type"), "pong") != 0)
			chat_hear(&late, "{}");
		chat_refused(
		    &late, "not_joined", "{'type':'who','room':'garden'}");
		chat_say(&mod, "{'type':'unban','room':'garden','user':'zoe'}");
		chat_hear(&mod, "{'type':'ok'}");
		all_know();
	}
	chat_shut(&late);
}
END_TEST

/* One of the two ends soon, the other by default only after minutes. */
static void
ends_by_config(
    const char *config, const char *what, const char *code, const char *tries)
{
	struct daemon other;
	struct chat a, b;

	chat_start(&other, config, "", "");
	chat_open(&other, &a, "ann");
	chat_open(&other, &b, "bob");
	chat_join(&a, "garden");
	chat_join(&b, "garden");
	chat_say(&a, "{'type':'%s','room':'lobby','user':'bob'}", what);
	chat_say(&a, "{'type':'subject','room':'garden','subject':'known'}");
	chat_hear(&b, "{'type':'subject','subject':'known'}");
	if (strcmp(what, "mute") == 0)
		chat_join(&b, "lobby");
	chat_refused(&b, code, "%s", tries);
	chat_until(&b, tries, "{'room':'lobby','code':null}");
	chat_shut(&a);
	chat_shut(&b);
	daemon_end(&other);
}

START_TEST(times_that_are_not_given_are_the_configs)
{
	ends_by_config(CHAT_CONFIG "ban_time = \"1 s\";", "ban", "banned",
	    "{'type':'join','room':'lobby'}");
	ends_by_config(CHAT_CONFIG "mute_time = \"1 s\";", "mute", "muted",
	    "{'type':'say','room':'lobby','text':'x'}");
}
END_TEST

void
chat_moderate_cases(Suite *s)
{
	TCase *c = suite_case(s, "moderate");

	tcase_add_checked_fixture(c, start, stop);
	tcase_add_test(c, only_moderators_moderate);
	tcase_add_test(c, a_kick_ends_a_stay);
	tcase_add_test(c, a_ban_keeps_out_until_it_is_taken_back);
	tcase_add_test(c, the_case_of_a_name_saves_nobody);
	tcase_add_test(c, a_ban_ends_with_its_time);
	tcase_add_test(c, who_is_muted_may_only_read);
	tcase_add_test(c, a_mute_ends_with_its_time);
	tcase_add_test(c, a_deleted_message_is_gone_for_those_who_come_later);
	tcase_add_test(c, a_subject_is_told_and_stays);
	tcase_add_test(c, a_ban_wins_over_a_join_at_the_same_time);
	tcase_add_test(c, times_that_are_not_given_are_the_configs);
	tcase_add_test(c, times_and_reasons_have_bounds);
}
