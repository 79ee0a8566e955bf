/* SPDX-License-Identifier: MIT
 *
 * visitors.h - how many connections one address may have that are no
 * WebSockets: on their way through TLS, with a request, or kept alive.
 *
 * They are counted from their accept, behind a PROXY header if there is one,
 * until HTTP is done with them; who becomes a WebSocket counts there. The
 * proxies that are trusted are nobody's address.
 *
 * THREADS: any; atomics, and the crowd's lock while there is a limit.
 * MEMORY: the crowd's.
 */
#ifndef CLEAT_HTTP_VISITORS_H
#define CLEAT_HTTP_VISITORS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/crowd.h"

struct arrived;
struct config;
struct service;

struct visitors {
	struct crowd crowd;
	uint64_t most; /* atomic; 0: no limit */
};

int visitors_init(struct visitors *, const struct config *); /* or -ENOMEM */
void visitors_fini(struct visitors *);
/* From now on. */
void visitors_limit(struct visitors *, const struct config *);

/* May it stay? Then it counts until visitors_leave(). If not, that was logged
 * and counted. */
bool visitors_enter(struct service *, struct arrived *);
void visitors_leave(struct visitors *, struct arrived *);

#endif
