/* SPDX-License-Identifier: MIT
 *
 * test_payload.c - one frame for many threads.
 */
#include "config.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>

#include "net/payload.h"
#include "../suite.h"
#include "wire/frame.h"

enum { THREADS = 4, TIMES = 20000 };

START_TEST(a_payload_is_a_whole_frame)
{
	static const uint8_t data[70000] = { 1, 2, 3 };
	static const size_t sizes[] = { 0, 125, 126, 65535, 65536, 70000 };

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct payload *p = payload_new(WS_OP_BINARY, data, sizes[i]);
		struct frame f;

		ck_assert_ptr_nonnull(p);
		ck_assert_int_eq(
		    frame_parse(&f, p->frame, p->len, 0), (int)p->head);
		ck_assert(f.fin && f.opcode == WS_OP_BINARY);
		ck_assert_uint_eq(f.len, sizes[i]);
		ck_assert_uint_eq(p->len, p->head + sizes[i]);
		ck_assert_mem_eq(p->frame + p->head, data, sizes[i]);
		payload_unref(&p);
		ck_assert_ptr_null(p);
	}
}
END_TEST

static void *
use(void *arg)
{
	for (int i = 0; i < TIMES; i++) {
		struct payload *p = payload_ref(arg);

		ck_assert_uint_eq(p->frame[2], 'x');
		payload_unref(&p);
	}
	payload_unref((struct payload **)&arg);
	return NULL;
}

START_TEST(the_last_reference_frees_whichever_thread_holds_it)
{
	struct payload *p = payload_new(WS_OP_TEXT, "x", 1);
	pthread_t t[THREADS];

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(
		    pthread_create(&t[i], NULL, use, payload_ref(p)), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	ck_assert_uint_eq(p->refs, 1);
	payload_unref(&p);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("payload");
	TCase *tc = suite_case(s, "payload");

	tcase_add_test(tc, a_payload_is_a_whole_frame);
	tcase_add_test(tc, the_last_reference_frees_whichever_thread_holds_it);
	return suite_run_forked(s);
}
