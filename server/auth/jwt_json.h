/* SPDX-License-Identifier: MIT
 *
 * jwt_json.h - JSON from strangers, and what stands somewhere in it.
 *
 * THREADS: any. MEMORY: jansson's.
 */
#ifndef CLEAT_AUTH_JWT_JSON_H
#define CLEAT_AUTH_JWT_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A whole text that is an object, with no name twice in one object, nothing
 * deeper than JWT_DEPTH_MAX and no number that does not fit. *out is the
 * caller's. 0; -EBADMSG; -ENOMEM. */
__attribute__((warn_unused_result)) int
jwt_json_parse(json_t **out, const uint8_t *text, size_t n);

/* Was it for want of memory that jansson answered NULL? */
bool jwt_json_no_memory(const json_error_t *);

/* The member of that name; with a "/" in front a JSON pointer (RFC 6901)
 * through objects. NULL: there is none, or null. Borrowed. */
const json_t *jwt_json_find(const json_t *, const char *name);

#endif
