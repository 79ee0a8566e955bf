/* SPDX-License-Identifier: MIT
 *
 * callers.h - what is remembered of an address when its connections are gone:
 * how often it came lately, and how often it failed to log in.
 *
 * As for a crowd, an IPv6 address is its first 64 bits.
 *
 * Handshakes: a bucket of `burst`, refilled at `rate` each second. Failed
 * logins: some are free, each one more makes the address wait twice as long,
 * up to `most_ms`; one is forgotten in each `most_ms`. While it waits it is
 * not asked, and so cannot fail: who retries all the time gets his turn, too.
 *
 * The table has a fixed size, in sets of a few places that a keyed hash
 * chooses. A newcomer always gets a place: that of the one in its set that
 * there is least to remember of, first by failed logins, then by how often
 * it came. So a flood of addresses pushes out those that did no more than the
 * flood itself; to be rid of an entry one must fill its whole set with worse
 * ones, and since nobody knows which addresses share it, that takes as many
 * worse offenders as the table has places.
 *
 * THREADS: any; a lock.
 * MEMORY: 2 MiB of addresses, which the system gives as they are used.
 */
#ifndef CLEAT_HOST_CALLERS_H
#define CLEAT_HOST_CALLERS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"

struct address;
struct caller;

struct callers_rules {
	uint64_t rate;		    /* handshakes each second; 0: any */
	uint64_t burst;		    /* that may come at once, at least 1 */
	uint64_t free;		    /* failed logins that cost nothing */
	uint64_t first_ms, most_ms; /* the next one's wait; most 0: none */
};

enum { CALLERS_SETS = 8192, CALLERS_WAYS = 8 };

struct callers {
	pthread_mutex_t lock;
	bool counts; /* atomic: there is a rate, and so handshakes do */
	struct hash_seed seed;
	struct callers_rules rules;
	struct caller *table;
};

int callers_init(struct callers *); /* 0 or -ENOMEM; no rules: all may */
void callers_fini(struct callers *);
void callers_set(struct callers *, const struct callers_rules *);

/* One more handshake: 0, or milliseconds until it might have been one. */
uint64_t callers_come(struct callers *, const struct address *);

/* Somebody shows credentials. 0, and it counts as a failed login until it is
 * taken back, so that guesses that are judged at the same time are counted as
 * well; or milliseconds to be refused for. */
uint64_t callers_try(struct callers *, const struct address *);
/* It was none: they were right, or had been right once and have expired, or
 * could not be judged. */
void callers_take_back(struct callers *, const struct address *);

#endif
