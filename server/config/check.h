/* SPDX-License-Identifier: MIT
 *
 * check.h - what a configuration must be beyond its single keys: what is
 * required, what excludes what, which is less than which.
 *
 * Each answers 0, or -1 and a line in *err.
 */
#ifndef CLEAT_CONFIG_CHECK_H
#define CLEAT_CONFIG_CHECK_H

#include "config/config.h"
#include "config/key.h"

/* One listener; sets its `path` when it is a UNIX socket. */
int check_listen(
    struct config_listen *, const struct section *, struct conf_error *);

/* Does it demand a PROXY header, and from anybody? */
int check_proxied(
    const struct config *, const struct config_listen *, struct conf_error *);

/* No two of all, the status listener included, at the same place. */
int check_listeners(const struct config *, struct conf_error *);

int check_http(const struct config_http *, const struct conf_node *group,
    struct conf_error *);

/* The first wait after failed logins is not above the longest. */
int check_logins(const struct config *, struct conf_error *);

/* Limits that `group` has changed. */
int check_limits(const struct config *, const struct config_limits *,
    const struct section *, const struct conf_node *group, struct conf_error *);

/* Its history is that of the routes of the same space among the first `n`. */
int check_space(const struct config *, const struct config_route *, size_t n,
    struct conf_error *);

/* Path and handler are there and the path is new among the first `n`. */
int check_route(const struct config *, const struct config_route *, size_t n,
    struct conf_error *);

#endif
