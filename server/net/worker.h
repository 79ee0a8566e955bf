/* SPDX-License-Identifier: MIT
 *
 * worker.h - a thread, its loop and the connections it owns.
 *
 * A connection lives on one worker from the 101 to its end. Other threads
 * reach it by mail only. All output of one round to one connection leaves
 * in one send: the turn's block collects it.
 *
 * THREADS: as said per function.
 */
#ifndef CLEAT_NET_WORKER_H
#define CLEAT_NET_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/preface.h"

struct arrived;
struct conn;
struct conn_calls;
struct listener;
struct loop;
struct mail;
struct timing;
struct worker;

struct worker_calls {
	const struct conn_calls *conn;
	/* A socket was accepted; takes fd and the reference to the relay.
	 * Owner worker. */
	void (*accepted)(struct worker *, int fd, const struct arrived *);
	/* May somebody from there stay (NULL: everybody)? If he `counted`, then
	 * until he was handed up and has left there, or until `left` is called.
	 * Owner worker. */
	bool (*admits)(struct worker *, struct arrived *);
	void (*left)(struct worker *, struct arrived *);
};

/* Main thread. 0 or -errno. `index` is its place in ids (0..255). */
int worker_new(struct worker **, unsigned index, const struct worker_calls *);
int worker_start(struct worker *);
/* One round on the caller's thread, instead of worker_start(): for tests. */
void worker_round(struct worker *, bool wait);
/* Ends the thread after the mail already put; joins it. The connections
 * that are left are closed without ceremony. Again: only delivers the mail
 * that has come since, on the caller's thread. */
void worker_stop(struct worker *);
void worker_free(struct worker **);

/* Any thread. */
unsigned worker_index(const struct worker *);
struct loop *worker_loop(struct worker *);
bool worker_here(const struct worker *);    /* is the caller its thread? */
size_t worker_conns(const struct worker *); /* open */
/* That it has told itself that there is no room. */
uint64_t worker_turned_away(const struct worker *);
uint64_t worker_refused(const struct worker *, enum preface_refusal);
/* How long its rounds took; how often it looked instead of sleeping, which it
 * does for so long where it has nothing to do. */
const struct timing *worker_rounds(const struct worker *);
uint64_t worker_spins(const struct worker *);
void worker_busy_poll(struct worker *, uint64_t ms);
/* Begins or stops to accept on a listener; each keeps a reference of its own
 * until it is done. 0 or -ENOMEM. */
int worker_accept(struct worker *, struct listener *);
int worker_unaccept(struct worker *, struct listener *);
/* Closes every connection with 1001, spread over `over_ms`; the first call
 * counts. */
void worker_drain(struct worker *, uint64_t over_ms);

/* Which worker an id belongs to. */
unsigned worker_of_id(uint64_t id);

/* Owner worker. */
uint64_t worker_next_id(struct worker *);		/* never given twice */
struct conn *worker_find(struct worker *, uint64_t id); /* NULL: gone */

/* What the thread is doing, for the watchdog: the host sets it around each
 * callback. */
const void *worker_doing(const struct worker *); /* any thread */
void worker_set_doing(struct worker *, const void *);

#endif
