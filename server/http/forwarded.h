/* SPDX-License-Identifier: MIT
 *
 * forwarded.h - who the client is, where proxies stand before this server.
 *
 * A proxy adds the address that it was called from to a list in a header.
 * Read from the right, the list is as trustworthy as whoever wrote each
 * element: the first address that is no trusted proxy's is the client.
 * Nothing is believed of a peer that is not trusted itself.
 *
 * THREADS: any. MEMORY: none.
 * RFC 7239 (Forwarded); X-Forwarded-For and -Proto as proxies write them.
 */
#ifndef CLEAT_HTTP_FORWARDED_H
#define CLEAT_HTTP_FORWARDED_H

#include <stdbool.h>
#include <sys/socket.h>

#include "config/config.h"

struct head;
struct proxies;

struct forwarded {
	struct sockaddr_storage client; /* AF_UNSPEC: not known */
	bool https;			/* to the proxy nearest to it */
};

/* `peer` NULL: a UNIX socket's. False: the peer speaks for itself. */
bool forwarded_read(enum config_forwarded, const struct proxies *,
    const struct sockaddr *peer, const struct head *, struct forwarded *);

/* What follows from it for whoever asks; `f` NULL: the peer spoke for itself.
 * NULL: a UNIX socket, or not known. */
const struct sockaddr *
forwarded_asker(const struct forwarded *f, const struct sockaddr *peer);

#endif
