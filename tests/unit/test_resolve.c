/* SPDX-License-Identifier: MIT
 *
 * test_resolve.c - nothing outside the root, by either way of resolving.
 *
 * Each test runs twice: with openat2() and walking.
 */
#include "config.h"

#include <sys/stat.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "http/resolve.h"
#include "../suite.h"

static char dir[] = "/tmp/cleat-resolve-XXXXXX";
static struct root root;

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

/* dir/secret stands outside dir/www, the root. */
static void
set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	put("secret", "secret");
	ck_assert_int_eq(mkdir("www", 0755), 0);
	ck_assert_int_eq(mkdir("www/sub", 0755), 0);
	put("www/a", "a");
	put("www/sub/b", "b");
	ck_assert_int_eq(symlink("../secret", "www/out"), 0);
	ck_assert_int_eq(symlink("a", "www/in"), 0);
	ck_assert_int_eq(symlink("..", "www/up"), 0);
	ck_assert_int_eq(symlink("sub", "www/down"), 0);
	ck_assert_int_eq(mkfifo("www/fifo", 0644), 0);
	ck_assert_int_eq(root_open(&root, "www"), 0);
}

static void
tear_down(void)
{
	char command[64];

	root_close(&root);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static int
find(const char *path, int walks)
{
	struct stat st;

	root.walks = walks;
	return root_find(&root, path, &st);
}

START_TEST(what_is_not_below_the_root_is_not_found)
{
	static const char *const paths[] = { "/../secret", "/sub/../../secret",
		"/out", "/up/secret", "/up/www/a", "/in", "/down/b", "/none",
		"/a/b", "/a/", "//a", "/sub//b", "/..", "/sub/..",
		"/../../../etc/passwd" };

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		int fd = find(paths[i], _i);

		ck_assert_msg(fd == -ENOENT, "%s: %d", paths[i], fd);
	}
}
END_TEST

START_TEST(a_fifo_neither_blocks_nor_is_served)
{
	ck_assert_int_eq(find("/fifo", _i), -EACCES);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_not_found)
{
	char path[600] = "/";

	for (size_t i = 1; i < sizeof path - 3; i++)
		path[i] = 'x';
	ck_assert_int_eq(find(path, _i), -ENOENT);
	path[400] = '/';
	ck_assert_int_eq(find(path, _i), -ENOENT);
}
END_TEST

START_TEST(files_and_folders_are_found)
{
	static const char *const paths[] = { "/a", "/sub/b", "/sub", "/sub/",
		"/" };

	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		int fd = find(paths[i], _i);

		ck_assert_msg(fd >= 0, "%s: %d", paths[i], fd);
		close(fd);
	}
}
END_TEST

static void *
swap(void *stop)
{
	while (!__atomic_load_n((int *)stop, __ATOMIC_RELAXED)) {
		rename("www/sub", "www/aside");
		(void)!symlink("..", "www/sub");
		unlink("www/sub");
		rename("www/aside", "www/sub");
	}
	return NULL;
}

/* Somebody exchanges a folder for a link to the outside, again and again. */
START_TEST(a_race_does_not_lead_outside)
{
	pthread_t thread;
	int stop = 0;

	put("b", "outside");
	ck_assert_int_eq(pthread_create(&thread, NULL, swap, &stop), 0);
	for (int i = 0; i < 20000; i++) {
		char c = 0;
		int fd = find("/sub/b", _i);

		if (fd < 0)
			continue;
		ck_assert_int_eq(read(fd, &c, 1), 1);
		ck_assert_int_eq(c, 'b');
		close(fd);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("resolve");
	TCase *tc = suite_case(suite, "resolve");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, what_is_not_below_the_root_is_not_found, 0, 2);
	tcase_add_loop_test(tc, a_fifo_neither_blocks_nor_is_served, 0, 2);
	tcase_add_loop_test(tc, a_name_that_is_too_long_is_not_found, 0, 2);
	tcase_add_loop_test(tc, files_and_folders_are_found, 0, 2);
	tcase_add_loop_test(tc, a_race_does_not_lead_outside, 0, 2);
	return suite_run_forked(suite);
}
