/* SPDX-License-Identifier: MIT
 *
 * members.h - who is there: the members of a topic.
 *
 * Several subscriptions make one member. What tells of its end is made with
 * it, so that it is told whatever the memory says then.
 *
 * THREADS: under the store's lock, but for member_new(), member_unref() and
 * members_call().
 * MEMORY: counted atomically, because evictions that are under way name it.
 */
#ifndef CLEAT_TOPICS_MEMBERS_H
#define CLEAT_TOPICS_MEMBERS_H

#include "topics/memory_struct.h"

struct store_member {
	struct list node; /* of the topic's, in order of their appearance */
	struct table_node by_name;
	struct store_topic *topic;
	uint32_t refs;	    /* atomic: being there, and evictions */
	uint32_t conns;	    /* subscriptions */
	struct batch *last; /* with its payload, or NULL */
	char *info;	    /* in memory of its own */
	char name[];	    /* immutable */
};

/* With what a subscription brings: info, last. Takes a reference of last. One
 * reference; NULL: no memory. */
struct store_member *member_new(struct memory *, const struct store_join *);
struct store_member *member_ref(struct store_member *); /* its argument */
void member_unref(struct store_member **);		/* NULL is fine */

struct store_member *member_find(
    const struct memory *, const struct store_topic *, const char *name);

/* One subscription more. A member of this name that is there already takes
 * info and last of this one, and leaves what it had; *mp is then it, and the
 * result is what is to be given back. NULL: *mp is new. */
struct store_member *
member_join(struct memory *, struct store_topic *, struct store_member **mp);
/* One less. True: that was the last; the reference is the caller's. */
bool member_leave(struct memory *, struct store_member *);
/* The last of all, whatever it has; takes the reference. */
void member_end(struct memory *, struct store_member *);

/* A copy of all of a topic. NULL: none, or no memory. */
struct members_copy *members_copy(const struct store_topic *);
/* Calls fn until it answers non-zero; frees the copy. NULL is fine. */
void members_call(struct members_copy **,
    int (*fn)(void *, const char *, const char *, unsigned), void *);

#endif
