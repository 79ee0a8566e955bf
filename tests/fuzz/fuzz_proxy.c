/* SPDX-License-Identifier: MIT
 *
 * fuzz_proxy.c - headers of the PROXY protocol: where one ends does not
 * depend on what follows, none is judged before it is there, none that has
 * been refused becomes good, and what was read is what stood there.
 *
 * The first byte chooses where the rest is cut; each piece stands in an
 * allocation of exactly its size.
 */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "wire/proxy.h"
#include "fuzz.h"

enum { INPUT_MAX = PROXY_MAX + 64, EVERY_CUT = 256 };

static int
read_exactly(struct proxy_header *h, const uint8_t *p, size_t n)
{
	uint8_t *exact = malloc(n + (n == 0));
	int rc;

	DEMAND(exact);
	memcpy(exact, p, n);
	rc = proxy_read(h, exact, n);
	free(exact);
	DEMAND(rc <= (int)n && rc <= PROXY_MAX && rc >= -PROXY_TOO_LONG);
	DEMAND(rc != 0 || n < PROXY_MAX);
	return rc;
}

/* A text says of its client exactly this, in small letters and shortest
 * form; IPv6 may be written in others. */
static void
judge_line(const struct proxy_header *h, const uint8_t *p, size_t n)
{
	char text[INET6_ADDRSTRLEN], line[128];
	int len;

	DEMAND(n <= PROXY_V1_MAX && memcmp(p + n - 2, "\r\n", 2) == 0);
	DEMAND(!h->tls && h->kind != PROXY_ITSELF && h->kind != PROXY_UNIX);
	if (h->kind != PROXY_IPV4)
		return;
	DEMAND(inet_ntop(AF_INET, h->from, text, sizeof text));
	len = snprintf(line, sizeof line, "PROXY TCP4 %s ", text);
	DEMAND((size_t)len < n && memcmp(p, line, (size_t)len) == 0);
	len = snprintf(line, sizeof line, " %u ", h->port);
	DEMAND(memmem(p, n, line, (size_t)len));
}

static void
judge_bytes(const struct proxy_header *h, const uint8_t *p, size_t n)
{
	DEMAND(n == (size_t)16 + (size_t)p[14] * 256 + p[15]);
	DEMAND((h->kind == PROXY_ITSELF) == (p[12] == 0x20));
	if (h->kind == PROXY_IPV4)
		DEMAND(n >= 28 && memcmp(h->from, p + 16, 4) == 0 &&
		       h->port == p[24] * 256 + p[25]);
	if (h->kind == PROXY_IPV6)
		DEMAND(n >= 52 && memcmp(h->from, p + 16, 16) == 0 &&
		       h->port == p[48] * 256 + p[49]);
	if (h->kind == PROXY_UNIX)
		DEMAND(n >= 232);
}

static void
judge_cut(const uint8_t *p, size_t n, size_t cut, int whole)
{
	struct proxy_header h;
	int rc = read_exactly(&h, p, cut);

	if (whole >= 0)
		DEMAND(rc == (whole > 0 && cut >= (size_t)whole ? whole : 0));
	else
		DEMAND(cut == n ? rc == whole : rc == 0 || rc == whole);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct proxy_header h;
	int rc;

	if (n < 1 || n > INPUT_MAX)
		return 0;
	size_t cut = n > 1 ? p[0] * (n - 1) / 255 : 0;
	p++;
	n--;
	rc = read_exactly(&h, p, n);
	if (rc > 0) {
		judge_cut(p, n, (size_t)rc, rc);
		judge_cut(p, n, (size_t)rc - 1, rc);
		if (p[0] == 'P')
			judge_line(&h, p, (size_t)rc);
		else
			judge_bytes(&h, p, (size_t)rc);
	}
	judge_cut(p, n, cut, rc);
	for (size_t i = 0; n <= EVERY_CUT && i <= n; i++)
		judge_cut(p, n, i, rc);
	return 0;
}
