/* SPDX-License-Identifier: MIT
 *
 * listeners.h - all addresses at which cleatd accepts, and how a reload
 * changes them: what stays is never closed, since connections may be waiting
 * in it, and gets new certificates; what is new is open before anything else changes, so that an
 * address in use refuses the whole reload.
 *
 * THREADS: main thread.
 * MEMORY: a set holds references to all that is in it.
 */
#ifndef CLEAT_LISTENERS_H
#define CLEAT_LISTENERS_H

#include <stddef.h>
#include <stdint.h>

#include "net/listener.h"

struct config_listen;
struct redirects;
struct worker;

enum { LISTENERS_MAX = 64 };

struct listeners {
	struct listener *v[LISTENERS_MAX];
	struct speech speech[LISTENERS_MAX]; /* of each, from now on */
	size_t n;
	uint64_t opened; /* so many so far: the number of the last one */
};

/* A message of at most this length says why. */
enum { LISTENERS_WHY = 256 };

/* Opens one address. 0, or -errno and a sentence in `why`. */
int listeners_open_one(struct listener **, const struct config_listen *,
    unsigned workers, void *tag, char why[LISTENERS_WHY]);

/* Adds listeners for n addresses to `next`: those of `now` that are among
 * them and new ones for the others. 0, or -errno and a sentence in `why`,
 * then `next` is empty. */
int listeners_prepare(struct listeners *next, const struct listeners *now,
    const struct config_listen *, size_t n, unsigned workers, void *tag,
    char why[LISTENERS_WHY]);

/* Which of them redirect: those whose row of `c` says so, where the set is of
 * these rows. */
void listeners_redirects(const struct listeners *, const struct config_listen *,
    size_t n, struct redirects *);

/* The same for sockets inherited from the service manager; takes them. */
int listeners_inherit(struct listeners *next, int first_fd, size_t n, void *tag,
    char why[LISTENERS_WHY]);

/* Puts `next` in the place of `now`: every worker begins to accept on what
 * is new, which is said on standard output, and ends with what is gone. 0 or
 * -ENOMEM, then nothing has changed; `next` is empty in any case. */
int listeners_switch(struct listeners *now, struct listeners *next,
    struct worker *const *, unsigned n_workers);

void listeners_fini(struct listeners *);

#endif
