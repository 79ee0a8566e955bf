/* SPDX-License-Identifier: MIT
 *
 * topics.h - subscriptions and publications of clients.
 */
#ifndef JSON_ROUTER_TOPICS_H
#define JSON_ROUTER_TOPICS_H

#include "rule.h"

/* The built-in types. */
void topics_subscribe(const struct request *);
void topics_unsubscribe(const struct request *);

/* Callbacks of the handler. */
void topics_subscribed(cleat_conn *, const cleat_subscribed *);
void topics_published(cleat_conn *, const cleat_published *);

#endif
