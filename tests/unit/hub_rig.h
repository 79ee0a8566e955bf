/* SPDX-License-Identifier: MIT
 *
 * hub_rig.h - a hub between a store that answers when the test says so, and
 * people: connections that note what they are told.
 */
#ifndef CLEAT_TESTS_HUB_RIG_H
#define CLEAT_TESTS_HUB_RIG_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/conn_struct.h"
#include "topics/hub.h"
#include "topics/store.h"
#include "topics/store_event.h"

enum { PEOPLE = 4 };

/* What the store has been asked, and who is not here. */
struct asked {
	int answer; /* of the next call */
	struct store_join join;
	void *ticket;
	unsigned joins, leaves, claims, releases, ticks;
	uint64_t elsewhere; /* told: whose publication that was */
};
extern struct asked asked;

struct person {
	struct conn conn;
	struct hub_client *client;
	char told[256];
	bool leaves; /* gives up what it is told of, and takes others along */
};
extern struct person people[PEOPLE];

extern struct hub *hub;
extern struct worker *worker;
extern struct store_space *const space;
extern uint64_t now_ns;

void hub_rig_init(void);
void hub_rig_fini(void);
struct hub_place hub_rig_place(int i);

/* What a person has been told since it was asked last; one thing more. */
void person_expect(int i, const char *told);
void person_tell(struct conn *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Asks; asks, is answered and told. */
int person_subscribe(int i, const char *topic, size_t max);
void person_join(int i, const char *topic, void *member);

/* An event to be filled in and given to the hub. */
struct store_event *store_says(enum store_event_kind, int status);
/* The answer to the last join(), and what follows of its audience: a message,
 * and after so many leaves their confirmation. */
void store_joined(int status, void *member);
void store_publishes(const char *text, uint64_t except);
void store_left(unsigned n);

#endif
