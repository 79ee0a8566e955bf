/* SPDX-License-Identifier: MIT
 *
 * site.c - the routes of one loaded configuration.
 *
 * THREADS, MEMORY: see site.h.
 */
#include "config.h"

#include "host/site.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "config/auth.h"
#include "host/conf_line.h"
#include "host/host_struct.h"
#include "host/instance.h"
#include "host/mount.h"
#include "host/plugin.h"
#include "host/topics.h"

/* --- loading ------------------------------------------------------------ */

static struct plugin *
load_plugin(
    struct host *h, const struct config_route *conf, struct conf_error *err)
{
	char why[PLUGIN_WHY_MAX];
	struct plugin *p =
	    plugin_load(&h->plugins, PLUGIN_HANDLER, conf->handler_file, why);

	if (!p)
		conf_line_fail(err, conf->handler_node, "%s", why);
	return p;
}

/* Has a guard what it is there for? */
static int
check_guard(const struct plugin *p, const struct config_route *conf,
    struct conf_error *err)
{
	if (p->handler.on_handshake)
		return 0;
	return conf_line_fail(err, conf->handler_node,
	    "auth.handler: \"%s\" decides nothing: it has no on_handshake",
	    conf->handler);
}

/* The route of this path, or its guard. */
static const struct route *
find_same_path(
    const struct site *site, const struct config_route *conf, bool guard)
{
	for (size_t i = 0; site && i < site->n; i++)
		if (strcmp(site->routes[i].conf->path, conf->path) == 0)
			return guard ? site->routes[i].guard : &site->routes[i];
	return NULL;
}

static size_t
all_of(const struct site *s)
{
	return s->n + s->n_guards;
}

/* Can the mount of the same path go on, as it is or by on_reload? */
static int
keep_mount(struct route *r, const struct route *before, struct plugin *p,
    struct conf_error *err, bool *kept)
{
	struct mount *m = before->mount;
	struct host *h = m->host;

	*kept = false;
	/* What instances publish goes to one space: another one is another
	 * mount's. */
	if (m->plugin != p ||
	    m->instances[0]->space != topics_space(h, r->conf->space))
		return 0;
	if (!conf_equal(m->conf, r->conf->config)) {
		if (!p->handler.on_reload)
			return 0;
		if (mount_rehearse(h, p, r->conf, r->site->config, err) != 0)
			return -1;
		r->reload = true;
	}
	*kept = mount_use(m);
	if (*kept)
		r->mount = mount_ref(m);
	return 0;
}

static int
load_route(struct host *h, struct route *r, struct site *previous,
    struct conf_error *err)
{
	bool guard = r >= r->site->routes + r->site->n, kept = false;
	const struct route *before = find_same_path(previous, r->conf, guard);
	struct plugin *p = load_plugin(h, r->conf, err);

	if (!p || (guard && check_guard(p, r->conf, err) != 0) ||
	    (before && keep_mount(r, before, p, err, &kept) != 0))
		return -1;
	r->kept = kept;
	return kept ? 0
		    : mount_new(&r->mount, h, p, r->conf, r->site->config, err);
}

/* Longer paths first, so that the first that matches is the longest; the
 * prefix "/a/" is as long as the path "/a/", which is meant more exactly. */
static int
compare(const void *a, const void *b)
{
	const struct config_route *x = (*(struct route *const *)a)->conf;
	const struct config_route *y = (*(struct route *const *)b)->conf;

	if (x->path_len != y->path_len)
		return x->path_len > y->path_len ? -1 : 1;
	return (int)x->prefix - (int)y->prefix;
}

static bool
fill_route(struct site *s, struct route *r, const struct config_route *conf,
    struct host *h)
{
	r->site = s;
	r->conf = conf;
	r->rules = conf->limits.rules;
	r->ledger = host_ledger(h, conf->path);
	return r->ledger != NULL;
}

static bool
fill(struct site *s, struct host *h)
{
	size_t guards = 0;

	for (size_t i = 0; i < s->n; i++)
		s->n_guards += s->config->routes[i].guard != NULL;
	s->routes = calloc(all_of(s) + 1, sizeof(struct route));
	s->order = calloc(s->n + 1, sizeof(struct route *));
	if (!s->routes || !s->order)
		return false;
	for (size_t i = 0; i < s->n; i++) {
		struct route *r = &s->routes[i];

		s->order[i] = r;
		if (!fill_route(s, r, &s->config->routes[i], h))
			return false;
		if (!r->conf->guard)
			continue;
		r->guard = &s->routes[s->n + guards++];
		if (!fill_route(s, r->guard, r->conf->guard, h))
			return false;
	}
	qsort(s->order, s->n, sizeof(struct route *), compare);
	return true;
}

static struct site *
make(struct host *h, struct config *config)
{
	struct site *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->refs = 1;
	s->config = config_ref(config);
	s->n = config->n_routes;
	if (!fill(s, h))
		site_unref(&s);
	return s;
}

/* Takes back what was loaded before something failed. */
static void
abandon(struct site *s)
{
	for (size_t i = 0; i < all_of(s); i++) {
		struct route *r = &s->routes[i];

		if (!r->mount)
			continue;
		if (r->kept)
			mount_leave(r->mount);
		else
			mount_abandon(&r->mount);
	}
	site_unref(&s);
}

int
site_load(struct host *h, struct config *config, struct site *previous,
    struct site **out, struct conf_error *err)
{
	struct site *s = make(h, config);

	*out = NULL;
	if (!s)
		return conf_line_fail(err, NULL, "no memory");
	for (size_t i = 0; i < all_of(s); i++)
		if (load_route(h, &s->routes[i], previous, err) != 0) {
			abandon(s);
			return -1;
		}
	*out = s;
	return 0;
}

static int
rehearse(struct host *h, const struct config_route *conf, bool guard,
    struct config *config, struct conf_error *err)
{
	struct plugin *p = load_plugin(h, conf, err);

	if (!p || (guard && check_guard(p, conf, err) != 0))
		return -1;
	return mount_rehearse(h, p, conf, config, err);
}

int
site_check(struct host *h, struct config *config, struct conf_error *err)
{
	for (size_t i = 0; i < config->n_routes; i++) {
		const struct config_route *conf = &config->routes[i];

		if (rehearse(h, conf, false, config, err) != 0 ||
		    (conf->guard &&
			rehearse(h, conf->guard, true, config, err) != 0))
			return -1;
	}
	return 0;
}

void
site_attach(struct site *s)
{
	for (size_t i = 0; i < all_of(s); i++) {
		struct route *r = &s->routes[i];

		if (!r->kept)
			mount_attach(r->mount);
		else if (r->reload)
			mount_reload(r->mount, r->conf, s->config);
		mount_set_slow(r->mount, r->conf->limits.slow_ms);
	}
}

void
site_retire(struct site *s)
{
	for (size_t i = 0; i < all_of(s); i++)
		mount_leave(s->routes[i].mount);
}

/* --- counting ----------------------------------------------------------- */

struct site *
site_ref(struct site *s)
{
	__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
	return s;
}

void
site_unref(struct site **site)
{
	struct site *s = *site;

	*site = NULL;
	if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	for (size_t i = 0; s->routes && i < all_of(s); i++)
		mount_unref(&s->routes[i].mount);
	free(s->routes);
	free(s->order);
	config_unref(&s->config);
	free(s);
}

struct route *
route_ref(struct route *r)
{
	site_ref(r->site);
	return r;
}

void
route_unref(struct route **route)
{
	struct site *s = *route ? (*route)->site : NULL;

	*route = NULL;
	site_unref(&s);
}

/* --- looking up --------------------------------------------------------- */

static bool
matches(const struct config_route *conf, const char *path)
{
	if (strncmp(path, conf->path, conf->path_len) != 0)
		return false;
	return conf->prefix || path[conf->path_len] == '\0';
}

struct route *
site_find(const struct site *s, const char *path)
{
	for (size_t i = 0; i < s->n; i++)
		if (matches(s->order[i]->conf, path))
			return s->order[i];
	return NULL;
}

size_t
route_script_len(const struct route *r)
{
	/* "/room/" "*": the slash belongs to PATH_INFO. */
	return r->conf->prefix ? r->conf->path_len - 1 : r->conf->path_len;
}

const struct credential_places *
route_secrets(const struct route *r)
{
	const struct config_auth *a = r->conf->limits.auth;

	return a && !a->handler ? &a->auth.places : NULL;
}
