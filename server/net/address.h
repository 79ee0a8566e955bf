/* SPDX-License-Identifier: MIT
 *
 * address.h - IPv4 and IPv6 addresses, and ranges of them.
 *
 * An IPv4 address within IPv6 (::ffff:192.0.2.1) is the IPv4 address: the
 * same client is the same address on every listener.
 *
 * THREADS: any. MEMORY: none.
 */
#ifndef CLEAT_NET_ADDRESS_H
#define CLEAT_NET_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct address {
	uint8_t bytes[16]; /* the first 4 of an IPv4 address */
	uint8_t bits;	   /* 32 or 128; 0: of another family */
};

/* "192.0.2.0/24", "2001:db8::/32"; without a "/" a single one. */
struct address_range {
	struct address of;
	uint8_t prefix; /* bits that count */
};

/* Bytes of an IPv4 or IPv6 socket address, 0 of any other, and of NULL. */
socklen_t address_len(const struct sockaddr *);

/* Of 32 or 128 bits; of a socket, whatever it is of. */
void address_set(struct address *, const void *bytes, uint8_t bits);
void address_read(struct address *, const struct sockaddr *);
/* The numeric form in text[0..n); false: it is none. */
bool address_parse(struct address *, const char *text, size_t n);
void
address_write(const struct address *, uint16_t port, struct sockaddr_storage *);

/* What of it counts as one client: all of an IPv4 address, and of IPv6 the
 * first 64 bits, since whoever has one such address has all of those. */
struct address address_client(const struct address *);

/* As the log has it: "192.0.2.1:80", "[2001:db8::1]:80" (without port where it
 * is 0), or "unix". */
enum { ADDRESS_TEXT_MAX = 80 };
void address_text(const struct sockaddr *, char text[ADDRESS_TEXT_MAX]);

/* NULL, or what is wrong with it (a constant). */
const char *address_range_parse(struct address_range *, const char *text);
bool address_in(const struct address *, const struct address_range *);

#endif
