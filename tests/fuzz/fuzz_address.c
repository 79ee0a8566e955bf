/* SPDX-License-Identifier: MIT
 *
 * fuzz_address.c - addresses, ranges of them, and who a proxy says the client
 * is.
 *
 * The input is lines: a trusted range, an address, and the value of a header
 * that proxies add to, which is read in both of its forms. Whoever writes the
 * left end of it is not believed.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "http/forwarded.h"
#include "http/head.h"
#include "net/address.h"
#include "net/proxies.h"
#include "fuzz.h"

enum { INPUT_MAX = 1 << 12, LINES = 3 };

struct trust {
	enum config_forwarded header;
	struct proxies *proxies;
};

static bool
same(const struct address *a, const struct address *b)
{
	return a->bits == b->bits &&
	       memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* An address that was read is the same again, as text and for a socket. */
static void
judge_address(const struct address *a)
{
	struct sockaddr_storage s;
	char text[INET6_ADDRSTRLEN];
	struct address again;

	DEMAND(a->bits == 32 || a->bits == 128);
	address_write(a, 80, &s);
	DEMAND(address_len((struct sockaddr *)&s) > 0);
	address_read(&again, (struct sockaddr *)&s);
	DEMAND(same(a, &again));
	DEMAND(inet_ntop(s.ss_family, a->bytes, text, sizeof text));
	DEMAND(address_parse(&again, text, strlen(text)));
	DEMAND(same(a, &again));
}

/* Bit by bit, where address_in() counts bytes. */
static void
judge_range(const struct address *a, const struct address_range *r)
{
	bool in = a->bits == r->of.bits;

	DEMAND(r->prefix <= r->of.bits && address_in(&r->of, r));
	for (unsigned i = 0; in && i < r->prefix; i++)
		in = ((a->bytes[i / 8] ^ r->of.bytes[i / 8]) & 0x80 >> i % 8) ==
		     0;
	DEMAND(address_in(a, r) == in);
}

/* Who the client of a trusted peer is; false: the peer is not trusted. */
static bool
ask(const struct trust *t, const struct address *peer, const char *before,
    const char *value, struct forwarded *out)
{
	const char *name =
	    t->header == FORWARDED_X ? "X-Forwarded-For" : "Forwarded";
	size_t n = strlen(before) + strlen(value);
	char *all = malloc(n + 1);
	struct sockaddr_storage s;
	struct head h;
	bool known;

	DEMAND(all);
	snprintf(all, n + 1, "%s%s", before, value);
	head_init(&h, "GET", "HTTP/1.1");
	DEMAND(head_add(&h, name, strlen(name), all, n) == 0);
	DEMAND(
	    head_add(&h, "X-Forwarded-Proto", 17, value, strlen(value)) == 0);
	address_write(peer, 80, &s);
	known = forwarded_read(
	    t->header, t->proxies, (struct sockaddr *)&s, &h, out);
	head_fini(&h);
	free(all);
	return known;
}

static void
judge_header(const struct address_range *r, const struct trust *t,
    const struct address *peer, const char *value)
{
	const bool x = t->header == FORWARDED_X;
	const char *lie = x ? "203.0.113.9, " : "for=203.0.113.9, ";
	struct forwarded told, lied;
	struct address client, other;

	if (!ask(t, peer, "", value, &told)) {
		DEMAND(!address_in(peer, r));
		return;
	}
	DEMAND(address_in(peer, r));
	address_read(&client, (struct sockaddr *)&told.client);
	judge_address(&client);
	DEMAND(ask(t, peer, lie, value, &lied));
	address_read(&other, (struct sockaddr *)&lied.client);
	if (!address_in(&client, r))
		DEMAND(same(&client, &other) && told.https == lied.https);
}

static void
judge_headers(const struct address_range *r, const struct address *a,
    const char *const line[LINES])
{
	struct proxies *proxies = proxies_new(line, 1, 0, 0);
	struct trust x = { FORWARDED_X, proxies };
	struct trust rfc = { FORWARDED_RFC, proxies };

	DEMAND(proxies);
	judge_header(r, &x, a, line[2]);
	judge_header(r, &x, &r->of, line[2]);
	judge_header(r, &rfc, &r->of, line[2]);
	proxies_unref(&proxies);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *text = malloc(n + 1), *rest = text;
	const char *line[LINES];
	struct address_range range;
	struct address a;

	DEMAND(text);
	memcpy(text, p, n);
	text[n] = '\0';
	for (int i = 0; i < LINES; i++) {
		line[i] = strsep(&rest, "\n");
		if (!line[i])
			line[i] = "";
	}
	if (n <= INPUT_MAX && !address_range_parse(&range, line[0]) &&
	    address_parse(&a, line[1], strlen(line[1]))) {
		judge_address(&a);
		judge_range(&a, &range);
		judge_headers(&range, &a, line);
	}
	free(text);
	return 0;
}
