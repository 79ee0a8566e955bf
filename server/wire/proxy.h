/* SPDX-License-Identifier: MIT
 *
 * proxy.h - the header of the PROXY protocol, versions 1 (text) and 2
 * (binary): what a proxy says of its client before anything else.
 *
 * Whether the proxy is to be believed is the caller's to know. Destinations
 * and the values that a version 2 header may carry (TLVs) are checked and
 * not kept, but for one: that the client spoke TLS. A checksum is verified.
 *
 * THREADS: any. MEMORY: none.
 * The PROXY protocol, versions 1 & 2 (HAProxy, 2020-03-05).
 */
#ifndef CLEAT_WIRE_PROXY_H
#define CLEAT_WIRE_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PROXY_V1_MAX = 107, /* with its CR LF */
	PROXY_MAX = 4096,   /* of version 2, which could say 65551 */
};

enum proxy_kind {
	PROXY_ITSELF,  /* the proxy speaks for nobody else (LOCAL) */
	PROXY_UNKNOWN, /* it does not say for whom */
	PROXY_IPV4,
	PROXY_IPV6,
	PROXY_UNIX,
};

struct proxy_header {
	enum proxy_kind kind;
	uint8_t from[16]; /* the client: 4 or 16 bytes of its address */
	uint16_t port;	  /* the same */
	bool tls;	  /* the client spoke it with the proxy */
};

/* Why it is refused. */
enum proxy_error {
	PROXY_NO_ERROR,
	PROXY_ABSENT,	 /* something else begins here */
	PROXY_MALFORMED, /* it does not say what it means */
	PROXY_TOO_LONG,
};

/* Reads a header. Returns its length, 0 if p[0..n) is the beginning of a good
 * one, -proxy_error as soon as it shows that it is not. The struct is whole
 * only when the header is. No more than PROXY_MAX bytes are ever needed. */
__attribute__((warn_unused_result)) int
proxy_read(struct proxy_header *, const uint8_t *p, size_t n);

#endif
