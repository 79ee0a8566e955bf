/* SPDX-License-Identifier: MIT
 *
 * topic.h - names of topics: what is one, what a template makes, what a
 * pattern matches. Pure functions.
 *
 * A topic is 1 to 8 names with "/" between them, a name is 1 to 63 of
 * A-Z a-z 0-9 . _ -. In a template ${payload.NAME} and ${user} stand for a
 * name, so that nothing a client says can make two names of one. In a pattern
 * a part may be "*", any name, or "${user}".
 */
#ifndef JSON_ROUTER_TOPIC_H
#define JSON_ROUTER_TOPIC_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

bool name_ok(const char *, size_t);
bool name_chars(const char *); /* of a name's characters, at least one */
bool topic_ok(const char *);
bool template_ok(const char *);
bool pattern_ok(const char *);

enum topic_result {
	TOPIC_MADE,
	TOPIC_NO_USER,	 /* none, or one that is no name */
	TOPIC_NO_MEMBER, /* `member` is not there, or is no name */
	TOPIC_TOO_LONG,
};

/* Makes the topic of a template. `member` (64 bytes) is set with
 * TOPIC_NO_MEMBER. */
enum topic_result topic_make(char *out, size_t size, const char *template,
    const json_t *payload, const char *user, char *member);

bool topic_matches(const char *topic, const char *pattern, const char *user);

#endif
