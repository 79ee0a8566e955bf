/* SPDX-License-Identifier: MIT
 *
 * chat_resume.c - chat-hub: history, and coming back.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "chat.h"
#include "suite.h"

static struct daemon d;

static void
start(void)
{
	chat_start(
	    &d, CHAT_CONFIG "open = true;", "history_messages = 10;", "");
}

static void
stop(void)
{
	daemon_end(&d);
}

/* n messages with the texts "from", "from" + 1 ... */
static void
talk(struct chat *c, const char *room, int from, int n)
{
	char id[16];

	for (int i = from; i < from + n; i++) {
		snprintf(id, sizeof(id), "%d", i);
		chat_text(c, room, id);
	}
}

static void
hear_talk(struct chat *c, int from, int n)
{
	for (int i = from; i < from + n; i++)
		chat_hear(c, "{'type':'message','text':'%d'}", i);
}

START_TEST(history_gives_the_newest)
{
	struct chat a, b;

	chat_open(&d, &a, "ada");
	chat_open(&d, &b, NULL);
	chat_join(&a, "h");
	talk(&a, "h", 1, 12);
	chat_refused(
	    &b, "bad_request", "{'type':'join','room':'h','history':0}");
	ck_assert_str_eq(chat_str(&b, "field"), "history");
	chat_refused(
	    &b, "bad_request", "{'type':'join','room':'h','history':1001}");
	chat_refused(
	    &b, "bad_request", "{'type':'join','room':'h','history':'3'}");
	chat_say(&b, "{'type':'join','room':'h','history':1}");
	chat_hear(&b, "{'type':'joined','missed':1,'seq':12,'complete':true}");
	hear_talk(&b, 12, 1);
	chat_say(&b, "{'type':'leave','room':'h'}");
	chat_hear(&b, "{'type':'left'}");
	chat_say(&b, "{'type':'join','room':'h','history':3}");
	chat_hear(&b, "{'type':'joined','missed':3,'seq':12,'complete':true}");
	hear_talk(&b, 10, 3);
	chat_say(&b, "{'type':'leave','room':'h'}");
	chat_hear(&b, "{'type':'left'}");
	chat_say(&b, "{'type':'join','room':'h','history':1000}");
	chat_hear(&b, "{'type':'joined','missed':10,'seq':12,'complete':true}");
	hear_talk(&b, 3, 10);
	chat_shut(&a);
	chat_shut(&b);
}
END_TEST

START_TEST(who_was_away_gets_all_once_and_in_order)
{
	struct chat a, b;
	json_int_t epoch, seq;

	chat_open(&d, &a, "ada");
	chat_open(&d, &b, NULL);
	chat_join(&a, "r");
	chat_join(&b, "r");
	chat_hear(&a, "{'type':'presence'}");
	talk(&a, "r", 1, 2);
	hear_talk(&b, 1, 2);
	epoch = chat_int(&b, "epoch");
	seq = chat_int(&b, "seq");
	chat_shut(&b);
	chat_hear(&a, "{'type':'presence','event':'leave'}");
	talk(&a, "r", 3, 10);
	chat_open(&d, &b, NULL);
	chat_say(&b,
	    "{'type':'join','room':'r','since':{'epoch':%lld,'seq':%lld}}",
	    (long long)epoch, (long long)seq);
	chat_hear(&b, "{'type':'joined','complete':true,'missed':10}");
	chat_hear(&a, "{'type':'presence'}");
	talk(&a, "r", 13, 2);
	hear_talk(&b, 3, 12);
	chat_shut(&a);
	chat_shut(&b);
}
END_TEST

/* Joins with `since`, and the rest of the request; takes `n` messages. */
static void
resume(struct chat *c, json_int_t epoch, int seq, const char *rest,
    const char *complete, int from, int n)
{
	chat_say(c,
	    "{'type':'join','room':'g','since':{'epoch':%lld,'seq':%d}%s}",
	    (long long)epoch, seq, rest);
	chat_hear(
	    c, "{'type':'joined','complete':%s,'missed':%d}", complete, n);
	hear_talk(c, from, n);
	chat_say(c, "{'type':'leave','room':'g'}");
	chat_hear(c, "{'type':'left'}");
}

START_TEST(what_is_lost_is_said_to_be)
{
	struct chat a, b;
	json_int_t epoch;

	chat_open(&d, &a, "ada");
	chat_open(&d, &b, NULL);
	chat_join(&a, "g");
	epoch = chat_int(&a, "epoch");
	talk(&a, "g", 1, 13);
	resume(&b, epoch, 3, "", "true", 4, 10);
	resume(&b, epoch, 2, "", "false", 4, 10);
	resume(&b, epoch, 13, "", "true", 0, 0);
	resume(&b, epoch, 14, "", "false", 4, 10);
	resume(&b, epoch, 9, ",'history':4", "true", 10, 4);
	resume(&b, epoch, 9, ",'history':3", "false", 11, 3);
	resume(&b, epoch + 1, 13, "", "false", 4, 10);
	chat_refused(&b, "bad_request", "{'type':'join','room':'g','since':1}");
	ck_assert_str_eq(chat_str(&b, "field"), "since");
	chat_refused(&b, "bad_request",
	    "{'type':'join','room':'g','since':{'epoch':1,'seq':-1}}");
	chat_refused(
	    &b, "bad_request", "{'type':'join','room':'g','since':{'seq':1}}");
	chat_shut(&a);
	chat_shut(&b);
}
END_TEST

/* More messages than the queue of a connection may hold. */
START_TEST(a_long_history_comes_whole)
{
	struct daemon other;
	struct chat a, b;

	chat_start(&other, CHAT_CONFIG,
	    "history_messages = 1000; history_bytes = \"1 MiB\";"
	    "queue_messages = 9;",
	    "");
	chat_open(&other, &a, "ada");
	chat_open(&other, &b, NULL);
	chat_join(&a, "lobby");
	talk(&a, "lobby", 1, 1000);
	chat_say(&b, "{'type':'join','room':'lobby','history':1000}");
	chat_hear(&b, "{'type':'joined','missed':1000}");
	hear_talk(&b, 1, 1000);
	chat_shut(&a);
	chat_shut(&b);
	daemon_end(&other);
}
END_TEST

/* More bytes than queue and socket take, and nobody reads meanwhile. */
START_TEST(a_history_larger_than_the_queue_comes_whole)
{
	enum { LINES = 250, LENGTH = 60000 };
	static char line[LENGTH + 1];
	struct daemon other;
	struct chat a, b;

	memset(line, 'x', LENGTH);
	chat_start(&other, CHAT_CONFIG "max_text = 60000;",
	    "history_messages = 1000; history_bytes = \"32 MiB\";", "");
	chat_open(&other, &a, "ada");
	chat_open(&other, &b, NULL);
	chat_join(&a, "lobby");
	for (int i = 1; i <= LINES; i++) {
		chat_say(&a, "{'type':'say','room':'lobby','text':'%s'}", line);
		chat_hear(&a, "{'type':'message','seq':%d}", i);
	}
	chat_say(&b, "{'type':'join','room':'lobby','history':1000}");
	/* It waits in the server, beyond queue_bytes. */
	while (daemon_metric(&other, "cleat_queue_bytes{route=\"/chat/*\"}") <
	       1 << 20)
		ck_assert(daemon_metric(&other,
			      "cleat_closes_total{route=\"/chat/*\","
			      "code=\"1013\"}") < 1);
	chat_hear(&b, "{'type':'joined','missed':%d}", LINES);
	for (int i = 1; i <= LINES; i++)
		chat_hear(&b, "{'type':'message','seq':%d}", i);
	chat_shut(&a);
	chat_shut(&b);
	daemon_end(&other);
}
END_TEST

/* Each room's history fits into the queue, all of them do not: a join waits
 * until what the one before has brought is read. */
START_TEST(many_rooms_are_joined_at_once)
{
	enum { ROOMS = 60, TEXTS = 4, LARGE = 60000 };
	struct daemon other;
	struct chat a, b;

	chat_start(&other,
	    CHAT_CONFIG "open = true; max_text = 65536; max_rooms = 60;", "",
	    "");
	chat_open(&other, &a, "ada");
	chat_open(&other, &b, "bob");
	for (int i = 0; i < ROOMS; i++) {
		chat_say(&a, "{'type':'join','room':'r%d'}", i);
		chat_hear(&a, "{'type':'joined'}");
		for (int k = 0; k < TEXTS; k++) {
			chat_say(&a,
			    "{'type':'say','room':'r%d','text':'%0*d'}", i,
			    LARGE, k);
			chat_hear(&a, "{'type':'message'}");
		}
	}
	for (int i = 0; i < ROOMS; i++)
		chat_say(&b, "{'type':'join','room':'r%d','history':9}", i);
	for (int i = 0; i < ROOMS; i++) {
		chat_hear(&b, "{'type':'joined','room':'r%d','missed':4}", i);
		for (int k = 0; k < TEXTS; k++)
			chat_hear(&b, "{'type':'message','room':'r%d'}", i);
	}
	chat_shut(&a);
	chat_shut(&b);
	daemon_end(&other);
}
END_TEST

START_TEST(a_restart_is_no_secret)
{
	struct daemon first;
	struct chat a;
	json_int_t epoch;

	chat_start(&first, CHAT_CONFIG, "", "");
	chat_open(&first, &a, "ada");
	chat_join(&a, "lobby");
	chat_text(&a, "lobby", "x");
	epoch = chat_int(&a, "epoch");
	chat_shut(&a);
	daemon_end(&first);

	chat_start(&first, CHAT_CONFIG, "", "");
	chat_open(&first, &a, "ada");
	chat_say(&a,
	    "{'type':'join','room':'lobby','since':{'epoch':%lld,'seq':1}}",
	    (long long)epoch);
	chat_hear(&a, "{'type':'joined','complete':false,'missed':0,'seq':0}");
	ck_assert(chat_int(&a, "epoch") != epoch);
	chat_shut(&a);
	daemon_end(&first);
}
END_TEST

void
chat_resume_cases(Suite *s)
{
	TCase *c = suite_case(s, "resume");

	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_test(c, history_gives_the_newest);
	tcase_add_test(c, who_was_away_gets_all_once_and_in_order);
	tcase_add_test(c, what_is_lost_is_said_to_be);
	tcase_add_test(c, a_long_history_comes_whole);
	tcase_add_test(c, a_history_larger_than_the_queue_comes_whole);
	tcase_add_test(c, many_rooms_are_joined_at_once);
	tcase_add_test(c, a_restart_is_no_secret);
}
