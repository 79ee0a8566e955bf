/* SPDX-License-Identifier: MIT
 *
 * mount.h - the living instances of one (path, plugin, config).
 *
 * A parallel handler has an instance on every worker, any other exactly one,
 * always on the worker of its file. A reload keeps the mount of a route whose
 * file and config have not changed; else a new one takes the new connections
 * and the old one lives until the last of its own has left.
 *
 * THREADS: as said per function.
 * MEMORY: two counts. `users` (the current site, every connection and knock)
 * keep the instances alive: with the last one they are unloaded. `refs`
 * (every site that names it, and the host while it unloads) keep the struct.
 */
#ifndef CLEAT_HOST_MOUNT_H
#define CLEAT_HOST_MOUNT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"
#include "base/pool.h"
#include "config/config.h"

struct cleat_route;
struct host;
struct plugin;

struct mount {
	struct host *host;
	struct plugin *plugin;
	unsigned refs, users;	      /* atomic */
	unsigned next;		      /* atomic: whose turn it is */
	struct list node;	      /* on the host's list of retired ones */
	struct config *config;	      /* main thread: what it runs with */
	const struct conf_node *conf; /* borrowed from config */
	unsigned n, left;	      /* instances; not yet unloaded */
	struct pool sessions;	      /* struct cleat_conn, with state */
	struct cleat_route *instances[];
};

/* Main thread. Makes and loads its instances; one user, one reference. 0, or
 * -1 and one line. */
int mount_new(struct mount **, struct host *, struct plugin *,
    const struct config_route *, struct config *, struct conf_error *)
    __attribute__((warn_unused_result));

/* Main thread: on_load and on_unload on a scratch instance. 0, or -1 and one
 * line. */
int mount_rehearse(struct host *, struct plugin *, const struct config_route *,
    struct config *, struct conf_error *) __attribute__((warn_unused_result));

/* Main thread: takes back a mount that was never attached. */
void mount_abandon(struct mount **);

/* Main thread. */
void mount_attach(struct mount *);
void mount_reload(struct mount *, const struct config_route *, struct config *);
void mount_set_slow(struct mount *, uint64_t slow_ms);
/* Nobody uses it any more: begins to detach its instances. */
void mount_detach(struct mount *);

/* Any thread. False: it is being unloaded. */
bool mount_use(struct mount *);
void mount_leave(struct mount *);
struct mount *mount_ref(struct mount *);
void mount_unref(struct mount **);

/* Any thread, for a user: the instance for the next connection. */
struct cleat_route *mount_pick(struct mount *);

#endif
