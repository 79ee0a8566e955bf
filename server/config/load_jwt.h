/* SPDX-License-Identifier: MIT
 *
 * load_jwt.h - the group `jwt` of an `auth`: its keys, and the file of keys that
 * it names.
 *
 * THREADS, MEMORY: as config_load().
 */
#ifndef CLEAT_CONFIG_LOAD_JWT_H
#define CLEAT_CONFIG_LOAD_JWT_H

#include "config/auth.h"
#include "config/error.h"
#include "config/memory.h"

/* Fills a->jwt and, with what it says, a->auth, if there is such a group. 0,
 * or -1 and a line in *err. */
int
load_jwt(struct config_memory *, struct config_auth *a, struct conf_error *err);

#endif
