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

static const struct route *
find_same_path(const struct site *site, const struct config_route *conf)
{
	for (size_t i = 0; site && i < site->n; i++)
		if (strcmp(site->routes[i].conf->path, conf->path) == 0)
			return &site->routes[i];
	return NULL;
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
load_route(struct host *h, struct route *r, const struct route *before,
    struct conf_error *err)
{
	struct plugin *p = load_plugin(h, r->conf, err);
	bool kept = false;

	if (!p || (before && keep_mount(r, before, p, err, &kept) != 0))
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
fill(struct site *s, struct host *h)
{
	s->routes = calloc(s->n + 1, sizeof(struct route));
	s->order = calloc(s->n + 1, sizeof(struct route *));
	if (!s->routes || !s->order)
		return false;
	for (size_t i = 0; i < s->n; i++) {
		struct route *r = &s->routes[i];

		r->site = s;
		r->conf = &s->config->routes[i];
		r->rules = r->conf->limits.rules;
		r->ledger = host_ledger(h, r->conf->path);
		s->order[i] = r;
		if (!r->ledger)
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
	for (size_t i = 0; i < s->n; i++) {
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
	for (size_t i = 0; i < s->n; i++) {
		struct route *r = &s->routes[i];

		if (load_route(h, r, find_same_path(previous, r->conf), err) ==
		    0)
			continue;
		abandon(s);
		return -1;
	}
	*out = s;
	return 0;
}

int
site_check(struct host *h, struct config *config, struct conf_error *err)
{
	for (size_t i = 0; i < config->n_routes; i++) {
		const struct config_route *conf = &config->routes[i];
		struct plugin *p = load_plugin(h, conf, err);

		if (!p || mount_rehearse(h, p, conf, config, err) != 0)
			return -1;
	}
	return 0;
}

void
site_attach(struct site *s)
{
	for (size_t i = 0; i < s->n; i++) {
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
	for (size_t i = 0; i < s->n; i++)
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
	for (size_t i = 0; s->routes && i < s->n; i++)
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

	return a ? &a->auth.places : NULL;
}
