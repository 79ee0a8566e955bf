/* SPDX-License-Identifier: MIT
 *
 * answer.h - what the router says to a client. `id` is that of the request,
 * or NULL.
 *
 * MEMORY: payloads are stolen; NULL: there is none.
 */
#ifndef JSON_ROUTER_ANSWER_H
#define JSON_ROUTER_ANSWER_H

#include "router.h"

enum fault {
#define FAULT(name, code, sentence) FAULT_##name,
#include "faults.def"
};

/* As the client reads it. */
const char *fault_code(enum fault);

void answer_reply(cleat_conn *, const char *id, json_t *payload);
void answer_pong(cleat_conn *, const char *id);

/* A fault that is not the client's, or one that another program found. */
void answer_error(
    cleat_conn *, const char *id, const char *code, const char *message);
void answer_fault(cleat_conn *, const char *id, enum fault);

/* A fault of the client's: counts, and after too many it closes. A message
 * of NULL is the usual sentence. */
void
answer_blame(cleat_conn *, const char *id, enum fault, const char *message);

#endif
