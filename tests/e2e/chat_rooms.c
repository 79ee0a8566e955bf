/* SPDX-License-Identifier: MIT
 *
 * chat_rooms.c - chat-hub: rooms, presence, who; and what is no request.
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
	chat_start(&d, CHAT_CONFIG "open = true; who_max = 3; max_rooms = 3;",
	    "max_topics = 3;", "");
}

static void
stop(void)
{
	daemon_end(&d);
}

/* --- the envelope --------------------------------------------------------------- */

START_TEST(what_is_no_request_is_refused)
{
	char id[80];
	struct chat c;

	chat_open(&d, &c, NULL);
	chat_refused(&c, "bad_format", "hello");
	chat_refused(&c, "bad_format", "['type']");
	chat_say(&c, "{'id':'x'}");
	chat_error(&c, "bad_format", "x");
	chat_refused(&c, "bad_format", "{'type':1}");
	chat_refused(&c, "bad_format", "{'type':'ping','type':'ping'}");
	chat_refused(&c, "bad_format", "{'type':'ping','id':7}");
	chat_refused(&c, "bad_format", "{'type':'ping','id':''}");
	chat_refused(&c, "bad_format", "{'type':'ping','id':'a\\nb'}");
	chat_refused(&c, "bad_format", "{'type':'ping','x':'\\u0000'}");
	raw_frame(&c.raw, 0x82, "{}", 2);
	chat_error(&c, "bad_format", NULL);
	chat_refused(&c, "unknown_type", "{'type':'PING'}");
	chat_say(&c, "{'type':'shout','id':'7'}");
	chat_error(&c, "unknown_type", "7");
	memset(id, 'i', 65);
	id[65] = '\0';
	chat_refused(&c, "bad_format", "{'type':'ping','id':'%s'}", id);
	id[64] = '\0';
	chat_say(&c, "{'type':'ping','id':'%s'}", id);
	chat_hear(&c, "{'type':'pong','id':'%s'}", id);
	chat_say(&c, "{'type':'ping','extra':[1]}");
	chat_hear(&c, "{'type':'pong','id':null}");
	chat_shut(&c);
}
END_TEST

/* --- join, leave ----------------------------------------------------------------- */

START_TEST(who_is_there_hears_who_comes_and_goes)
{
	const struct linger reset = { 1, 0 };
	struct chat a, b, c;

	chat_open(&d, &a, "ada");
	chat_open(&d, &b, "bob");
	chat_open(&d, &c, "cid");
	chat_say(&a, "{'type':'join','id':'j','room':'lobby'}");
	chat_hear(&a,
	    "{'type':'joined','id':'j','room':'lobby','epoch':'*','seq':0,"
	    "'complete':true,'missed':0,'count':1,'subject':'',"
	    "'members':[{'user':'ada','nick':'ada'}]}");
	chat_say(&b, "{'type':'join','room':'lobby'}");
	chat_hear(&b,
	    "{'type':'joined','id':null,'count':2,'members':["
	    "{'user':'ada','nick':'ada'},{'user':'bob','nick':'bob'}]}");
	chat_hear(&a,
	    "{'type':'presence','room':'lobby','event':'join','user':'bob',"
	    "'nick':'bob'}");
	chat_join(&c, "lobby");
	chat_hear(&a, "{'type':'presence','event':'join','user':'cid'}");
	chat_hear(&b, "{'type':'presence','event':'join','user':'cid'}");
	chat_say(&b, "{'type':'leave','id':'l','room':'lobby'}");
	chat_hear(&b, "{'type':'left','id':'l','room':'lobby'}");
	chat_hear(&a, "{'type':'presence','event':'leave','user':'bob'}");
	/* Nothing of the room comes any more. */
	setsockopt(c.raw.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	chat_shut(&c);
	chat_hear(&a, "{'type':'presence','event':'leave','user':'cid'}");
	chat_say(&b, "{'type':'ping'}");
	chat_hear(&b, "{'type':'pong'}");
	chat_shut(&a);
	chat_shut(&b);
}
END_TEST

START_TEST(two_connections_of_a_user_are_one_person)
{
	struct chat a, first, second;

	chat_open(&d, &a, "ada");
	chat_join(&a, "two");
	chat_open(&d, &first, "eve");
	chat_open(&d, &second, "eve");
	chat_join(&first, "two");
	chat_hear(&a, "{'type':'presence','event':'join','user':'eve'}");
	chat_join(&second, "two");
	ck_assert_int_eq(chat_int(&second, "count"), 2);
	chat_shut(&first);
	chat_say(&second, "{'type':'say','room':'two','text':'still here'}");
	chat_hear(&a, "{'type':'message','user':'eve'}");
	chat_shut(&second);
	chat_hear(&a, "{'type':'presence','event':'leave','user':'eve'}");
	chat_shut(&a);
}
END_TEST

START_TEST(answers_come_in_the_order_of_the_requests)
{
	struct chat c;

	chat_open(&d, &c, NULL);
	chat_say(&c, "{'type':'join','id':'1','room':'o1'}");
	chat_say(&c, "{'type':'join','id':'2','room':'o2'}");
	chat_say(&c, "{'type':'nick','id':'3','nick':'Fay'}");
	chat_say(&c, "{'type':'who','id':'4','room':'o2'}");
	chat_say(&c, "{'type':'leave','id':'5','room':'o1'}");
	chat_hear(&c, "{'type':'joined','id':'1'}");
	chat_hear(&c, "{'type':'joined','id':'2'}");
	chat_hear(&c, "{'type':'nick','id':'3'}");
	do
		chat_hear(&c, "{}");
	while (strcmp(chat_str(&c, "type"), "renamed") == 0);
	ck_assert_str_eq(chat_str(&c, "id"), "4");
	chat_shut(&c);
}
END_TEST

START_TEST(rooms_have_names_and_one_is_in_them_or_not)
{
	char room[80];
	struct chat c;

	chat_open(&d, &c, NULL);
	chat_refused(&c, "bad_request", "{'type':'join'}");
	ck_assert_str_eq(chat_str(&c, "field"), "room");
	chat_refused(&c, "bad_request", "{'type':'join','room':''}");
	chat_refused(&c, "bad_request", "{'type':'join','room':'a/b'}");
	memset(room, 'r', 64);
	room[64] = '\0';
	chat_refused(&c, "bad_request", "{'type':'join','room':'%s'}", room);
	room[63] = '\0';
	chat_join(&c, room);
	chat_refused(&c, "already_joined", "{'type':'join','room':'%s'}", room);
	ck_assert_str_eq(chat_str(&c, "room"), room);
	chat_refused(&c, "not_joined", "{'type':'leave','room':'lobby'}");
	chat_refused(&c, "not_joined", "{'type':'who','room':'lobby'}");
	chat_refused(&c, "not_joined", "{'type':'typing','room':'lobby'}");
	chat_refused(
	    &c, "not_joined", "{'type':'say','room':'lobby','text':'x'}");
	chat_shut(&c);
}
END_TEST

START_TEST(rooms_that_are_not_offered_exist_only_where_open)
{
	struct daemon other;
	struct chat c;

	chat_start(&other, CHAT_CONFIG, "", "");
	chat_open(&other, &c, NULL);
	chat_refused(&c, "no_such_room", "{'type':'join','room':'Lobby'}");
	chat_join(&c, "lobby");
	chat_shut(&c);
	daemon_end(&other);
}
END_TEST

/* One topic of the host's max_topics is that of private messages. */
START_TEST(one_may_be_in_so_many_rooms)
{
	struct daemon other;
	struct chat c;

	chat_open(&d, &c, NULL);
	chat_join(&c, "r1");
	chat_join(&c, "r2");
	chat_refused(&c, "too_many_rooms", "{'type':'join','room':'r3'}");
	chat_say(&c, "{'type':'leave','room':'r1'}");
	chat_hear(&c, "{'type':'left'}");
	chat_join(&c, "r3");
	chat_shut(&c);

	chat_start(&other, CHAT_CONFIG "open = true; max_rooms = 2;", "", "");
	chat_open(&other, &c, NULL);
	chat_join(&c, "r1");
	chat_join(&c, "r2");
	chat_refused(&c, "too_many_rooms", "{'type':'join','room':'r3'}");
	chat_shut(&c);
	daemon_end(&other);
}
END_TEST

/* --- who --------------------------------------------------------------------------- */

START_TEST(above_who_max_there_is_only_the_count)
{
	struct chat a, b, c, e;

	chat_open(&d, &a, "ada");
	chat_open(&d, &b, "bob");
	chat_open(&d, &c, "cid");
	chat_open(&d, &e, "eve");
	chat_join(&a, "big");
	chat_join(&b, "big");
	chat_hear(&a, "{'type':'presence','user':'bob'}");
	chat_join(&c, "big");
	chat_hear(&a, "{'type':'presence','user':'cid'}");
	chat_say(&a, "{'type':'who','id':'w','room':'big'}");
	chat_hear(&a,
	    "{'type':'who','id':'w','room':'big','count':3,'members':["
	    "{'user':'ada'},{'user':'bob'},{'user':'cid'}]}");
	chat_say(&e, "{'type':'join','room':'big'}");
	chat_hear(&e, "{'type':'joined','count':4,'members':null}");
	chat_say(&a, "{'type':'who','room':'big'}");
	chat_hear(&a, "{'type':'who','count':4,'members':null}");
	/* Who came untold goes untold. */
	chat_say(&e, "{'type':'leave','room':'big'}");
	chat_hear(&e, "{'type':'left'}");
	chat_shut(&c);
	chat_hear(&a, "{'type':'presence','event':'leave','user':'cid'}");
	chat_shut(&a);
	chat_shut(&b);
	chat_shut(&e);
}
END_TEST

void
chat_rooms_cases(Suite *s)
{
	TCase *c = suite_case(s, "rooms");

	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_test(c, what_is_no_request_is_refused);
	tcase_add_test(c, who_is_there_hears_who_comes_and_goes);
	tcase_add_test(c, two_connections_of_a_user_are_one_person);
	tcase_add_test(c, answers_come_in_the_order_of_the_requests);
	tcase_add_test(c, rooms_have_names_and_one_is_in_them_or_not);
	tcase_add_test(c, rooms_that_are_not_offered_exist_only_where_open);
	tcase_add_test(c, one_may_be_in_so_many_rooms);
	tcase_add_test(c, above_who_max_there_is_only_the_count);
}
