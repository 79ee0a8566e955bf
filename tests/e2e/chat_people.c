/* SPDX-License-Identifier: MIT
 *
 * chat_people.c - chat-hub: who somebody is, and nicks.
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
	chat_start(&d,
	    CHAT_CONFIG "reserved = [ \"Boss\" ]; greeting = \"Be kind.\";"
			"user_header = \"X-Remote-User\";"
			"role_header = \"X-Role\";",
	    "", "");
}

static void
stop(void)
{
	daemon_end(&d);
}

/* What hello says of a user with these header lines. */
static void
announced(
    const char *query, const char *headers, const char *user, const char *role)
{
	struct chat c;

	ck_assert_int_eq(chat_knock(&d, &c, query, headers), 101);
	chat_hear(&c,
	    "{'type':'hello','user':'%s','nick':'%s','role':'%s',"
	    "'rooms':['lobby','garden'],'open':false,'greeting':'Be kind.',"
	    "'limits':{'text':2048,'rooms':20,'who':100,'nick':32,'name':63,"
	    "'subject':250,'reason':120,'history':1000,'id':64,"
	    "'typing_ms':1000,'rate':100000.0,'burst':100000}}",
	    user, *user == '*' ? "*" : user, role);
	if (*user == '*') {
		ck_assert_int_eq(strncmp(chat_str(&c, "user"), "guest-", 6), 0);
		ck_assert_str_eq(chat_str(&c, "nick"), chat_str(&c, "user"));
	}
	chat_shut(&c);
}

START_TEST(hello_says_who_one_is_and_what_may_be)
{
	announced("", NULL, "*", "guest");
	announced("?user=ben", NULL, "ben", "user");
	announced("?user=ann", NULL, "ann", "mod");
	announced("?user=ann", "X-Remote-User: zoe\r\n", "zoe", "user");
	announced(
	    "", "X-Remote-User: zoe\r\nX-Role: user, mod\r\n", "zoe", "mod");
	announced(
	    "", "X-Remote-User: zoe\r\nX-Role: moderate\r\n", "zoe", "user");
	announced("", "X-Remote-User: z@e.org\r\n", "z@e.org", "user");
	/* Without a user there is no role. */
	announced("", "X-Role: mod\r\n", "*", "guest");
}
END_TEST

START_TEST(a_name_that_cannot_be_a_users_is_refused)
{
	char name[128] = "?user=";
	struct chat c;

	memset(name + 6, 'x', 64);
	ck_assert_int_eq(chat_knock(&d, &c, name, NULL), 403);
	chat_shut(&c);
	name[6 + 63] = '\0';
	ck_assert_int_eq(chat_knock(&d, &c, name, NULL), 101);
	chat_shut(&c);
	ck_assert_int_eq(chat_knock(&d, &c, "?user=Guest-1", NULL), 403);
	chat_shut(&c);
	ck_assert_int_eq(chat_knock(&d, &c, "?user=a%0ab", NULL), 403);
	chat_shut(&c);
	ck_assert_int_eq(chat_knock(&d, &c, "?user=a%ffb", NULL), 403);
	chat_shut(&c);
}
END_TEST

/* --- nicks --------------------------------------------------------------------- */

START_TEST(a_guest_takes_a_nick_and_the_rooms_hear_it)
{
	struct chat a, b;

	chat_open(&d, &a, NULL);
	chat_open(&d, &b, "ben");
	chat_join(&b, "lobby");
	chat_join(&a, "lobby");
	chat_hear(&b, "{'type':'presence','event':'join','user':'%s'}", a.user);
	chat_say(&a, "{'type':'nick','id':'n','nick':'Lea'}");
	chat_hear(&a, "{'type':'nick','id':'n','nick':'Lea'}");
	chat_hear(&b,
	    "{'type':'renamed','room':'lobby','user':'%s','nick':'Lea'}",
	    a.user);
	chat_hear(&a, "{'type':'renamed','nick':'Lea'}");
	chat_say(&b, "{'type':'who','room':'lobby'}");
	chat_hear(&b,
	    "{'type':'who','count':2,'members':[{'user':'ben','nick':'ben'},"
	    "{'user':'%s','nick':'Lea'}]}",
	    a.user);
	chat_say(&a, "{'type':'say','room':'lobby','text':'x'}");
	chat_hear(&b, "{'type':'message','user':'%s','nick':'Lea'}", a.user);
	chat_shut(&a);
	/* The one at the time of joining. */
	chat_hear(
	    &b, "{'type':'presence','event':'leave','nick':'%s'}", a.user);
	chat_shut(&b);
}
END_TEST

START_TEST(a_nick_is_one_persons_and_free_when_they_go)
{
	struct chat a, b;

	chat_open(&d, &a, NULL);
	chat_open(&d, &b, NULL);
	chat_say(&a, "{'type':'nick','nick':'Mia'}");
	chat_hear(&a, "{'type':'nick','nick':'Mia'}");
	chat_refused(&b, "nick_taken", "{'type':'nick','nick':'mIA'}");
	chat_refused(
	    &b, "reserved_nick", "{'type':'nick','nick':'%s'}", a.user);
	/* The case of one's own is free. */
	chat_say(&a, "{'type':'nick','nick':'MIA'}");
	chat_hear(&a, "{'type':'nick','nick':'MIA'}");
	/* Another one frees it, */
	chat_say(&a, "{'type':'nick','nick':'Yan'}");
	chat_hear(&a, "{'type':'nick','nick':'Yan'}");
	chat_say(&b, "{'type':'nick','nick':'mia'}");
	chat_hear(&b, "{'type':'nick','nick':'mia'}");
	/* and the first one again, */
	chat_say(&b, "{'type':'nick','nick':'%s'}", b.user);
	chat_hear(&b, "{'type':'nick','nick':'%s'}", b.user);
	chat_say(&a, "{'type':'nick','nick':'mia'}");
	chat_hear(&a, "{'type':'nick','nick':'mia'}");
	/* and the end of the connection. */
	chat_shut(&a);
	chat_until(
	    &b, "{'type':'nick','nick':'mia'}", "{'type':'nick','nick':'mia'}");
	chat_shut(&b);
}
END_TEST

START_TEST(what_cannot_be_a_nick_is_refused)
{
	char nick[64];
	struct chat a, b;

	chat_open(&d, &a, NULL);
	chat_refused(&a, "bad_request", "{'type':'nick'}");
	ck_assert_str_eq(chat_str(&a, "field"), "nick");
	chat_refused(&a, "bad_nick", "{'type':'nick','nick':''}");
	chat_refused(&a, "bad_nick", "{'type':'nick','nick':'a b'}");
	chat_refused(&a, "bad_nick", "{'type':'nick','nick':'\u00e4'}");
	memset(nick, 'x', 33);
	nick[33] = '\0';
	chat_refused(&a, "bad_nick", "{'type':'nick','nick':'%s'}", nick);
	nick[32] = '\0';
	chat_say(&a, "{'type':'nick','nick':'%s'}", nick);
	chat_hear(&a, "{'type':'nick','nick':'%s'}", nick);
	for (int i = 0; i < 4; i++)
		chat_refused(&a, "reserved_nick", "{'type':'nick','nick':'%s'}",
		    (const char *[]){
			"Admin", "moderator", "SERVER", "system" }[i]);
	chat_refused(&a, "reserved_nick", "{'type':'nick','nick':'boss'}");
	chat_refused(&a, "reserved_nick", "{'type':'nick','nick':'Ann'}");
	chat_refused(&a, "reserved_nick", "{'type':'nick','nick':'GUEST-1'}");
	chat_open(&d, &b, "gil");
	chat_refused(&a, "nick_taken", "{'type':'nick','nick':'Gil'}");
	chat_refused(&b, "forbidden", "{'type':'nick','nick':'Gilly'}");
	chat_shut(&a);
	chat_shut(&b);
}
END_TEST

START_TEST(the_authenticated_user_takes_the_name_from_a_guest)
{
	struct chat a, b;

	chat_open(&d, &a, NULL);
	chat_join(&a, "garden");
	chat_say(&a, "{'type':'nick','nick':'CARL'}");
	chat_hear(&a, "{'type':'nick','nick':'CARL'}");
	chat_hear(&a, "{'type':'renamed','nick':'CARL'}");
	chat_open(&d, &b, "carl");
	chat_hear(&a, "{'type':'nick','id':null,'nick':'%s'}", a.user);
	chat_hear(&a, "{'type':'renamed','nick':'%s'}", a.user);
	chat_join(&b, "garden");
	chat_hear(&a, "{'type':'presence','user':'carl','nick':'carl'}");
	/* The guest still hears what is private, and may have another nick. */
	chat_until(&b, "{'type':'ping'}", "{'type':'pong'}");
	chat_say(&b, "{'type':'private','to':'%s','text':'sorry'}", a.user);
	chat_hear(&b, "{'type':'ack','to':'%s'}", a.user);
	chat_hear(&a, "{'type':'private','user':'carl','text':'sorry'}");
	chat_say(&a, "{'type':'nick','nick':'Carlo'}");
	chat_hear(&a, "{'type':'nick','nick':'Carlo'}");
	chat_shut(&a);
	chat_shut(&b);
}
END_TEST

/* Else guests that insist would keep a user out of the chat. */
START_TEST(no_other_guest_gets_the_name_before_the_user)
{
	struct chat a, b, c;

	chat_open(&d, &a, NULL);
	chat_open(&d, &b, NULL);
	chat_say(&a, "{'type':'nick','nick':'Dora'}");
	chat_hear(&a, "{'type':'nick','nick':'Dora'}");
	ck_assert_int_eq(chat_knock(&d, &c, "?user=dora", NULL), 101);
	chat_hear(&a, "{'type':'nick','id':null,'nick':'%s'}", a.user);
	chat_say(&b, "{'type':'ping'}"); /* its worker knows, too */
	chat_hear(&b, "{'type':'pong'}");
	chat_refused(&b, "nick_taken", "{'type':'nick','nick':'DORA'}");
	chat_hear(&c, "{'type':'hello','user':'dora'}");
	chat_shut(&c);
	chat_until(&b, "{'type':'nick','nick':'Dora'}", "{'type':'nick'}");
	chat_shut(&a);
	chat_shut(&b);
}
END_TEST

START_TEST(another_authenticated_user_of_that_name_stays_out)
{
	struct chat a, b;

	chat_open(&d, &a, "dora");
	ck_assert_int_eq(chat_knock(&d, &b, "?user=Dora", NULL), 101);
	raw_expect_close(&b.raw, 1008, "this name is taken");
	chat_shut(&b);
	/* The same one may come twice. */
	chat_open(&d, &b, "dora");
	chat_shut(&a);
	chat_shut(&b);
}
END_TEST

START_TEST(guests_are_let_in_only_where_they_may_be)
{
	struct chat c;
	struct daemon other;

	chat_start(&other, "rooms = [ \"a\" ]; guests = false;", "", "");
	ck_assert_int_eq(chat_knock(&other, &c, "", NULL), 401);
	chat_shut(&c);
	/* Neither the query nor a header is believed without being told so. */
	ck_assert_int_eq(
	    chat_knock(&other, &c, "?user=ann", "X-Remote-User: ann\r\n"), 401);
	chat_shut(&c);
	daemon_end(&other);
}
END_TEST

START_TEST(roles_of_the_config_stand_above_those_of_the_header)
{
	struct chat c;
	struct daemon other;

	chat_start(&other,
	    "rooms = [ \"a\" ]; trust_query = true; role_header = \"X-Role\";"
	    "roles = ( { user = \"ben\"; role = \"user\"; } );",
	    "", "");
	ck_assert_int_eq(
	    chat_knock(&other, &c, "?user=ben", "X-Role: mod\r\n"), 101);
	chat_hear(&c, "{'type':'hello','role':'user'}");
	chat_shut(&c);
	daemon_await(&other, "cleat_registry_keys", 0);
	/* A name in another case is another user. */
	ck_assert_int_eq(
	    chat_knock(&other, &c, "?user=Ben", "X-Role: mod\r\n"), 101);
	chat_hear(&c, "{'type':'hello','role':'mod'}");
	chat_shut(&c);
	daemon_end(&other);
}
END_TEST

START_TEST(nothing_is_left_of_who_has_gone)
{
	struct chat c;
	struct daemon other;

	chat_start(&other, CHAT_CONFIG, "", "");
	chat_open(&other, &c, NULL);
	chat_join(&c, "lobby");
	chat_say(&c, "{'type':'nick','nick':'Zoe'}");
	chat_hear(&c, "{'type':'nick'}");
	chat_shut(&c);
	daemon_await(&other, "cleat_registry_keys", 0);
	daemon_await(&other, "cleat_topics", 0);
	daemon_end(&other);
}
END_TEST

void
chat_people_cases(Suite *s)
{
	TCase *c = suite_case(s, "people");

	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_test(c, hello_says_who_one_is_and_what_may_be);
	tcase_add_test(c, a_name_that_cannot_be_a_users_is_refused);
	tcase_add_test(c, a_guest_takes_a_nick_and_the_rooms_hear_it);
	tcase_add_test(c, a_nick_is_one_persons_and_free_when_they_go);
	tcase_add_test(c, what_cannot_be_a_nick_is_refused);
	tcase_add_test(c, the_authenticated_user_takes_the_name_from_a_guest);
	tcase_add_test(c, no_other_guest_gets_the_name_before_the_user);
	tcase_add_test(c, another_authenticated_user_of_that_name_stays_out);
	tcase_add_test(c, nothing_is_left_of_who_has_gone);
	tcase_add_test(c, roles_of_the_config_stand_above_those_of_the_header);
	tcase_add_test(c, guests_are_let_in_only_where_they_may_be);
}
