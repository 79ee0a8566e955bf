/* SPDX-License-Identifier: MIT
 *
 * hub.h - what the files of chat-hub share. The protocol is docs/CHAT.md.
 *
 *   main.c      a message comes: what is it, may it be, who does it
 *   people.c    who somebody is: the handshake, names, nicks
 *   rooms.c     join, leave, who
 *   talk.c      say, typing, private; acknowledgements
 *   moderate.c  kick, ban, mute, delete, subject
 *   flood.c     who says too much
 *   answer.c    answers and errors
 *   settings.c  the config
 *
 * Nothing is kept here of rooms and people: topics have the members and the
 * history, the registry has nicks, bans and subjects, and so all workers know
 * the same. Topics: "room/ROOM", and "user/USER" for private messages. Keys:
 * see people.c and moderate.c.
 *
 * Where a request waits for the store (open, join, nick) the connection is
 * paused: so answers come in the order of the requests, and there is never
 * more than one such request to remember.
 *
 * THREADS: an instance for every worker, which share nothing.
 * MEMORY: strings of a request live until it is answered.
 */
#ifndef CHAT_HUB_H
#define CHAT_HUB_H

#include <cleat_json.h>
#include <stdio.h>
#include <strings.h>

#include "settings.h"

enum {
	SIZE_NAME = 64, /* of a user, nick or room, with its NUL */
	SIZE_KEY = 160, /* of a topic or key made of a word and two names */
	MAX_NICK = 32,
	MAX_ID = 64,
	MAX_SUBJECT = 250,
	MAX_REASON = 120,
	MAX_HISTORY = 1000,
	TYPING_MS = 1000,
};

/* What stands in the way of a request. */
enum refusal {
	DONE, /* nothing */
#define REFUSAL(name, code, sentence) name,
#include "errors.def"
#undef REFUSAL
};

/* What a command needs. */
enum {
	NOTHING = 0,
	SPEAKS = 1,    /* not mute for flooding, nor in the room */
	MODERATOR = 2, /* the role */
	ROOM = 4,      /* "room", a good name */
	SEAT = 8,      /* to be in it */
	VICTIM = 16,   /* "user" */
};

/* A room that a connection is in, or is about to be in. */
struct seat {
	struct seat *next;
	char room[SIZE_NAME];
};

/* A connection. */
struct person {
	char user[SIZE_NAME], nick[SIZE_NAME];
	enum role role;
	struct seat *seats;
	unsigned n_seats;
	int open; /* has been told hello */

	/* What waits for the store, while the connection is paused. */
	char *waiting_id;	/* the id of the request, or NULL */
	char wanted[SIZE_NAME]; /* the nick that is being claimed */
	struct seat *joining;
	int resuming;	   /* it has `since` */
	unsigned attempts; /* to claim the first nick */

	cj_bucket requests, typing;
	unsigned strikes;
	uint64_t struck_at, muted_until;
};

struct request {
	cleat_conn *c;
	cleat_route *r;
	const struct settings *set;
	struct person *p;
	json_t *o;	/* NULL: it was none */
	const char *id; /* or NULL */
	const char *room, *victim;
	const char *field; /* which one is wrong */
	const char *reason;
};

/* answer.c. Each steals the object. */
void tell(cleat_conn *, json_t *);
void answer(cleat_conn *, const char *id, json_t *);
void answer_refusal(const struct request *, enum refusal);
enum refusal outcome(int rc); /* of what the host was asked to do */
enum refusal wrong(struct request *, const char *field);

/* flood.c */
enum refusal flood_check(const struct request *, int speaks);

#define COMMAND(type, needs) enum refusal do_##type(struct request *);
#include "commands.def"
#undef COMMAND

#endif
