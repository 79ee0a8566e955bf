/* SPDX-License-Identifier: MIT
 *
 * reply_of.h - what an HTTP answer means to the client.
 */
#ifndef JSON_ROUTER_REPLY_OF_H
#define JSON_ROUTER_REPLY_OF_H

#include "http.h"
#include "router.h"

/* Answers the client; or NULL is not what it returns: then it has not, and
 * the answer makes no sense because of that. */
const char *reply_of(cleat_conn *, const char *id, const struct http_answer *);

#endif
