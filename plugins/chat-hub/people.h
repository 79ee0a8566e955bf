/* SPDX-License-Identifier: MIT
 *
 * people.h - who somebody is: the handshake, users and nicks.
 *
 * THREADS, MEMORY: see hub.h.
 */
#ifndef CHAT_HUB_PEOPLE_H
#define CHAT_HUB_PEOPLE_H

#include "hub.h"

/* Callbacks of the host. */
int people_handshake(cleat_conn *);
void people_open(cleat_conn *);
void people_close(cleat_conn *, int code, cleat_str reason);
void people_free(cleat_conn *);
void
people_claimed(cleat_conn *, const char *key, int status, const char *holder);

/* The topic of private messages is subscribed to, or not. */
void people_here(cleat_conn *, int status);
/* An authenticated user has come who has this name, in small letters. */
void people_nick_lost(cleat_conn *, const char *nick);

/* Can this be the name of a user? */
int people_is_user(const char *name);
/* Of the one who holds a nick, which is a key of the registry. */
void people_user(char user[SIZE_NAME], const char *holder);
/* What to show; until the callback returns. */
const char *people_nick(cleat_route *, const char *user);
/* Writes a prefix and a name in small letters: SIZE_KEY bytes. */
void people_key(char *out, const char *prefix, const char *name);

/* From now on the connection waits for what becomes of this request; the
 * next one is not looked at before people_go_on(). */
void people_wait(struct request *);
void people_go_on(cleat_conn *);

#endif
