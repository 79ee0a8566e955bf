/* SPDX-License-Identifier: MIT
 *
 * suite.h - the same frame for every end-to-end suite: one process, so that
 * a suite's tests can share a daemon, and one exit status. Each wait has its
 * own bound (daemon.h), so there is no time limit over them.
 */
#ifndef CLEAT_TESTS_SUITE_H
#define CLEAT_TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>

static inline TCase *
suite_case(Suite *s, const char *name)
{
	TCase *c = tcase_create(name);

	suite_add_tcase(s, c);
	return c;
}

static inline int
suite_run(Suite *s)
{
	SRunner *runner = srunner_create(s);

	srunner_set_fork_status(runner, CK_NOFORK);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
