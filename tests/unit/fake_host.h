/* SPDX-License-Identifier: MIT
 *
 * fake_host.h - the host as http sees it, played by the tests: one route,
 * and a door that does as it is told.
 *
 * It counts what http promises: an entry or a leave for each knock, each
 * request and reference given back.
 */
#ifndef CLEAT_TESTS_FAKE_HOST_H
#define CLEAT_TESTS_FAKE_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "host/door.h"

/* The path that is a route; it offers the subprotocols "chat" and "echo". */
#define FAKE_PATH "/ws"

enum fake_mood {
	FAKE_AT_ONCE, /* answers before door_knock returns */
	FAKE_LATER,   /* answers when fake_answer() is called */
};

/* Any time before a knock. */
void fake_host_set(enum fake_mood, const struct verdict *);

/* Was the latest knock on the caller's thread? */
bool fake_host_knocked_here(void);
/* A knock that has not been answered yet, the latest; waits for one. */
struct knock *fake_host_knock(void);
/* Says to it what was set. */
void fake_host_answer(struct knock *);

/* Waits for an entry; the socket is the caller's then. */
int fake_host_entered(char *early, size_t size, size_t *n);
/* How many have entered so far. */
unsigned fake_host_entries(void);
/* Waits until this many have left. */
void fake_host_left(unsigned n);
/* Everything that http was given has come back, and nothing else is held.
 * Closes sockets that nobody asked for. */
void fake_host_check(void);
/* A variable of the last request. */
const char *fake_host_header(const char *name);

#endif
