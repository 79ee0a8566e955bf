/* SPDX-License-Identifier: MIT
 *
 * reply.h - answers that stand in the config: JSON with variables in it.
 */
#ifndef JSON_ROUTER_REPLY_H
#define JSON_ROUTER_REPLY_H

#include <stdbool.h>

#include <jansson.h>

/* What variables are, for one request. */
struct variables {
	json_t *payload;	 /* borrowed; or NULL */
	const char *user, *type; /* user: or NULL */
	json_int_t time;
};

/* Are all strings that look like a variable one? */
bool reply_ok(json_t *);

/* A new value with the variables' values, or NULL: no memory. */
json_t *reply_fill(json_t *, const struct variables *);

#endif
