/* SPDX-License-Identifier: MIT
 *
 * preface.h - connections that have a header of the PROXY protocol to send
 * before anything else.
 *
 * A listener demands it from everybody or from nobody: a header that may or
 * may not be there is the client's to forge. Only those that its proxies
 * include may come at all. The header is looked at in the socket and then
 * taken to the byte, so that TLS and HTTP find theirs where they begin.
 *
 * All who wait have a deadline, and count against a bound; above it the
 * oldest is dropped.
 *
 * THREADS: owner worker, unless said. MEMORY: a small block for each that
 * waits.
 */
#ifndef CLEAT_NET_PREFACE_H
#define CLEAT_NET_PREFACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

struct arrived;
struct listener;
struct speech;
struct worker;

enum preface_refusal {
#define PREFACE(id, label, why) PREFACE_##id,
#include "net/preface.def"
	PREFACE_REFUSALS
};

/* A worker's. */
struct prefaces {
	struct worker *worker;
	struct list all; /* that wait, the oldest first */
	size_t n;
	uint64_t refused[PREFACE_REFUSALS]; /* for any thread to read */
};

void prefaces_init(struct prefaces *, struct worker *);
/* Drops those of a listener; NULL: all. */
void prefaces_cut(struct prefaces *, const struct listener *);

/* Takes an accepted socket and the references of its speech; hands it to
 * accepting_go_on(), or closes it. */
void preface_begin(struct prefaces *, int fd, const struct arrived *,
    struct listener *, struct speech *);

/* "untrusted" */
const char *preface_label(enum preface_refusal);

#endif
