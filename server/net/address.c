/* SPDX-License-Identifier: MIT
 *
 * address.c - see address.h.
 */
#include "config.h"

#include "net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { CLIENT_BYTES = 8 }; /* of an IPv6 address */

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

void
address_set(struct address *a, const void *bytes, uint8_t bits)
{
	const uint8_t *p = bytes;

	if (bits == 128 && memcmp(p, mapped, sizeof mapped) == 0) {
		p += sizeof mapped;
		bits = 32;
	}
	*a = (struct address){ .bits = bits };
	memcpy(a->bytes, p, bits / 8);
}

void
address_read(struct address *a, const struct sockaddr *from)
{
	*a = (struct address){ .bits = 0 };
	if (from && from->sa_family == AF_INET)
		address_set(
		    a, &((const struct sockaddr_in *)from)->sin_addr, 32);
	else if (from && from->sa_family == AF_INET6)
		address_set(
		    a, &((const struct sockaddr_in6 *)from)->sin6_addr, 128);
}

bool
address_parse(struct address *a, const char *text, size_t n)
{
	char copy[INET6_ADDRSTRLEN];
	uint8_t bytes[16];

	if (n >= sizeof copy)
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	if (inet_pton(AF_INET, copy, bytes) == 1)
		address_set(a, bytes, 32);
	else if (inet_pton(AF_INET6, copy, bytes) == 1)
		address_set(a, bytes, 128);
	else
		return false;
	return strlen(copy) == n;
}

void
address_write(
    const struct address *a, uint16_t port, struct sockaddr_storage *to)
{
	struct sockaddr_in6 *v6 = (void *)to;
	struct sockaddr_in *v4 = (void *)to;

	memset(to, 0, sizeof *to);
	if (a->bits == 32) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, a->bytes, 4);
	} else if (a->bits == 128) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		memcpy(&v6->sin6_addr, a->bytes, 16);
	}
}

socklen_t
address_len(const struct sockaddr *of)
{
	if (of && of->sa_family == AF_INET)
		return sizeof(struct sockaddr_in);
	if (of && of->sa_family == AF_INET6)
		return sizeof(struct sockaddr_in6);
	return 0;
}

struct address
address_client(const struct address *from)
{
	struct address a = *from;

	if (a.bits == 128)
		memset(
		    a.bytes + CLIENT_BYTES, 0, sizeof a.bytes - CLIENT_BYTES);
	return a;
}

void
address_text(const struct sockaddr *of, char text[ADDRESS_TEXT_MAX])
{
	socklen_t len = address_len(of);
	char host[64], port[8];
	bool bare;

	snprintf(text, ADDRESS_TEXT_MAX, "unix");
	if (len == 0 || getnameinfo(of, len, host, sizeof host, port,
			    sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return;
	bare = strcmp(port, "0") == 0;
	snprintf(text, ADDRESS_TEXT_MAX,
	    bare			? "%s%s%s"
	    : of->sa_family == AF_INET6 ? "[%s]%s%s"
					: "%s%s%s",
	    host, bare ? "" : ":", bare ? "" : port);
}

/* --- ranges ------------------------------------------------------------- */

/* Are all bits behind the prefix 0? */
static bool
ends_at(const struct address_range *r)
{
	for (unsigned bit = r->prefix; bit < r->of.bits; bit++)
		if (r->of.bytes[bit / 8] & (0x80 >> bit % 8))
			return false;
	return true;
}

/* Digits without a sign or a leading zero, at most `max`; -1 else. */
static int
parse_prefix(const char *s, unsigned max)
{
	size_t n = strspn(s, "0123456789");
	unsigned value = 0;

	if (n == 0 || n > 3 || s[n] != '\0' || (s[0] == '0' && n > 1))
		return -1;
	for (; *s; s++)
		value = 10 * value + (unsigned)(*s - '0');
	return value <= max ? (int)value : -1;
}

const char *
address_range_parse(struct address_range *r, const char *text)
{
	size_t n = strcspn(text, "/");
	int prefix;

	if (!address_parse(&r->of, text, n))
		return "it is no address: write \"192.0.2.0/24\" or "
		       "\"2001:db8::/32\"";
	r->prefix = r->of.bits;
	if (text[n] == '\0')
		return NULL;
	prefix = parse_prefix(text + n + 1, r->of.bits);
	if (prefix < 0)
		return "behind the '/' stands how many bits count";
	r->prefix = (uint8_t)prefix;
	return ends_at(r) ? NULL
			  : "it has bits behind the prefix: is it too short?";
}

bool
address_in(const struct address *a, const struct address_range *r)
{
	unsigned whole = r->prefix / 8, rest = r->prefix % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	if (a->bits != r->of.bits || memcmp(a->bytes, r->of.bytes, whole) != 0)
		return false;
	return rest == 0 ||
	       ((a->bytes[whole] ^ r->of.bytes[whole]) & mask) == 0;
}
