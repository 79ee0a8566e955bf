/* SPDX-License-Identifier: MIT
 *
 * test_crowd.c - a crowd that joins, leaves, publishes, closes and is lost at
 * random, on two workers at once, and each of them sees every topic without a
 * gap and nothing twice.
 *
 * Every message is stored and carries its seq and epoch. The steps come from
 * a seed, what the workers do meanwhile does not.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forum.h"
#include "dice.h"
#include "suite.h"

enum { CROWD = 10, TOPICS = 3, STEPS = 1500, SEEDS = 2 };

struct seen {
	bool joined;   /* has been told so, and has not left */
	bool asked;    /* has subscribed, and waits */
	bool resuming; /* behind the last seq of this epoch */
	unsigned long long epoch, next;
};

static struct person {
	struct raw raw;
	struct seen seen[TOPICS];
} crowd[CROWD];

static uint32_t state;

static void
heard_subscribed(struct seen *s, const char *text)
{
	unsigned long long epoch, seq;
	unsigned missed;
	int complete;

	ck_assert_int_eq(sscanf(text,
			     "subscribed %*s status=0 epoch=%llu seq=%llu "
			     "missed=%u complete=%d",
			     &epoch, &seq, &missed, &complete),
	    4);
	ck_assert(s->asked && !s->joined);
	if (s->resuming && complete) {
		ck_assert_uint_eq(epoch, s->epoch);
		ck_assert_uint_eq(seq - missed + 1, s->next);
	}
	*s = (struct seen){
		.joined = true, .epoch = epoch, .next = seq - missed + 1
	};
}

static void
heard_message(struct person *p, const char *text)
{
	unsigned topic;
	unsigned long long seq, epoch;

	ck_assert_int_eq(sscanf(text, "%u %llu %llu", &topic, &seq, &epoch), 3);
	ck_assert_msg(p->seen[topic].joined, "not subscribed: %s", text);
	ck_assert_uint_eq(epoch, p->seen[topic].epoch);
	ck_assert_uint_eq(seq, p->seen[topic].next);
	p->seen[topic].next++;
}

/* One more line; is it the one that begins with `what`? */
static bool
listen_for(struct person *p, const char *what)
{
	const char *text = forum_hear(&p->raw, "");

	if (strncmp(text, "subscribed ", 11) == 0)
		heard_subscribed(&p->seen[strtoul(text + 12, NULL, 10)], text);
	else if (*text >= '0' && *text <= '9')
		heard_message(p, text);
	return strncmp(text, what, strlen(what)) == 0;
}

static void
ask(struct person *p, const char *command, const char *answer)
{
	raw_text(&p->raw, command);
	while (!listen_for(p, answer))
		continue;
}

/* --- steps --------------------------------------------------------------- */

static void
join(struct person *p, unsigned topic)
{
	struct seen *s = &p->seen[topic];
	char command[128], since[64] = "";

	if (s->joined || s->asked)
		return;
	s->resuming = s->next > 0 && dice(&state, 2) == 0;
	if (s->resuming)
		snprintf(since, sizeof since, "epoch=%llu seq=%llu ", s->epoch,
		    s->next - 1);
	s->asked = true;
	snprintf(command, sizeof command, "subscribe %smember=m%d t%u", since,
	    (int)(p - crowd), topic);
	ask(p, command, "subscribe=0");
}

static void
leave(struct person *p, unsigned topic)
{
	struct seen *s = &p->seen[topic];
	char command[128];

	if (!s->joined)
		return;
	snprintf(command, sizeof command, "unsubscribe t%u", topic);
	ask(p, command, "unsubscribe=0");
	s->joined = s->asked = false;
}

/* Several at once: their workers meet in the store. */
static void
publish(void)
{
	char command[128];
	struct person *who[4];

	for (int i = 0; i < 4; i++) {
		unsigned topic = dice(&state, TOPICS);

		who[i] = &crowd[dice(&state, CROWD)];
		snprintf(command, sizeof command,
		    "publish store stamp=2 stamp_epoch=23 t%u %u @ @", topic,
		    topic);
		raw_text(&who[i]->raw, command);
	}
	for (int i = 0; i < 4; i++)
		while (!listen_for(who[i], "publish=0"))
			continue;
}

static void
come_back(struct person *p)
{
	if (dice(&state, 2) == 0)
		forum_reset(&p->raw);
	else
		raw_shut(&p->raw);
	for (unsigned t = 0; t < TOPICS; t++)
		p->seen[t].joined = p->seen[t].asked = false;
	raw_ws(&p->raw, forum.d.port, "/t");
}

static void
step(void)
{
	struct person *p = &crowd[dice(&state, CROWD)];
	unsigned what = dice(&state, 10), topic = dice(&state, TOPICS);

	if (what < 3)
		join(p, topic);
	else if (what < 4)
		leave(p, topic);
	else if (what < 9)
		publish();
	else
		come_back(p);
}

/* --- the end ------------------------------------------------------------- */

/* The seq of one more message in a topic. */
static unsigned long long
last_words(unsigned topic)
{
	char command[128];

	snprintf(command, sizeof command,
	    "publish from store stamp=2 stamp_epoch=23 t%u %u @ @", topic,
	    topic);
	visit_ask(&forum.a, command, "publish=0");
	return strtoull(
	    strstr(forum_hear(&forum.a, "status=0"), "seq=") + 4, NULL, 10);
}

/* Everybody hears the last message of each topic that he is in, and the
 * members are those who do. */
static void
come_to_an_end(void)
{
	unsigned long long seq;
	unsigned members;

	for (unsigned t = 0; t < TOPICS; t++) {
		char command[32], expected[64];

		members = 0;
		seq = last_words(t);
		for (int i = 0; i < CROWD; i++) {
			struct seen *s = &crowd[i].seen[t];

			while (s->asked || (s->joined && s->next <= seq))
				listen_for(&crowd[i], "");
			members += s->joined;
		}
		snprintf(command, sizeof command, "members t%u", t);
		snprintf(expected, sizeof expected, "members=%u", members);
		raw_text(&forum.a, command);
		forum_hear(&forum.a, expected);
	}
}

START_TEST(a_crowd_sees_no_gap_and_nothing_twice)
{
	forum_start_with("", "history_messages = 12;");
	state = dice_seed(1) + (uint32_t)_i;
	memset(crowd, 0, sizeof crowd);
	for (int i = 0; i < CROWD; i++)
		raw_ws(&crowd[i].raw, forum.d.port, "/t");
	for (int i = 0; i < STEPS; i++)
		step();
	come_to_an_end();
	for (int i = 0; i < CROWD; i++)
		raw_shut(&crowd[i].raw);
	daemon_await(&forum.d, "cleat_topic_subscriptions", 0);
	daemon_await(&forum.d, "cleat_topic_members", 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("crowd");
	TCase *tc = suite_case(s, "a crowd");

	tcase_add_checked_fixture(tc, forum_prepare, forum_stop);
	tcase_add_loop_test(
	    tc, a_crowd_sees_no_gap_and_nothing_twice, 0, SEEDS);
	return suite_run(s);
}
