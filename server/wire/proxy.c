/* SPDX-License-Identifier: MIT
 *
 * proxy.c - see proxy.h.
 *
 * Strict, for a header that one side reads differently from the other would
 * give a client another's address: single spaces, numbers without leading
 * zeros, lengths that fit exactly.
 */
#include "config.h"

#include "wire/proxy.h"

#include <arpa/inet.h>
#include <string.h>

/* --- version 1: a line --------------------------------------------------- */

static const char start_v1[] = "PROXY ";

enum { START_V1 = sizeof start_v1 - 1, ADDRESS_TEXT = INET6_ADDRSTRLEN };

struct word {
	const uint8_t *p;
	size_t n;
};

/* Cuts the next word off; what is left begins behind the space. */
static struct word
next_word(struct word *rest)
{
	const uint8_t *space = memchr(rest->p, ' ', rest->n);
	size_t n = space ? (size_t)(space - rest->p) : rest->n;
	struct word w = { rest->p, n };

	n += space != NULL;
	rest->p += n;
	rest->n -= n;
	return w;
}

static bool
is_word(struct word w, const char *text)
{
	return w.n == strlen(text) && memcmp(w.p, text, w.n) == 0;
}

static bool
read_address(struct word w, int family, uint8_t to[16])
{
	char text[ADDRESS_TEXT];

	if (w.n >= sizeof text || memchr(w.p, '\0', w.n))
		return false;
	memcpy(text, w.p, w.n);
	text[w.n] = '\0';
	return inet_pton(family, text, to) == 1;
}

static bool
read_port(struct word w, uint16_t *to)
{
	unsigned value = 0;

	if (w.n == 0 || w.n > 5 || (w.p[0] == '0' && w.n > 1))
		return false;
	for (size_t i = 0; i < w.n; i++) {
		if (w.p[i] < '0' || w.p[i] > '9')
			return false;
		value = 10 * value + (unsigned)(w.p[i] - '0');
	}
	*to = (uint16_t)value;
	return value <= UINT16_MAX;
}

/* All behind "PROXY ", without the end of the line. */
static bool
read_line(struct proxy_header *h, struct word rest)
{
	struct word protocol = next_word(&rest);
	uint8_t to[16];
	uint16_t to_port;
	int family;

	if (is_word(protocol, "UNKNOWN")) {
		h->kind = PROXY_UNKNOWN;
		return true;
	}
	h->kind = is_word(protocol, "TCP6") ? PROXY_IPV6 : PROXY_IPV4;
	if (h->kind == PROXY_IPV4 && !is_word(protocol, "TCP4"))
		return false;
	family = h->kind == PROXY_IPV6 ? AF_INET6 : AF_INET;
	if (!read_address(next_word(&rest), family, h->from) ||
	    !read_address(next_word(&rest), family, to) ||
	    !read_port(next_word(&rest), &h->port))
		return false;
	/* The rest is one word, so that a space behind it is none. */
	return read_port(rest, &to_port);
}

static int
read_v1(struct proxy_header *h, const uint8_t *p, size_t n)
{
	size_t most = n < PROXY_V1_MAX ? n : PROXY_V1_MAX, len;
	const uint8_t *lf = memchr(p, '\n', most);

	if (!lf)
		return n < PROXY_V1_MAX ? 0 : -PROXY_TOO_LONG;
	len = (size_t)(lf - p);
	/* A CR is not of the start: it has room before it. */
	if (p[len - 1] != '\r' || memchr(p, '\r', len - 1) ||
	    !read_line(h, (struct word){ p + START_V1, len - 1 - START_V1 }))
		return -PROXY_MALFORMED;
	return (int)len + 1;
}

/* --- version 2: bytes ---------------------------------------------------- */

static const uint8_t start_v2[] = "\r\n\r\n\0\r\nQUIT\n";

enum {
	START_V2 = sizeof start_v2 - 1,
	AT_COMMAND = START_V2, /* and the version */
	AT_FAMILY,	       /* and the transport */
	AT_LENGTH,	       /* of what follows the fixed part */
	FIXED_V2 = AT_LENGTH + 2,

	SPEAKS_FOR_ITSELF = 0x20,
	SPEAKS_FOR_ANOTHER = 0x21,

	TLV_HEAD = 3,
	TLV_CRC32C = 0x03,
	TLV_SSL = 0x20,
	SSL_HEAD = 5,	/* flags, and whether the certificate was good */
	SSL_CLIENT = 1, /* of the flags */
};

/* What each family's addresses and ports take, by its number. */
static const struct {
	enum proxy_kind kind;
	uint8_t room, address, port_at;
} families[] = {
	{ PROXY_UNKNOWN, 0, 0, 0 },
	{ PROXY_IPV4, 12, 4, 8 },
	{ PROXY_IPV6, 36, 16, 32 },
	{ PROXY_UNIX, 216, 0, 0 },
};

static size_t
read_16(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

/* Unspecified is both or neither; the transport, stream or datagram, is the
 * client's with the proxy. */
static bool
is_family(uint8_t byte)
{
	unsigned family = byte >> 4, transport = byte & 0x0f;

	return family == 0 ? transport == 0
			   : family <= 3 && (transport == 1 || transport == 2);
}

/* RFC 9260 appendix A, of p[0..n) with 4 bytes of 0 at `hole`. */
static uint32_t
crc32c(const uint8_t *p, size_t n, size_t hole)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc ^= i >= hole && i < hole + 4 ? 0U : p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78U : 0);
	}
	return ~crc;
}

static bool
checksum_fits(const uint8_t *p, size_t n, size_t at, size_t len)
{
	return len == 4 &&
	       crc32c(p, n, at) ==
		   (uint32_t)(read_16(p + at) << 16 | read_16(p + at + 2));
}

/* Whether p[0..n) is a row of whole TLVs. */
static bool
are_tlvs(const uint8_t *p, size_t n)
{
	while (n > 0) {
		size_t len;

		if (n < TLV_HEAD)
			return false;
		len = TLV_HEAD + read_16(p + 1);
		if (n < len)
			return false;
		p += len;
		n -= len;
	}
	return true;
}

static bool
read_ssl(struct proxy_header *h, const uint8_t *p, size_t n)
{
	if (n < SSL_HEAD || !are_tlvs(p + SSL_HEAD, n - SSL_HEAD))
		return false;
	h->tls = p[0] & SSL_CLIENT;
	return true;
}

/* The values behind the addresses, from `at` on; the header is p[0..n). */
static bool
read_tlvs(struct proxy_header *h, const uint8_t *p, size_t n, size_t at)
{
	unsigned ssl = 0, sums = 0;

	if (!are_tlvs(p + at, n - at))
		return false;
	while (at < n) {
		uint8_t type = p[at];
		size_t len = read_16(p + at + 1);

		at += TLV_HEAD;
		if (type == TLV_CRC32C &&
		    (sums++ > 0 || !checksum_fits(p, n, at, len)))
			return false;
		if (type == TLV_SSL && (ssl++ > 0 || !read_ssl(h, p + at, len)))
			return false;
		at += len;
	}
	return true;
}

/* What follows the fixed part of a header that speaks for somebody. */
static bool
read_body(struct proxy_header *h, const uint8_t *p, size_t n)
{
	unsigned family = p[AT_FAMILY] >> 4;
	const uint8_t *body = p + FIXED_V2;

	h->kind = families[family].kind;
	/* To be ignored, it says, whatever it is. */
	if (h->kind == PROXY_UNKNOWN)
		return true;
	memcpy(h->from, body, families[family].address);
	if (families[family].port_at > 0)
		h->port = (uint16_t)read_16(body + families[family].port_at);
	return read_tlvs(h, p, n, FIXED_V2 + families[family].room);
}

static int
read_v2(struct proxy_header *h, const uint8_t *p, size_t n)
{
	bool speaks = n > AT_COMMAND && p[AT_COMMAND] == SPEAKS_FOR_ANOTHER;
	size_t len;

	if (n > AT_COMMAND && !speaks && p[AT_COMMAND] != SPEAKS_FOR_ITSELF)
		return -PROXY_MALFORMED;
	if (n > AT_FAMILY && speaks && !is_family(p[AT_FAMILY]))
		return -PROXY_MALFORMED;
	if (n < FIXED_V2)
		return 0;
	len = read_16(p + AT_LENGTH);
	if (speaks && len < families[p[AT_FAMILY] >> 4].room)
		return -PROXY_MALFORMED;
	len += FIXED_V2;
	if (len > PROXY_MAX)
		return -PROXY_TOO_LONG;
	if (n < len)
		return 0;
	h->kind = PROXY_ITSELF;
	if (speaks && !read_body(h, p, len))
		return -PROXY_MALFORMED;
	return (int)len;
}

/* --- which of them ------------------------------------------------------- */

/* Could it begin so, as far as it goes? */
static bool
begins(const uint8_t *p, size_t n, const void *start, size_t len)
{
	return memcmp(p, start, n < len ? n : len) == 0;
}

int
proxy_read(struct proxy_header *h, const uint8_t *p, size_t n)
{
	*h = (struct proxy_header){ .kind = PROXY_UNKNOWN };
	if (n == 0)
		return 0;
	if (begins(p, n, start_v1, START_V1))
		return read_v1(h, p, n);
	if (begins(p, n, start_v2, START_V2))
		return read_v2(h, p, n);
	return -PROXY_ABSENT;
}
