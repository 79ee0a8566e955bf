/* SPDX-License-Identifier: MIT
 *
 * url.h - the URL of a WebSocket (RFC 6455 section 3).
 *
 * ws://HOST[:PORT][/PATH][?QUERY] and wss://; http:// and https:// mean the
 * same, because that is what a server prints and a person pastes. It
 * deliberately does not escape: what has no place in a request line is
 * refused.
 *
 * MEMORY: everything stands inside struct url.
 */
#ifndef CLEAT_TOOLS_URL_H
#define CLEAT_TOOLS_URL_H

#include <stdbool.h>
#include <stdint.h>

#define URL_HOST_MAX   253
#define URL_TARGET_MAX 4096

struct url {
	bool tls;
	bool ipv6; /* the host stood in brackets */
	uint16_t port;
	char host[URL_HOST_MAX + 1];	  /* without brackets */
	char target[URL_TARGET_MAX + 1];  /* begins with '/' */
	char authority[URL_HOST_MAX + 9]; /* for Host: */
};

/* Returns NULL, or a static phrase that says what is wrong. */
const char *
url_parse(struct url *u, const char *text) __attribute__((warn_unused_result));

#endif
