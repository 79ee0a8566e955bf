/* SPDX-License-Identifier: MIT
 *
 * test_chat_crowd.c - five thousand people in one room of the chat: what one
 * of them says reaches all, one who does not listen costs nobody anything,
 * and no two guests are taken for one.
 *
 * It prints what a member costs the server; that is no test.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "chat.h"
#include "suite.h"

enum { CROWD = 5000, FILES = 2 * CROWD + 200, LINES = 200 };

static struct daemon d;
static struct chat crowd[CROWD];
static char line[16000];

static void
start(void)
{
	chat_start(&d, CHAT_CONFIG "max_text = 16000;", "", "");
}

static void
stop(void)
{
	daemon_end(&d);
}

/* Resident bytes of the daemon. */
static double
resident(void)
{
	char path[64];
	long pages = 0;

	snprintf(path, sizeof path, "/proc/%d/statm", (int)d.pid);
	FILE *f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%*d %ld", &pages), 1);
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* Those who came early have heard of those who came later. */
static void
hear_message(struct chat *c)
{
	do
		chat_hear(c, "{'type':'*'}");
	while (strcmp(chat_str(c, "type"), "message") != 0);
}

static void
come(size_t i)
{
	char user[32];

	snprintf(user, sizeof user, "u%zu", i);
	chat_open(&d, &crowd[i], user);
}

START_TEST(a_word_reaches_five_thousand)
{
	double bytes;

	for (size_t i = 0; i < CROWD; i++)
		come(i);
	bytes = resident();
	for (size_t i = 0; i < CROWD; i++)
		chat_join(&crowd[i], "lobby");
	printf("%d members: %.0f bytes each in the room\n", CROWD,
	    (resident() - bytes) / CROWD);
	chat_say(&crowd[0], "{'type':'who','room':'lobby','id':'w'}");
	do
		chat_hear(&crowd[0], "{'type':'*'}");
	while (strcmp(chat_str(&crowd[0], "type"), "who") != 0);
	ck_assert_int_eq(chat_int(&crowd[0], "count"), CROWD);
	chat_say(
	    &crowd[CROWD - 1], "{'type':'say','room':'lobby','text':'hello'}");
	for (size_t i = 0; i < CROWD; i++) {
		hear_message(&crowd[i]);
		ck_assert_str_eq(chat_str(&crowd[i], "text"), "hello");
		ck_assert_int_eq(chat_int(&crowd[i], "seq"), 1);
	}
}
END_TEST

/* The last one never reads again, until it is let go; the first hears all. */
START_TEST(one_who_does_not_listen_costs_nobody_anything)
{
	struct chat *deaf = &crowd[CROWD - 1], *friend = &crowd[0];
	double dropped = daemon_metric(&d, "cleat_closes_total{route=\"/chat/"
					   "*\",code=\"1013\"}");
	json_int_t seq = chat_int(friend, "seq");
	int n = 0;

	memset(line, 'x', sizeof line - 1);
	for (size_t i = 2; i < CROWD - 1; i++)
		chat_shut(&crowd[i]);
	while (daemon_metric(&d, "cleat_closes_total{route=\"/chat/"
				 "*\",code=\"1013\"}") <= dropped) {
		ck_assert_int_lt(++n, 100 * LINES);
		chat_say(&crowd[1], "{'type':'say','room':'lobby','text':'%s'}",
		    line);
		hear_message(friend);
		ck_assert_int_eq(chat_int(friend, "seq"), ++seq);
		hear_message(&crowd[1]);
		ck_assert_int_eq(chat_int(&crowd[1], "seq"), seq);
	}
	chat_shut(deaf);
	chat_shut(&crowd[1]);
	chat_shut(friend);
}
END_TEST

static int
by_name(const void *a, const void *b)
{
	const struct chat *x = a, *y = b;

	return strcmp(x->user, y->user);
}

/* Their numbers have six digits, and so chance gives some of them twice. */
START_TEST(of_five_thousand_guests_no_two_are_one)
{
	for (size_t i = 0; i < CROWD; i++)
		chat_open(&d, &crowd[i], NULL);
	qsort(crowd, CROWD, sizeof crowd[0], by_name);
	for (size_t i = 1; i < CROWD; i++)
		ck_assert_str_ne(crowd[i].user, crowd[i - 1].user);
	for (size_t i = 0; i < CROWD; i++)
		chat_shut(&crowd[i]);
}
END_TEST

int
main(void)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_max < FILES) {
		printf("SKIP: %d open files are needed\n", FILES);
		return 77;
	}

	Suite *s = suite_create("chat-hub");
	TCase *c = suite_case(s, "in a crowd");

	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_test(c, a_word_reaches_five_thousand);
	tcase_add_test(c, one_who_does_not_listen_costs_nobody_anything);
	tcase_add_test(c, of_five_thousand_guests_no_two_are_one);
	return suite_run(s);
}
