/* SPDX-License-Identifier: MIT
 *
 * chat_talk.c - chat-hub: what is said, to a room or to one.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "chat.h"
#include "suite.h"

/* All tests share it. Who has been shut leaves a moment later, so each has
 * rooms and names of its own. */
static struct daemon d;

static void
start(void)
{
	chat_start(&d, CHAT_CONFIG "open = true; max_text = 100;", "", "");
}

static void
stop(void)
{
	daemon_end(&d);
}

/* --- say ------------------------------------------------------------------ */

START_TEST(all_in_the_room_hear_it_and_an_id_is_acknowledged)
{
	struct chat a, b;
	json_int_t epoch, seq;

	chat_open(&d, &a, "ada");
	chat_open(&d, &b, NULL);
	chat_join(&a, "say");
	epoch = chat_int(&a, "epoch");
	chat_join(&b, "say");
	chat_hear(&a, "{'type':'presence'}");
	chat_say(&a, "{'type':'say','id':'s1','room':'say','text':'h\\ni'}");
	chat_hear(&b,
	    "{'type':'message','room':'say','user':'ada','nick':'ada',"
	    "'id':'s1','text':'h\\ni'}");
	ck_assert(chat_int(&b, "time") > INT64_C(1600000000000));
	ck_assert(chat_int(&b, "epoch") == epoch);
	seq = chat_int(&b, "seq");
	chat_hear(&a, "{'type':'message','text':'h\\ni'}");
	chat_hear(&a, "{'type':'ack','id':'s1','room':'say','duplicate':null}");
	ck_assert(chat_int(&a, "epoch") == epoch && chat_int(&a, "seq") == seq);
	/* Without an id there is no acknowledgement. */
	chat_say(&b, "{'type':'say','room':'say','text':'hello'}");
	chat_hear(&b, "{'type':'message','user':'%s','id':null}", b.user);
	ck_assert(chat_int(&b, "seq") == seq + 1);
	chat_say(&b, "{'type':'ping'}");
	chat_hear(&b, "{'type':'pong'}");
	chat_shut(&a);
	chat_shut(&b);
}
END_TEST

START_TEST(the_same_said_twice_is_published_once)
{
	struct chat a, b, guest;
	json_int_t seq;

	chat_open(&d, &a, "ada");
	chat_join(&a, "garden");
	chat_text(&a, "garden", "one");
	seq = chat_int(&a, "seq");
	chat_say(&a, "{'type':'say','id':'one','room':'garden','text':'one'}");
	chat_hear(&a, "{'type':'ack','id':'one','duplicate':true}");
	ck_assert(chat_int(&a, "seq") == seq);
	/* On another connection, too. */
	chat_open(&d, &b, "ada");
	chat_join(&b, "garden");
	chat_say(&b, "{'type':'say','id':'one','room':'garden','text':'one'}");
	chat_hear(&b, "{'type':'ack','id':'one','duplicate':true}");
	chat_shut(&b);
	/* Another text, or another user, is another message. */
	chat_say(&a, "{'type':'say','id':'one','room':'garden','text':'two'}");
	chat_hear(&a, "{'type':'message','text':'two'}");
	chat_hear(&a, "{'type':'ack','id':'one','duplicate':null}");
	chat_open(&d, &guest, NULL);
	chat_join(&guest, "garden");
	chat_text(&guest, "garden", "one");
	chat_shut(&guest);
	do
		chat_hear(&a, "{}");
	while (strcmp(chat_str(&a, "type"), "presence") != 0 ||
	       strcmp(chat_str(&a, "event"), "leave") != 0);
	/* A guest has another name when it comes again. */
	chat_open(&d, &guest, NULL);
	chat_join(&guest, "garden");
	chat_say(
	    &guest, "{'type':'say','id':'one','room':'garden','text':'one'}");
	chat_hear(&guest, "{'type':'ack','id':'one','duplicate':true}");
	chat_shut(&guest);
	chat_shut(&a);
}
END_TEST

START_TEST(a_text_has_a_length)
{
	char text[128];
	struct chat a;

	chat_open(&d, &a, NULL);
	chat_join(&a, "length");
	chat_refused(&a, "bad_request", "{'type':'say','room':'length'}");
	ck_assert_str_eq(chat_str(&a, "field"), "text");
	chat_refused(
	    &a, "bad_request", "{'type':'say','room':'length','text':''}");
	chat_refused(
	    &a, "bad_request", "{'type':'say','room':'length','text':[]}");
	memset(text, 't', 101);
	text[101] = '\0';
	chat_refused(
	    &a, "too_long", "{'type':'say','room':'length','text':'%s'}", text);
	chat_refused(
	    &a, "too_long", "{'type':'private','to':'x','text':'%s'}", text);
	text[100] = '\0';
	chat_say(&a, "{'type':'say','room':'length','text':'%s'}", text);
	chat_hear(&a, "{'type':'message','text':'%s'}", text);
	chat_shut(&a);
}
END_TEST

/* --- typing --------------------------------------------------------------- */

START_TEST(typing_is_told_to_others_not_too_often_and_not_kept)
{
	struct chat a, b;

	chat_open(&d, &a, "ada");
	chat_open(&d, &b, NULL);
	chat_join(&b, "typing");
	chat_join(&a, "typing");
	chat_hear(&b, "{'type':'presence'}");
	chat_say(&a, "{'type':'typing','id':'t','room':'typing'}");
	chat_say(&a, "{'type':'typing','id':'t','room':'typing'}");
	chat_text(&a, "typing", "typed");
	chat_hear(
	    &b, "{'type':'typing','room':'typing','user':'ada','seq':null}");
	chat_hear(&b, "{'type':'message','text':'typed'}");
	chat_shut(&a);
	chat_shut(&b);
}
END_TEST

/* --- private -------------------------------------------------------------- */

START_TEST(private_is_for_all_connections_of_one_person)
{
	struct chat a, b, second, other;

	chat_open(&d, &a, NULL);
	chat_open(&d, &b, "Bea");
	chat_open(&d, &second, "Bea");
	chat_open(&d, &other, "bert");
	chat_say(&a, "{'type':'nick','nick':'Abe'}");
	chat_hear(&a, "{'type':'nick'}");
	chat_say(&a, "{'type':'private','id':'p','to':'bea','text':'psst'}");
	chat_hear(&a, "{'type':'ack','id':'p','to':'bea'}");
	chat_hear(&b,
	    "{'type':'private','user':'%s','nick':'Abe','to':'bea',"
	    "'text':'psst','seq':null}",
	    a.user);
	ck_assert(chat_int(&b, "time") > INT64_C(1600000000000));
	chat_hear(&second, "{'type':'private','text':'psst'}");
	/* The guest by its nick, and by its first one. */
	chat_until(
	    &b, "{'type':'private','to':'ABE','text':'1'}", "{'type':'ack'}");
	chat_hear(&a, "{'type':'private','user':'Bea','text':'1'}");
	chat_say(&b, "{'type':'private','to':'%s','text':'2'}", a.user);
	chat_hear(&b, "{'type':'ack','id':null}");
	chat_hear(&a, "{'type':'private','text':'2'}");
	chat_say(&other, "{'type':'ping'}");
	chat_hear(&other, "{'type':'pong'}");
	chat_shut(&a);
	chat_shut(&b);
	chat_shut(&second);
	chat_shut(&other);
}
END_TEST

START_TEST(private_needs_somebody_who_is_here)
{
	struct chat a;

	chat_open(&d, &a, NULL);
	chat_refused(
	    &a, "no_such_user", "{'type':'private','to':'nemo','text':'x'}");
	chat_refused(&a, "bad_request", "{'type':'private','text':'x'}");
	ck_assert_str_eq(chat_str(&a, "field"), "to");
	chat_refused(&a, "bad_request", "{'type':'private','to':'nemo'}");
	ck_assert_str_eq(chat_str(&a, "field"), "text");
	chat_shut(&a);
}
END_TEST

START_TEST(what_is_said_is_counted)
{
	struct daemon other;
	struct chat a;

	chat_start(&other, CHAT_CONFIG, "", "");
	chat_open(&other, &a, "ada");
	chat_join(&a, "lobby");
	chat_text(&a, "lobby", "x");
	chat_say(&a, "{'type':'say','id':'x','room':'lobby','text':'x'}");
	chat_hear(&a, "{'type':'ack'}");
	chat_say(&a, "{'type':'private','to':'ada','text':'x'}");
	chat_hear(&a, "{'type':'ack','to':'ada'}");
	chat_hear(&a, "{'type':'private'}");
	chat_refused(&a, "unknown_type", "{'type':'x'}");
	chat_await(&other, "cleat_handler_messages", 1);
	chat_await(&other, "cleat_handler_duplicates", 1);
	chat_await(&other, "cleat_handler_private", 1);
	chat_await(&other, "cleat_handler_refused", 1);
	chat_shut(&a);
	daemon_end(&other);
}
END_TEST

void
chat_talk_cases(Suite *s)
{
	TCase *c = suite_case(s, "talk");

	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_test(c, all_in_the_room_hear_it_and_an_id_is_acknowledged);
	tcase_add_test(c, the_same_said_twice_is_published_once);
	tcase_add_test(c, a_text_has_a_length);
	tcase_add_test(c, typing_is_told_to_others_not_too_often_and_not_kept);
	tcase_add_test(c, private_is_for_all_connections_of_one_person);
	tcase_add_test(c, private_needs_somebody_who_is_here);
	tcase_add_test(c, what_is_said_is_counted);
}
