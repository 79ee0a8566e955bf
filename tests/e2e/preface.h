/* SPDX-License-Identifier: MIT
 *
 * preface.h - a daemon that demands a header of the PROXY protocol, and the
 * proxy that sends it.
 *
 * 127.0.0.1 is the proxy, other addresses of 127.0.0.0/8 are strangers.
 */
#ifndef CLEAT_TESTS_PREFACE_H
#define CLEAT_TESTS_PREFACE_H

#include <stddef.h>

#include "daemon.h"
#include "raw.h"

#define V2	    "\r\n\r\n\0\r\nQUIT\n"
#define BYTES(text) (text), sizeof(text) - 1

#define PREFACE_ROUTES                                         \
	"routes = ( { path = \"/probe\"; handler = \"probe\";" \
	"  keep_vars = [ \"HTTPS\", \"REMOTE_PORT\" ]; } );"

/* The second one is a proxy that is behind another. */
#define PREFACE_TRUSTED \
	"trusted_proxies = [ \"127.0.0.1\", \"10.9.0.0/16\", \"unix\" ];\n"

/* Headers, and what is known of their clients; port NULL: not of interest. */
struct told {
	const char *preface;
	size_t n;
	const char *address, *port, *https;
};
enum { TOLD_ALL = 9 };
extern const struct told told[TOLD_ALL];

/* A request for an upgrade, without its end. */
#define PREFACE_UPGRADE                                            \
	"GET /probe HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n" \
	"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"     \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

/* Starts with a listener that demands it, further ones, each with a comma
 * before it, and further keys. */
void preface_start(struct daemon *, const char *listen, const char *more);

/* Three listeners; the port of the one that speaks TLS. The third is a UNIX
 * socket. */
int preface_start_all(struct daemon *);
#define PREFACE_SOCKET "/tmp/cleat-proxy-%d.sock" /* of this process */

/* Comes with this header from the proxy, and with these of HTTP. */
void preface_enter(struct daemon *, struct raw *, const void *preface, size_t n,
    const char *headers);
/* Asks for an upgrade: the status of the answer. */
int preface_ask(struct raw *, const char *headers);
void preface_expect(struct raw *, const char *address, const char *port);

/* How many were refused for this reason. */
double preface_refused(struct daemon *, const char *reason);

#endif
