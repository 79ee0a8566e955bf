/* SPDX-License-Identifier: MIT
 *
 * fuzz_deflate.c - compressed messages of anybody's making, and offers.
 *
 * The first byte chooses. What can be unpacked is within its bound, and what
 * is packed is what it was when it is unpacked again, with and without a
 * memory of what came before; without one it may be refused, as no smaller.
 * Both libraries that unpack agree. An answer to an offer is a header, too, and
 * whoever offers it back gets the same answer.
 */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "net/deflate.h"
#include "wire/extension.h"
#include "fuzz.h"

enum { PIECES = 3 };

static void
offer(const uint8_t *p, size_t n, uint8_t flags)
{
	const struct deflate_policy policy = { .on = true,
		.takeover = flags & 2,
		.bits = (uint8_t)(9 + flags / 8 % 7) };
	char header[512], answer[EXTENSION_ANSWER_MAX],
	    again[EXTENSION_ANSWER_MAX];
	struct deflate_terms terms;

	if (n >= sizeof header)
		n = sizeof header - 1;
	memcpy(header, p, n);
	header[n] = '\0';
	if (!extension_valid(header))
		return;
	extension_agree(header, &policy, &terms);
	extension_answer(&terms, answer);
	DEMAND(terms.on == (answer[0] != '\0'));
	if (!terms.on)
		return;
	DEMAND(terms.server_bits >= 9 && terms.server_bits <= policy.bits);
	DEMAND(terms.client_bits >= 8 && terms.client_bits <= 15);
	DEMAND(policy.takeover || !terms.server_takeover);
	DEMAND(extension_valid(answer));
	extension_agree(answer, &policy, &terms);
	extension_answer(&terms, again);
	DEMAND(strcmp(answer, again) == 0);
}

/* Who remembers has zlib do it, who does not libdeflate: no difference, but
 * that what is damaged and too large is called one or the other. */
static void
unpack(struct deflates *all, struct deflate *d, const uint8_t *p, size_t n,
    uint64_t max)
{
	struct deflate_terms remembers = { .on = true,
		.client_takeover = true,
		.client_bits = 15,
		.server_bits = 15 };
	struct deflate *other = deflate_new(&remembers, 1);
	uint8_t *copy = malloc(n + 1), *first;
	struct deflate_bytes out;
	size_t len;
	int rc;

	DEMAND(copy && other);
	memcpy(copy, p, n);
	rc = deflate_unpack(all, d, copy, n, max, &out);
	DEMAND(rc == 0 || rc == -EMSGSIZE || rc == -EBADMSG);
	DEMAND(rc != 0 || out.n <= max);
	len = rc == 0 ? out.n : 0;
	first = malloc(len + 1);
	DEMAND(first);
	memcpy(first, out.p, len);
	DEMAND(
	    (deflate_unpack(all, other, copy, n, max, &out) == 0) == (rc == 0));
	DEMAND(rc != 0 || (out.n == len && memcmp(first, out.p, len) == 0));
	deflate_free(&other);
	free(first);
	free(copy);
}

static void
round_trip(struct deflates *all, struct deflate *d, bool keeps,
    const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < PIECES; i++) {
		size_t from = n * i / PIECES, to = n * (i + 1) / PIECES;
		struct deflate_bytes packed, out;
		int rc = deflate_pack(all, d, p + from, to - from, &packed);
		uint8_t *copy;

		DEMAND(rc == 0 || (rc == -E2BIG && (from == to || !keeps)));
		if (rc != 0)
			continue;
		copy = malloc(packed.n + 1);
		DEMAND(copy);
		memcpy(copy, packed.p, packed.n);
		DEMAND(deflate_unpack(
			   all, d, copy, packed.n, to - from, &out) == 0);
		DEMAND(out.n == to - from);
		DEMAND(out.n == 0 || memcmp(out.p, p + from, out.n) == 0);
		free(copy);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct deflates all; /* as one worker has them */
	struct deflate_terms terms = { .on = true, .client_bits = 15 };
	struct deflate *d;

	if (n == 0)
		return 0;
	terms.server_takeover = terms.client_takeover = p[0] & 2;
	terms.server_bits = (uint8_t)(9 + p[0] / 8 % 7);
	d = deflate_new(&terms, 1 + p[0] % 9U);
	DEMAND(d);
	if (p[0] & 1)
		offer(p + 1, n - 1, p[0]);
	else if (p[0] & 4)
		round_trip(&all, d, terms.server_takeover, p + 1, n - 1);
	else
		unpack(&all, d, p + 1, n - 1, 1U << p[0] / 8 % 20);
	deflate_free(&d);
	deflates_rest(&all);
	return 0;
}
