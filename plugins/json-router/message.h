/* SPDX-License-Identifier: MIT
 *
 * message.h - the envelope of a client's messages.
 */
#ifndef JSON_ROUTER_MESSAGE_H
#define JSON_ROUTER_MESSAGE_H

#include <stddef.h>

#include "router.h"

/* Takes one message, and answers it. */
void message_take(cleat_conn *, int kind, const void *, size_t);

/* Makes the router's hello; NULL: no memory. */
char *message_hello(const struct router *);

#endif
