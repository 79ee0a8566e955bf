/* SPDX-License-Identifier: MIT
 *
 * suite.h - the same frame for every test program: its cases, and one exit
 * status. CK_VERBOSITY, CK_RUN_CASE and the like are obeyed.
 */
#ifndef CLEAT_TESTS_SUITE_H
#define CLEAT_TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Time enough for a busy machine and a sanitizer: it only ends what hangs. */
enum { SUITE_SECONDS = 120 };

static inline TCase *
suite_case(Suite *s, const char *name)
{
	TCase *c = tcase_create(name);

	tcase_set_timeout(c, SUITE_SECONDS);
	suite_add_tcase(s, c);
	return c;
}

static inline int
suite_run_as(Suite *s, enum fork_status forks)
{
	SRunner *runner = srunner_create(s);

	srunner_set_fork_status(runner, forks);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* A process for each test, so that none spoils another (unless CK_FORK=no
 * says otherwise, for a debugger), and a limit of time for each. */
static inline int
suite_run_forked(Suite *s)
{
	return suite_run_as(s, CK_FORK_GETENV);
}

/* One process, so that the tests of a suite can share a daemon. Each wait has
 * its own bound, so there is no time limit over them. */
static inline int
suite_run(Suite *s)
{
	return suite_run_as(s, CK_NOFORK);
}

#endif
