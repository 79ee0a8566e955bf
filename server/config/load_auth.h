/* SPDX-License-Identifier: MIT
 *
 * load_auth.h - the group `auth` of a route or of defaults: its keys, and the
 * files they name, which are read and judged when the configuration is.
 *
 * THREADS, MEMORY: as config_load().
 */
#ifndef CLEAT_CONFIG_LOAD_AUTH_H
#define CLEAT_CONFIG_LOAD_AUTH_H

#include "config/config.h"
#include "config/error.h"

/* Sets l->auth if `group`, in which the limits stand, has such a group; then
 * looks whether it fits the other limits. 0, or -1 and a line in *err. */
int load_auth(struct config *, struct config_limits *l,
    const struct conf_node *group, struct conf_error *err);

#endif
