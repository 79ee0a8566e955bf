/* SPDX-License-Identifier: MIT
 *
 * store_rig.h - the embedded store and two workers whose mail is taken by
 * hand.
 *
 * What a worker is told is read as a line:
 *
 *	joined OK seq=2 members=1 complete [b c]
 *	left
 *	message hello		message hello, stored	message hello, next
 *	evict: noise
 *	published OK seq=3 key=k
 *	claimed TAKEN ali
 *	value colour=red	value colour gone
 *
 * The fixture of a test is rig_start(), rig_end(); time stands still until
 * rig_advance().
 */
#ifndef CLEAT_TESTS_STORE_RIG_H
#define CLEAT_TESTS_STORE_RIG_H

#include <check.h>
#include <stdint.h>

#include "net/payload.h"
#include "topics/store.h"
#include "topics/store_event.h"

enum { RIG_WORKERS = 2 };

extern struct store *store;
extern struct store_space *space; /* remembers 100 messages */

void rig_start(void);
void rig_end(void); /* everybody left, all events freed */
void rig_advance(uint64_t ms);

/* What the store says, in a line until the next call; "" if it is silent. The
 * event itself, until then. */
const char *rig_line(unsigned worker);
extern struct store_event *event;
void rig_deaf(void); /* forgets all that is waiting */

#define expect(worker, line) ck_assert_str_eq(rig_line(worker), line)
#define expect_silence()       \
	do {                   \
		expect(0, ""); \
		expect(1, ""); \
	} while (0)

/* The audience of a worker. */
void *audience(unsigned worker);

/* To be filled in further. */
struct store_join rig_a_join(unsigned worker, const char *topic);
/* Joins, and is told; where it is. */
struct rig_sub {
	struct store_topic *topic;
	struct store_member *member;
	unsigned worker;
	uint64_t epoch, seq;
};
struct rig_sub rig_join(unsigned worker, const char *topic, const char *member);
/* The event was a JOINED: of it. */
struct rig_sub rig_sub(unsigned worker);
void rig_leave(const struct rig_sub *); /* and is told */

struct payload *rig_text(const char *);
/* A message that is stored, from a connection of worker 0; NULL: no key. */
int rig_store(const char *topic, const char *text, const char *key);
int rig_say(const char *topic, const char *text); /* not stored */
/* Stores each word in a message, and forgets all that is told. */
void rig_store_words(const char *topic, const char *words);

/* What a join on worker 1 is told that resumes behind a seq. */
const char *
rig_resume(const char *topic, uint64_t epoch, uint64_t seq, uint32_t max);
#define expect_resume(topic, epoch, seq, max, line) \
	ck_assert_str_eq(rig_resume(topic, epoch, seq, max), line)

void rig_remember(uint64_t messages, uint64_t bytes, uint64_t age_ms);
struct store_figures rig_figures(void);

#endif
