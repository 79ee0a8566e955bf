/* SPDX-License-Identifier: MIT
 *
 * service.h - all parts of a running cleatd: started in order, reloaded as
 * one, stopped in the reverse order.
 *
 *     config ─► workers ─► host (handlers) ─► http ─► status ─► listeners
 *
 * When and why is main's; what a part does is the part's.
 *
 * THREADS: main thread.
 * MEMORY: a service owns its parts.
 */
#ifndef CLEAT_SERVICE_H
#define CLEAT_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

struct config;
struct config_listen;
struct service;

/* Where to listen instead of where the configuration says. */
struct service_pinned {
	const struct config_listen *addresses; /* of -l; borrowed */
	unsigned n_addresses;
	unsigned n_inherited; /* sockets from the service manager */
};

enum { SERVICE_WHY = 768 };

/* Starts everything for a configuration (takes a reference). 0, or the exit
 * status of sysexits.h and one line in `why`. */
int service_start(struct service **, struct config *,
    const struct service_pinned *, char why[SERVICE_WHY]);

/* Puts another configuration in the place of the current one (takes a
 * reference). 0, or -1 and one line: then nothing has changed. */
int service_reload(struct service *, struct config *, char why[SERVICE_WHY]);
void service_note_refused(struct service *);

const struct config *service_config(const struct service *);

/* To be called every service_period_ms(), and when service_fd() is readable.
 * False while a worker is stalled. */
uint64_t service_period_ms(const struct service *);
int service_fd(const struct service *);
bool service_tick(struct service *);

/* Accepts no more, says 1001 to everyone; then, has everyone left? */
void service_drain(struct service *);
bool service_drained(const struct service *);

/* Stops and frees everything. */
void service_stop(struct service **);

#endif
