/* SPDX-License-Identifier: MIT
 *
 * moderate.h - who is banned from a room, who is mute in it.
 *
 * THREADS, MEMORY: see hub.h.
 */
#ifndef CHAT_HUB_MODERATE_H
#define CHAT_HUB_MODERATE_H

#include "hub.h"

/* The reason, or NULL: is not. */
const char *moderate_ban(cleat_route *, const char *room, const char *user);
const char *moderate_mute(cleat_route *, const char *room, const char *user);

#endif
