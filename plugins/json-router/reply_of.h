/* SPDX-License-Identifier: MIT
 *
 * reply_of.h - what an HTTP answer means to the client.
 */
#ifndef JSON_ROUTER_REPLY_OF_H
#define JSON_ROUTER_REPLY_OF_H

#include "http.h"
#include "router.h"

/* NULL: the client has been answered. Else it has not, and this is what is
 * wrong with what the back end said. */
const char *reply_of(cleat_conn *, const char *id, const struct http_answer *);

#endif
