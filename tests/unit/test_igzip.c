/* SPDX-License-Identifier: MIT
 *
 * test_igzip.c - igzip and inflate at the edges of memory. What libraries do
 * in assembly no sanitizer sees: so what they read and write ends where a page
 * does that nobody may touch.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "net/igzip.h"
#include "net/inflate.h"
#include "../dice.h"
#include "../suite.h"

enum { MOST = 6000, TURNS = 3000 };

static uint32_t state;

static unsigned
roll(unsigned n)
{
	return dice(&state, n);
}

/* The end of so many bytes, behind which is nothing. */
static uint8_t *
edge(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (n + page - 1) / page * page;
	uint8_t *p = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	ck_assert_int_eq(mprotect(p + room, page, PROT_NONE), 0);
	return p + room;
}

/* n bytes with some that were there before, of more or fewer values. */
static void
fill(uint8_t *p, size_t n)
{
	unsigned values = roll(2) ? 256 : 2 + roll(100);

	for (size_t i = 0; i < n;) {
		size_t back = i > 0 && roll(2) ? 1 + roll((unsigned)i) : 0;

		for (unsigned more = 1 + roll(40); more > 0 && i < n; more--) {
			p[i] = back ? p[i - back] : (uint8_t)roll(values);
			i++;
		}
	}
}

START_TEST(what_is_packed_comes_back_and_nothing_else_is_touched)
{
	uint8_t *in = edge(MOST), *out = edge(MOST + IGZIP_TAIL);
	uint8_t *packed = edge(MOST + INFLATE_END), *back = edge(MOST);
	struct libdeflate_decompressor *d = inflate_new();
	struct igzip *g = igzip_new();
	int done = 0;

	state = dice_seed(1);
	ck_assert(g && d);
	for (int turn = 0; turn < TURNS; turn++) {
		size_t n = 1 + roll(roll(3) ? 600 : MOST), size, len;
		uint8_t *to = out - n - IGZIP_TAIL, *from;

		fill(in - n, n);
		size = igzip_pack(
		    g, 1 + roll(IGZIP_LEVELS), 9 + roll(7), in - n, n, to);
		if (size == 0)
			continue;
		ck_assert_uint_lt(size, n + IGZIP_TAIL);
		ck_assert_mem_eq(
		    to + size - IGZIP_TAIL, inflate_end, IGZIP_TAIL);
		size += INFLATE_END - IGZIP_TAIL;
		from = packed - size;
		memcpy(from, to, size - (INFLATE_END - IGZIP_TAIL));
		memcpy(packed - INFLATE_END, inflate_end, INFLATE_END);
		ck_assert_int_eq(
		    inflate_once(d, from, size, back - n, n, &len), 0);
		ck_assert_uint_eq(len, n);
		ck_assert_mem_eq(back - n, in - n, n);
		ck_assert_int_eq(
		    inflate_once(d, from, size, back - n + 1, n - 1, &len),
		    -ENOSPC);
		from[roll((unsigned)size)] ^= (uint8_t)(1 << roll(8));
		(void)!inflate_once(d, from, size, back - n, n, &len);
		done++;
	}
	ck_assert_int_gt(done, TURNS / 4);
	inflate_free(&d);
	igzip_free(&g);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("igzip");
	TCase *c = suite_case(s, "edges");

	tcase_add_test(
	    c, what_is_packed_comes_back_and_nothing_else_is_touched);
	return suite_run(s);
}
