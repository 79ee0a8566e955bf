/* SPDX-License-Identifier: MIT
 *
 * talk.h - what is stored, and how it is acknowledged.
 *
 * THREADS, MEMORY: see hub.h.
 */
#ifndef CHAT_HUB_TALK_H
#define CHAT_HUB_TALK_H

#include "hub.h"

/* Stores and publishes (steals the object), and answers later. `what` is what
 * makes it another message than one of the same id; `erase` as in cleat.h. */
enum refusal
talk_store(struct request *, json_t *, const char *what, uint64_t erase);
void talk_published(cleat_conn *, const cleat_published *);

#endif
