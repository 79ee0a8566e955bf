/* SPDX-License-Identifier: MIT
 *
 * test_log.c - what a line looks like, how often it is told, and that none
 * is lost on its way through the ring.
 *
 * Lines are read back from a file that log_stop() has completed, so nothing
 * here waits.
 */
#include "config.h"

#include <sys/stat.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_line.h"
#include "base/log_limit.h"
#include "../suite.h"

#define WHEN UINT64_C(1795222923004) /* 2026-11-21T01:02:03.004Z */

/* --- one line ---------------------------------------------------------- */

static const char *
line_of(enum log_format format, const struct log_record *r)
{
	static char line[LOG_LINE_MAX + 1];

	line[log_line(line, format, r)] = '\0';
	return line;
}

static const char *
field_line(enum log_format format, struct log_field f)
{
	return line_of(format, &(struct log_record){ .level = LOG_LEVEL_INFO,
				   .wall_ms = WHEN,
				   .event = "e",
				   .fields = &f,
				   .nfields = 1 });
}

#define HEAD "2026-11-21T01:02:03.004Z info e"
#define JSON_HEAD                                                    \
	"{\"time\":\"2026-11-21T01:02:03.004Z\",\"level\":\"info\"," \
	"\"event\":\"e\""

static const struct {
	const char *value;
	size_t len;
	const char *text;
	const char *json;
} values[] = {
	{ "bye", 3, "bye", "\"bye\"" },
	{ "", 0, "\"\"", "\"\"" },
	{ "good bye", 8, "\"good bye\"", "\"good bye\"" },
	{ "a=b", 3, "\"a=b\"", "\"a=b\"" },
	{ "a\"b", 3, "\"a\\\"b\"", "\"a\\\"b\"" },
	{ "a\\b", 3, "\"a\\\\b\"", "\"a\\\\b\"" },
	{ "a\nb", 3, "\"a\\x0ab\"", "\"a\\nb\"" },
	{ "a\0b", 3, "\"a\\x00b\"", "\"a\\u0000b\"" },
	{ "\x1b[2J", 4, "\"\\x1b[2J\"", "\"\\u001b[2J\"" },
	{ "\x7f", 1, "\\x7f", "\"\\u007f\"" },
	{ "h\xc3\xa9", 3, "h\xc3\xa9", "\"h\xc3\xa9\"" },
	{ "\xf0\x9f\x98\x80", 4, "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
	{ "\xc3", 1, "\\xc3", "\"\\\\xc3\"" },
	{ "\xc2\x9b", 2, "\\xc2\\x9b", "\"\\\\xc2\\\\x9b\"" },
	{ "\xc0\xaf", 2, "\\xc0\\xaf", "\"\\\\xc0\\\\xaf\"" },
	{ "\xe0\x80\x80", 3, "\\xe0\\x80\\x80", "\"\\\\xe0\\\\x80\\\\x80\"" },
	{ "\xed\xa0\x80", 3, "\\xed\\xa0\\x80", "\"\\\\xed\\\\xa0\\\\x80\"" },
	{ "\xf4\x90\x80\x80", 4, "\\xf4\\x90\\x80\\x80",
	    "\"\\\\xf4\\\\x90\\\\x80\\\\x80\"" },
	{ "\xe2\x80\xa8", 3, "\\xe2\\x80\\xa8", "\"\\\\xe2\\\\x80\\\\xa8\"" },
};

START_TEST(hostile_bytes_are_harmless_in_a_value)
{
	struct log_field f = LOG_BYTES("k", values[_i].value, values[_i].len);
	char want[256];

	snprintf(want, sizeof(want), HEAD " k=%s\n", values[_i].text);
	ck_assert_str_eq(field_line(LOG_FORMAT_TEXT, f), want);
	snprintf(want, sizeof(want), JSON_HEAD ",\"k\":%s}\n", values[_i].json);
	ck_assert_str_eq(field_line(LOG_FORMAT_JSON, f), want);
}
END_TEST

START_TEST(numbers_are_not_quoted)
{
	ck_assert_str_eq(
	    field_line(LOG_FORMAT_TEXT, LOG_NUM("n", -5)), HEAD " n=-5\n");
	ck_assert_str_eq(field_line(LOG_FORMAT_JSON, LOG_NUM("n", INT64_MAX)),
	    JSON_HEAD ",\"n\":9223372036854775807}\n");
}
END_TEST

START_TEST(a_field_without_text_is_left_out)
{
	ck_assert_str_eq(
	    field_line(LOG_FORMAT_TEXT, LOG_STR("k", NULL)), HEAD "\n");
	ck_assert_str_eq(field_line(LOG_FORMAT_JSON, (struct log_field){ 0 }),
	    JSON_HEAD "}\n");
}
END_TEST

START_TEST(a_field_without_a_key_is_left_out)
{
	ck_assert_str_eq(
	    field_line(LOG_FORMAT_TEXT, LOG_STR(NULL, "x")), HEAD "\n");
}
END_TEST

START_TEST(prose_cannot_forge_a_line)
{
	struct log_record r = { .level = LOG_LEVEL_ERROR,
		.wall_ms = WHEN,
		.prose = "no \"x\"\n2026 info fine" };

	ck_assert_str_eq(line_of(LOG_FORMAT_TEXT, &r),
	    "2026-11-21T01:02:03.004Z error no \"x\"\\x0a2026 info fine\n");
	ck_assert_str_eq(line_of(LOG_FORMAT_JSON, &r),
	    "{\"time\":\"2026-11-21T01:02:03.004Z\",\"level\":\"error\","
	    "\"msg\":\"no \\\"x\\\"\\n2026 info fine\"}\n");
}
END_TEST

START_TEST(the_longest_value_stays_one_object)
{
	static char ones[LOG_VALUE_MAX + 1];
	const char *line;
	size_t n;

	memset(ones, 1, sizeof(ones));
	line = field_line(LOG_FORMAT_JSON, LOG_BYTES("k", ones, sizeof(ones)));
	n = strlen(line);
	ck_assert_uint_lt(n, LOG_LINE_MAX);
	ck_assert_str_eq(line + n - 6, "...\"}\n");
}
END_TEST

START_TEST(fields_past_the_longest_line_are_left_out_whole)
{
	static char xs[LOG_VALUE_MAX];
	struct log_field fields[8];
	const char *line;
	size_t n;

	memset(xs, 'x', sizeof(xs));
	for (size_t i = 0; i < 8; i++)
		fields[i] = LOG_BYTES("k", xs, sizeof(xs));
	line = line_of(
	    LOG_FORMAT_JSON, &(struct log_record){ .level = LOG_LEVEL_INFO,
				 .event = "e",
				 .fields = fields,
				 .nfields = 8 });
	n = strlen(line);
	ck_assert_uint_gt(n, 4 * LOG_VALUE_MAX);
	ck_assert_str_eq(line + n - 4, "x\"}\n");
}
END_TEST

/* --- how often --------------------------------------------------------- */

START_TEST(a_flood_of_one_event_leaves_others_alone)
{
	struct log_limit l = { 0 };
	struct log_limit_entry e;

	for (int i = 0; i < LOG_LIMIT_PER_SECOND; i++)
		ck_assert(log_limit_pass(&l, "a", 1000));
	ck_assert(!log_limit_pass(&l, "a", 1999));
	ck_assert(log_limit_pass(&l, "b", 1999));
	ck_assert(!log_limit_report(&l, 1999, false, &e));
	ck_assert(log_limit_report(&l, 2000, false, &e));
	ck_assert_str_eq(e.event, "a");
	ck_assert_uint_eq(e.suppressed, 1);
	ck_assert(!log_limit_report(&l, 2000, false, &e));
	ck_assert(log_limit_pass(&l, "a", 2000));
}
END_TEST

START_TEST(more_events_than_the_table_holds_give_way)
{
	struct log_limit l = { 0 };
	char name[32];

	for (int i = 0; i < 3 * LOG_LIMIT_EVENTS; i++) {
		snprintf(name, sizeof(name), "event%d", i);
		ck_assert(log_limit_pass(&l, name, (uint64_t)i));
	}
	ck_assert_uint_eq(l.used, LOG_LIMIT_EVENTS);
}
END_TEST

/* --- through the ring -------------------------------------------------- */

static char path[64];

static void
start(enum log_format format)
{
	int fd;

	snprintf(path, sizeof(path), "test_log.%d.XXXXXX", (int)getpid());
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(log_start(&(struct log_options){
			     .level = LOG_LEVEL_INFO,
			     .format = format,
			     .file = path,
			 }),
	    0);
}

/* How many lines of the file contain `what`. */
static int
count(const char *what)
{
	char line[LOG_LINE_MAX + 1];
	int n = 0;
	FILE *f = fopen(path, "r");

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, what) != NULL;
	fclose(f);
	return n;
}

static void
remove_file(void)
{
	unlink(path);
}

static uint64_t
standing_clock(void)
{
	return UINT64_C(1000000000);
}

START_TEST(a_file_that_cannot_be_opened_is_an_error)
{
	ck_assert_int_eq(
	    log_start(&(struct log_options){ .file = "/nowhere/at/all" }),
	    -ENOENT);
	ck_assert_int_eq(
	    log_start(&(struct log_options){ .file = "/" }), -EISDIR);
	snprintf(path, sizeof(path), "test_log.%d.fifo", (int)getpid());
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(
	    log_start(&(struct log_options){ .file = path }), -ENXIO);
}
END_TEST

START_TEST(lines_below_the_level_are_not_written)
{
	start(LOG_FORMAT_TEXT);
	ck_assert(!log_wants(LOG_LEVEL_DEBUG));
	log_debug("quiet");
	log_adjust(LOG_LEVEL_DEBUG, LOG_FORMAT_TEXT);
	log_debug("loud");
	log_stop();
	ck_assert_int_eq(count("quiet"), 0);
	ck_assert_int_eq(count(" debug loud\n"), 1);
}
END_TEST

START_TEST(a_flood_of_warnings_is_counted)
{
	clock_replace(standing_clock);
	start(LOG_FORMAT_JSON);
	for (int i = 0; i < 1000; i++)
		LOG_EVENT(LOG_LEVEL_WARN, "refused", LOG_NUM("i", i));
	log_stop();
	clock_replace(NULL);
	ck_assert_int_eq(count("\"event\":\"refused\""), 20);
	ck_assert_int_eq(count("\"event\":\"suppressed\","
			       "\"lines\":980,\"of\":\"refused\""),
	    1);
}
END_TEST

static void *
tell_lines(void *arg)
{
	for (int i = 0; i < 500; i++)
		LOG_EVENT(LOG_LEVEL_INFO, "told",
		    LOG_STR("by", (const char *)arg), LOG_NUM("i", i));
	return NULL;
}

START_TEST(lines_of_many_threads_arrive_whole)
{
	static char names[4][2] = { "a", "b", "c", "d" };
	pthread_t threads[4];

	start(LOG_FORMAT_TEXT);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, tell_lines, names[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	log_stop();
	ck_assert_int_eq(count(" info told by="), 2000);
	ck_assert_uint_eq(log_dropped(), 0);
}
END_TEST

START_TEST(reopening_goes_on_in_a_new_file)
{
	char moved[sizeof(path) + 4];

	start(LOG_FORMAT_TEXT);
	log_info("before");
	snprintf(moved, sizeof(moved), "%s.old", path);
	ck_assert_int_eq(rename(path, moved), 0);
	ck_assert_int_eq(log_reopen(), 0);
	log_info("after");
	log_stop();
	ck_assert_int_eq(count("after"), 1);
	unlink(moved);
}
END_TEST

static void *
read_until_dropped(void *fd)
{
	char line[LOG_LINE_MAX + 1];
	FILE *f = fdopen(*(int *)fd, "r");

	while (fgets(line, sizeof(line), f))
		if (strstr(line, " warn dropped lines="))
			break;
	fclose(f);
	return NULL;
}

START_TEST(a_slow_disk_stalls_nobody_and_what_is_lost_is_told)
{
	pthread_t reader;
	int fd;

	snprintf(path, sizeof(path), "test_log.%d.fifo", (int)getpid());
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(log_start(&(struct log_options){
			     .level = LOG_LEVEL_INFO, .file = path }),
	    0);
	while (log_dropped() == 0)
		log_info("%0700d", 1);
	ck_assert_int_eq(
	    pthread_create(&reader, NULL, read_until_dropped, &fd), 0);
	pthread_join(reader, NULL);
	log_stop();
}
END_TEST

START_TEST(a_stop_does_not_wait_for_a_reader_who_has_fallen_asleep)
{
	int before = dup(STDERR_FILENO), ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_ge(dup2(ends[1], STDERR_FILENO), 0);
	ck_assert_int_eq(
	    log_start(&(struct log_options){ .level = LOG_LEVEL_INFO }), 0);
	while (log_dropped() == 0)
		log_info("%0700d", 1);
	log_stop();
	dup2(before, STDERR_FILENO);
	close(before);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(a_full_disk_loses_lines_and_counts_them)
{
	uint64_t before = log_dropped();

	ck_assert_int_eq(log_start(&(struct log_options){
			     .level = LOG_LEVEL_INFO, .file = "/dev/full" }),
	    0);
	for (int i = 0; i < 100; i++)
		log_info("line %d", i);
	log_stop();
	ck_assert_uint_ge(log_dropped() - before, 100);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log");
	TCase *tc = suite_case(suite, "log");

	tcase_add_checked_fixture(tc, NULL, remove_file);
	tcase_add_loop_test(tc, hostile_bytes_are_harmless_in_a_value, 0,
	    (int)(sizeof(values) / sizeof(values[0])));
	tcase_add_test(tc, numbers_are_not_quoted);
	tcase_add_test(tc, a_field_without_text_is_left_out);
	tcase_add_test(tc, a_field_without_a_key_is_left_out);
	tcase_add_test(tc, prose_cannot_forge_a_line);
	tcase_add_test(tc, the_longest_value_stays_one_object);
	tcase_add_test(tc, fields_past_the_longest_line_are_left_out_whole);
	tcase_add_test(tc, a_flood_of_one_event_leaves_others_alone);
	tcase_add_test(tc, more_events_than_the_table_holds_give_way);
	tcase_add_test(tc, a_file_that_cannot_be_opened_is_an_error);
	tcase_add_test(tc, lines_below_the_level_are_not_written);
	tcase_add_test(tc, a_flood_of_warnings_is_counted);
	tcase_add_test(tc, lines_of_many_threads_arrive_whole);
	tcase_add_test(tc, reopening_goes_on_in_a_new_file);
	tcase_add_test(tc, a_slow_disk_stalls_nobody_and_what_is_lost_is_told);
	tcase_add_test(
	    tc, a_stop_does_not_wait_for_a_reader_who_has_fallen_asleep);
	tcase_add_test(tc, a_full_disk_loses_lines_and_counts_them);
	return suite_run_forked(suite);
}
