/* SPDX-License-Identifier: MIT
 *
 * service.h - what the library's callbacks share, and the connections.
 *
 * server.c owns one and wires it to the daemon; exchange.c answers requests
 * with it. A struct client is one connection from accept to close or 101.
 *
 * THREADS: the library's thread, except where a field says otherwise.
 * MEMORY: a client is the library's connection's, freed when that closes.
 */
#ifndef CLEAT_HTTP_SERVICE_H
#define CLEAT_HTTP_SERVICE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "http/arrivals.h"
#include "http/counters.h"
#include "http/deadlines.h"
#include "http/redirect.h"
#include "http/settings.h"
#include "http/visitors.h"
#include "net/address.h"

struct exchange;
struct host;
struct relay;
struct route;
struct upgrade;
struct upgrades;

struct service {
	struct host *host;
	struct upgrades *upgrades;
	struct arrivals arrivals;
	struct deadlines deadlines;
	struct counters counters;
	struct visitors visitors;
	uint64_t max_connections;
	uint64_t admitted;    /* atomic */
	pthread_mutex_t lock; /* of what is below */
	struct settings *settings;
	struct redirects redirects;
	bool redirecting;    /* atomic: there are some */
	struct list retired; /* main thread: settings that were replaced */
};

struct client {
	struct due due;
	struct exchange *exchange; /* that has begun and not ended, or NULL */
	bool surplus;		   /* there are too many: to be told so */
	unsigned timeout_s;	   /* that the library knows of */
	struct arrived arrived;	   /* with its reference */
	struct upgrade *judged;	   /* of its first request, or NULL */
	char address[ADDRESS_TEXT_MAX];
};

/* 0 or -errno; the reason was logged. Main thread. */
int service_init(struct service *, struct config *, struct host *);
void service_fini(struct service *);

/* The current settings, with a reference. Any thread. */
struct settings *service_settings(struct service *);
/* Takes the caller's reference. Main thread. */
void service_replace(struct service *, struct settings *);
/* Frees settings that were replaced and that nobody uses any more: a cache of
 * files takes its time, so whoever used them last does not. Main thread, now
 * and then. */
void service_tend(struct service *);

/* Which listeners redirect; and whether and where one does. Any thread. */
void service_redirect(struct service *, const struct redirects *);
bool service_redirects(
    struct service *, uint64_t listener, char to[REDIRECT_TEXT_MAX]);

/* The route of a path, with a reference, or NULL. Any thread. */
struct route *service_route(struct service *, const char *path);

enum service_room {
	SERVICE_ROOM,
	SERVICE_SURPLUS, /* only to be told that there is none */
	SERVICE_FULL,
};

/* Is there room for one more connection? It counts, unless there is none at
 * all, until service_release(), or until the library says that the connection
 * has closed. Any thread.
 *
 * The library must never come to a limit of its own: one that it took over
 * from another thread and then has no room for costs it a lock that it does
 * not give back (0.9.75). */
enum service_room service_admit(struct service *);
void service_release(struct service *);

/* Makes and frees clients; see exchange_connection(). */
void service_connection(void *service, struct MHD_Connection *, void **context,
    enum MHD_ConnectionNotificationCode);

/* Its address, or NULL where it has none that means anything. */
const struct sockaddr *peer_of(const struct arrived *);

/* Gives a client time for its next request. */
void
service_await_request(struct service *, struct client *, const struct config *);

/* Gives a client time to read an answer of `bytes`; UINT64_MAX: no end, the
 * answer is not made yet. */
void service_await_reader(
    struct service *, struct client *, const struct config *, uint64_t bytes);

#endif
