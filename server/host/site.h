/* SPDX-License-Identifier: MIT
 *
 * site.h - the routes of one loaded configuration.
 *
 * A site is what a struct config becomes when all its handlers have been
 * found, checked and loaded. It never changes; a reload makes a new one
 * beside it, in which whatever means the same goes on living (see mount.h).
 *
 * THREADS: any, unless said.
 * MEMORY: counted. Who keeps a route keeps its site: route_ref() and
 * route_unref() count on the site. Every connection holds one.
 */
#ifndef CLEAT_HOST_SITE_H
#define CLEAT_HOST_SITE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/config.h"
#include "net/rules.h"

struct credential_places;
struct host;
struct ledger;
struct mount;
struct site;

struct route {
	struct rules rules; /* that its connections point at */
	struct site *site;
	const struct config_route *conf;
	struct mount *mount;
	struct ledger *ledger; /* counts of the path, over all reloads */
	struct route *guard;   /* whose handler decides about it, or NULL */
	bool kept;	       /* its mount comes from the site before */
	bool reload;	       /* and goes on with a new config */
};

struct site {
	unsigned refs; /* atomic */
	struct config *config;
	size_t n, n_guards;
	struct route *routes; /* in the order of the config, then guards */
	struct route **order; /* the longest path first, exact before prefix */
};

/* Loads all handlers; `previous` may be NULL. 0, or -1 and one line, then
 * everything is as it was. Nothing is attached to a worker yet. */
int site_load(struct host *, struct config *, struct site *previous,
    struct site **, struct conf_error *) __attribute__((warn_unused_result));

/* Main thread: a loaded site comes to life; one that was replaced, or is the
 * last, lets its mounts go. */
void site_attach(struct site *);
void site_retire(struct site *);

/* Main thread, of a host without workers: every handler on a scratch
 * instance. 0, or -1 and one line. */
int site_check(struct host *, struct config *, struct conf_error *)
    __attribute__((warn_unused_result));

struct site *site_ref(struct site *);
void site_unref(struct site **);

/* The route for a decoded path, or NULL: the longest that matches. Counts
 * no reference. */
struct route *site_find(const struct site *, const char *path);

struct route *route_ref(struct route *);
void route_unref(struct route **);

/* How much of a path that matched is SCRIPT_NAME; the rest is PATH_INFO. */
size_t route_script_len(const struct route *);

/* Where the credentials are that the host looks at, and no handler; or NULL. */
const struct credential_places *route_secrets(const struct route *);

#endif
