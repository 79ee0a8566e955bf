/* SPDX-License-Identifier: MIT
 *
 * fuzz_http.c - the answer of a back end: what it says does not depend on
 * where the network has cut it, and no answer is beyond its bounds.
 *
 * The first two bytes choose the bound of the body and the cuts; what follows
 * is played whole and in pieces, each in an allocation of exactly its size,
 * and then the connection ends.
 */
#include "config.h"

#include <string.h>

#include "http.h"
#include "fuzz.h"

enum { INPUT_MAX = 1 << 16 };

/* `cut` 0: whole, else in pieces of 1 to cut bytes. */
static enum http_result
play(struct http_answer *a, const uint8_t *p, size_t n, size_t cut)
{
	enum http_result result = HTTP_MORE;
	size_t at = 0;

	while (at < n && result == HTTP_MORE) {
		size_t step = cut ? 1 + (at * 7 + p[at]) % cut : n;
		char *exact;

		if (step > n - at)
			step = n - at;
		exact = malloc(step);
		DEMAND(exact);
		memcpy(exact, p + at, step);
		result = http_take(a, exact, step);
		free(exact);
		at += step;
	}
	return result == HTTP_MORE ? http_end(a) : result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct http_answer whole, pieces;
	enum http_result result;
	size_t max_body;

	if (n < 2 || n > INPUT_MAX)
		return 0;
	max_body = (size_t)p[0] * 4;
	http_init(&whole, max_body);
	http_init(&pieces, max_body);
	result = play(&whole, p + 2, n - 2, 0);
	DEMAND(play(&pieces, p + 2, n - 2, 1 + p[1] % 64) == result);
	DEMAND(whole.len <= max_body && pieces.len <= max_body);
	if (result == HTTP_DONE) {
		DEMAND(whole.status >= 200 && whole.status <= 599);
		DEMAND(pieces.status == whole.status);
		DEMAND(pieces.len == whole.len);
		DEMAND(whole.len == 0 ||
		       memcmp(pieces.body, whole.body, whole.len) == 0);
	}
	http_fini(&whole);
	http_fini(&pieces);
	return 0;
}
