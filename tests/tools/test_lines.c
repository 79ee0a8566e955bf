/* SPDX-License-Identifier: MIT
 *
 * test_lines.c - standard input by lines, from a thread of its own.
 */
#include "config.h"

#include <check.h>
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"
#include "lines.h"
#include "../suite.h"

enum { MAX = 8, ROOM = 3 };

struct fixture {
	struct lines *lines;
	int in; /* the writing end */
	int out;
	sem_t woken;
};

static void
wake(void *arg)
{
	struct fixture *f = arg;

	must(sem_post(&f->woken) == 0);
}

static void
start(struct fixture *f)
{
	struct lines_options o = {
		.max_bytes = MAX, .room = ROOM, .wake = wake, .arg = f
	};
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	f->in = fd[1];
	f->out = o.fd = fd[0];
	sem_init(&f->woken, 0, 0);
	ck_assert_int_eq(lines_new(&f->lines, &o), 0);
}

static void
stop(struct fixture *f)
{
	lines_free(&f->lines);
	ck_assert_ptr_null(f->lines);
	close(f->out);
	sem_destroy(&f->woken);
}

static void
put(struct fixture *f, const char *text)
{
	ck_assert_int_eq(
	    write(f->in, text, strlen(text)), (ssize_t)strlen(text));
}

static enum lines_got
next(struct fixture *f, struct line *line, int *error)
{
	enum lines_got got;

	while ((got = lines_take(f->lines, line, error)) == LINES_NONE)
		while (sem_wait(&f->woken) < 0)
			ck_assert_int_eq(errno, EINTR);
	return got;
}

static void
expect(struct fixture *f, const char *text)
{
	struct line line;
	int error;

	ck_assert_int_eq(next(f, &line, &error), LINES_LINE);
	ck_assert_uint_eq(line.len, strlen(text));
	ck_assert_mem_eq(line.buffer + ROOM, text, line.len);
	free(line.buffer);
}

START_TEST(a_line_that_is_too_long_ends_it)
{
	struct fixture f;
	struct line line;
	int error = 0;

	start(&f);
	put(&f, "12345678\n123456789\nlost\n");
	expect(&f, "12345678");
	ck_assert_int_eq(next(&f, &line, &error), LINES_FAILED);
	ck_assert_int_eq(error, -EMSGSIZE);
	close(f.in);
	stop(&f);
}
END_TEST

START_TEST(the_last_line_needs_no_end)
{
	struct fixture f;
	struct line line;
	int error = 0;

	start(&f);
	put(&f, "one\n\ntw");
	put(&f, "o");
	close(f.in);
	expect(&f, "one");
	expect(&f, "");
	expect(&f, "two");
	ck_assert_int_eq(next(&f, &line, &error), LINES_END);
	ck_assert_int_eq(next(&f, &line, &error), LINES_END);
	stop(&f);
}
END_TEST

START_TEST(no_input_is_no_line)
{
	struct fixture f;
	struct line line;
	int error = 0;

	start(&f);
	close(f.in);
	ck_assert_int_eq(next(&f, &line, &error), LINES_END);
	stop(&f);
}
END_TEST

START_TEST(the_reader_can_be_stopped_while_it_waits_for_input)
{
	struct fixture f;

	start(&f);
	put(&f, "half");
	stop(&f);
	close(f.in);
}
END_TEST

START_TEST(the_reader_can_be_stopped_while_it_waits_for_room)
{
	struct fixture f;

	start(&f);
	for (int i = 0; i < 4 * LINES_QUEUED; i++)
		put(&f, "x\n");
	for (int i = 0; i < LINES_QUEUED; i++) /* the queue is full */
		while (sem_wait(&f.woken) < 0)
			ck_assert_int_eq(errno, EINTR);
	stop(&f);
	close(f.in);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lines");
	TCase *tc = suite_case(suite, "lines");

	tcase_add_test(tc, a_line_that_is_too_long_ends_it);
	tcase_add_test(tc, the_last_line_needs_no_end);
	tcase_add_test(tc, no_input_is_no_line);
	tcase_add_test(tc, the_reader_can_be_stopped_while_it_waits_for_input);
	tcase_add_test(tc, the_reader_can_be_stopped_while_it_waits_for_room);
	return suite_run_forked(suite);
}
