/* SPDX-License-Identifier: MIT
 *
 * chat.h - a daemon with chat-hub at /chat/ on two workers, and its clients.
 *
 * JSON is written with ' for " here. What is expected must be in the message,
 * which may have more; null: it must not be there; '*': it must be there.
 */
#ifndef CLEAT_TESTS_CHAT_H
#define CLEAT_TESTS_CHAT_H

#include <check.h>
#include <jansson.h>

#include "daemon.h"
#include "raw.h"

#define CHAT_PRINTF __attribute__((format(printf, 2, 3)))

/* Rooms "lobby" and "garden", ?user=NAME believed, ann a moderator, and no
 * limit of the rate that a test reaches by accident. */
#define CHAT_CONFIG                                              \
	"rooms = [ \"lobby\", \"garden\" ]; trust_query = true;" \
	"rate = 100000.0; burst = 100000;"                       \
	"roles = ( { user = \"ann\"; role = \"mod\"; } );"

struct chat {
	struct raw raw;
	json_t *last; /* the last message */
	char user[64];
};

/* Prepares and starts it; `limits` are further keys of the route, `options`
 * of the file. */
void chat_start(struct daemon *, const char *config, const char *limits,
    const char *options);

/* Writes the file anew, for a reload. */
void chat_configure(struct daemon *, const char *config);

/* What `cleatd -t` says about such a config. */
const char *chat_complaint(struct daemon *, const char *config);

/* Comes in as a user, NULL: as a guest; takes hello. */
void chat_open(struct daemon *, struct chat *, const char *user);
/* Comes in with this query and these header lines; the status. */
int chat_knock(
    struct daemon *, struct chat *, const char *query, const char *headers);
void chat_shut(struct chat *);

void chat_say(struct chat *, const char *json, ...) CHAT_PRINTF;
/* The next message fits. */
void chat_hear(struct chat *, const char *json, ...) CHAT_PRINTF;
/* The next message is this error. */
void chat_error(struct chat *, const char *code, const char *id);
/* Says something and hears this error. */
void chat_refused(struct chat *, const char *code, const char *json, ...)
    __attribute__((format(printf, 3, 4)));
/* Says something, again and again, until the next message fits; those that
 * come meanwhile are taken. */
void chat_until(struct chat *, const char *say, const char *json);

/* Joins, takes the answer. */
void chat_join(struct chat *, const char *room);
/* Says a text with an id; takes the message and the acknowledgement. */
void chat_text(struct chat *, const char *room, const char *id);

/* A number of the last message. */
json_int_t chat_int(const struct chat *, const char *key);
const char *chat_str(const struct chat *, const char *key);

/* A metric of the route; waits until it has the value. */
void chat_await(struct daemon *, const char *metric, double value);

/* Has a request of this type been said, has an error of this code come? */
bool chat_covered(const char *type_or_code);

/* The cases of the program test_chat. */
void chat_people_cases(Suite *);
void chat_rooms_cases(Suite *);
void chat_talk_cases(Suite *);
void chat_resume_cases(Suite *);
void chat_moderate_cases(Suite *);
void chat_limits_cases(Suite *);

#endif
