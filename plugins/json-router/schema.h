/* SPDX-License-Identifier: MIT
 *
 * schema.h - a part of JSON Schema: what a payload must be. docs/JSON.md
 * lists the words.
 *
 * A schema is the JSON of its file, checked once when it is loaded, so that
 * no word in it means less than its author thinks. A value's depth is bounded
 * by the message's, a schema's by that of its file. Pure functions.
 */
#ifndef JSON_ROUTER_SCHEMA_H
#define JSON_ROUTER_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "place.h"

enum { SCHEMA_BYTES_MAX = 65536, SCHEMA_DEPTH_MAX = 32 };

/* Is this a schema of words that are known? If not, `place` says where. */
bool schema_ok(json_t *schema, struct place *);

/* Does a value fit a schema? NULL is a value that is not there. */
bool schema_fits(json_t *schema, json_t *value, struct place *);

/* Reads a file: a schema that is ok, or NULL, and what is wrong in `why`. */
json_t *schema_read(const char *file, char *why, size_t size);

#endif
