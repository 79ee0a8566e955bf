/* SPDX-License-Identifier: MIT
 *
 * load.c - the files of a configuration, in order: the main file with its
 * groups and routes, then conf.d with further routes, then all that can only
 * be judged when everything is known.
 */
#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/folder.h"
#include "config/auth.h"
#include "config/check.h"
#include "config/fill.h"
#include "config/load_auth.h"
#include "config/load_tls.h"
#include "config/memory.h"
#include "config/paths.h"
#include "net/proxies.h"

enum { LISTENERS_MAX = 64, ROUTES_MAX = 4096, FILES_MAX = 1024 };

struct load {
	struct config *config;
	struct conf_error *err;
};

static int
too_many(struct conf_error *err, const struct conf_node *at, const char *what,
    int max)
{
	char n[16];

	snprintf(n, sizeof(n), "%d", max);
	return conf_fail(err, at, TOO_MANY, what, n);
}

static struct fill
fill_of(const struct load *l, enum section_id id, void *own, void *also)
{
	return (struct fill){
		.section = &sections[id],
		.own = own,
		.also = also,
		.memory = l->config->memory,
		.err = l->err,
	};
}

/* Defaults, then what the group says, if it is there. */
static int
load_section(const struct load *l, enum section_id id, void *own,
    const struct conf_node *group)
{
	struct fill f = fill_of(l, id, own, own);

	if (fill_defaults(&f) < 0)
		return -1;
	return group == NULL ? 0 : fill_group(&f, group);
}

/* --- listeners --------------------------------------------------------- */

/* What trusted_proxies names, which was checked when it was filled in. */
static int
load_proxies(const struct load *l)
{
	struct config *c = l->config;

	c->proxies = proxies_new(c->trusted_proxies.v, c->trusted_proxies.n,
	    c->http.request_timeout_ms, c->http.max_connections);
	return c->proxies == NULL ? fill_no_memory(l->err, c->node) : 0;
}

static int
note_socket(const struct load *l, const struct config_listen *at)
{
	return at->path != NULL && paths_note(l->config->memory, PATH_SOCKET,
				       at->path, "listen.address", at->node) < 0
		   ? fill_no_memory(l->err, at->node)
		   : 0;
}

static int
load_listen(const struct load *l, struct config_listen *to,
    const struct conf_node *group)
{
	to->node = group;
	if (load_section(l, SECTION_LISTEN, to, group) < 0)
		return -1;
	if (check_listen(to, &sections[SECTION_LISTEN], l->err) < 0 ||
	    check_proxied(l->config, to, l->err) < 0)
		return -1;
	if (to->proxy_protocol)
		to->proxies = l->config->proxies;
	if (note_socket(l, to) < 0)
		return -1;
	return load_tls(l->config, to, l->err);
}

static int
load_listeners(const struct load *l, const struct conf_node *list)
{
	struct config *c = l->config;
	size_t n = list == NULL ? 0 : conf_count(list);

	if (n == 0)
		return 0;
	if (n > LISTENERS_MAX)
		return too_many(l->err, list, "listen", LISTENERS_MAX);
	c->listen = memory_take(c->memory, n * sizeof(*c->listen));
	if (c->listen == NULL)
		return fill_no_memory(l->err, list);
	for (c->n_listen = 0; c->n_listen < n; c->n_listen++)
		if (load_listen(l, &c->listen[c->n_listen],
			conf_child(list, c->n_listen)) < 0)
			return -1;
	return 0;
}

static int
load_status(const struct load *l, const struct conf_node *group)
{
	struct config *c = l->config;

	if (group == NULL)
		return 0;
	c->status = memory_take(c->memory, sizeof(*c->status));
	if (c->status == NULL)
		return fill_no_memory(l->err, group);
	c->status->at.node = group;
	if (load_section(l, SECTION_STATUS, c->status, group) < 0)
		return -1;
	if (check_listen(&c->status->at, &sections[SECTION_STATUS], l->err) < 0)
		return -1;
	return note_socket(l, &c->status->at);
}

/* --- routes ------------------------------------------------------------ */

static int
note_handler(const struct load *l, const struct config_route *r)
{
	return paths_note(l->config->memory, PATH_CODE, r->handler_file,
		   "routes.handler", r->node) < 0
		   ? fill_no_memory(l->err, r->node)
		   : 0;
}

/* NAME is NAME.so in plugins.dir; a path ends in .so already. */
static int
find_handler(const struct load *l, struct config_route *r)
{
	size_t n = strlen(r->handler);
	bool named = n <= 3 || strcmp(r->handler + n - 3, ".so") != 0;
	size_t size = strlen(l->config->plugin_dir) + n + sizeof("/.so");
	char *file;

	r->handler_file = r->handler;
	if (*r->handler == '/')
		return note_handler(l, r);
	r->handler_file = file = memory_take(l->config->memory, size);
	if (file == NULL)
		return fill_no_memory(l->err, r->node);
	snprintf(file, size, "%s/%s%s", l->config->plugin_dir, r->handler,
	    named ? ".so" : "");
	return note_handler(l, r);
}

/* What decides about handshakes is loaded, called and counted as a route's
 * handler is, so it is one. */
static int
make_guard(const struct load *l, struct config_route *r)
{
	const struct config_auth *a = r->limits.auth;
	struct config_route *guard;

	if (a == NULL || a->handler == NULL)
		return 0;
	r->guard = guard = memory_take(l->config->memory, sizeof(*guard));
	if (guard == NULL)
		return fill_no_memory(l->err, r->node);
	*guard = *r;
	guard->guard = NULL;
	guard->handler = a->handler;
	guard->handler_node = a->handler_node;
	guard->config = a->config;
	guard->limits.auth = NULL;
	return find_handler(l, guard);
}

/* A route that names no space has its path's: without what begins and ends
 * every path. */
static int
find_space(const struct load *l, struct config_route *r)
{
	size_t n = r->path_len > 1 ? r->path_len - 1 : 0;
	char *space;

	if (r->space != NULL)
		return 0;
	if (r->prefix && n > 0)
		n--;
	if (n == 0) {
		r->space = "root";
		return 0;
	}
	r->space = space = memory_take(l->config->memory, n + 1);
	if (space == NULL)
		return fill_no_memory(l->err, r->node);
	memcpy(space, r->path + 1, n);
	space[n] = '\0';
	return 0;
}

static int
load_route(
    const struct load *l, struct config_route *r, const struct conf_node *group)
{
	struct config *c = l->config;
	struct fill f = fill_of(l, SECTION_ROUTES, r, &r->limits);

	r->node = group;
	r->limits = c->defaults;
	if (fill_group(&f, group) < 0 ||
	    check_route(c, r, c->n_routes, l->err) < 0 ||
	    check_limits(c, &r->limits, f.section, group, l->err) < 0 ||
	    load_auth(c, &r->limits, group, l->err) < 0)
		return -1;
	r->path_len = strlen(r->path);
	r->prefix = r->path[r->path_len - 1] == '*';
	r->path_len -= r->prefix;
	r->config = conf_get(group, "config");
	r->handler_node = conf_get(group, "handler");
	if (find_space(l, r) < 0 ||
	    check_space(c, r, c->n_routes, l->err) < 0 ||
	    find_handler(l, r) < 0)
		return -1;
	return make_guard(l, r);
}

/* Adds the routes of one file to those there are. */
static int
load_routes(const struct load *l, const struct conf_node *list)
{
	struct config *c = l->config;
	size_t old = c->n_routes, n = list == NULL ? 0 : conf_count(list);
	struct config_route *all;

	if (n == 0)
		return 0;
	if (old + n > ROUTES_MAX)
		return too_many(l->err, list, "routes", ROUTES_MAX);
	all = memory_take(c->memory, (old + n) * sizeof(*all));
	if (all == NULL)
		return fill_no_memory(l->err, list);
	if (old > 0)
		memcpy(all, c->routes, old * sizeof(*all));
	c->routes = all;
	for (; c->n_routes < old + n; c->n_routes++)
		if (load_route(l, &all[c->n_routes],
			conf_child(list, c->n_routes - old)) < 0)
			return -1;
	return 0;
}

/* --- files ------------------------------------------------------------- */

static int
load_tree(const struct load *l, const char *file, struct conf_node **tree)
{
	if (conf_read(file, tree, l->err) < 0)
		return -1;
	if (memory_keep(l->config->memory, tree) < 0)
		return conf_fail_at(
		    l->err, file, 0, READ, file, strerror(ENOMEM));
	if (paths_note_files(l->config->memory, *tree) < 0)
		return fill_no_memory(l->err, *tree);
	return 0;
}

static int
load_main(const struct load *l, const char *file, bool listeners_given)
{
	struct config *c = l->config;
	struct conf_node *t;

	if (load_tree(l, file, &t) < 0)
		return -1;
	c->node = t;
	c->plugin_dir = PLUGINDIR;
	if (load_section(l, SECTION_TOP, c, t) < 0 ||
	    check_logins(c, l->err) < 0 ||
	    load_section(l, SECTION_HTTP, &c->http, conf_get(t, "http")) < 0 ||
	    check_http(&c->http, conf_get(t, "http"), l->err) < 0 ||
	    load_section(l, SECTION_PLUGINS, c, conf_get(t, "plugins")) < 0 ||
	    load_section(l, SECTION_LOG, &c->log, conf_get(t, "log")) < 0 ||
	    load_section(
		l, SECTION_SANDBOX, &c->sandbox, conf_get(t, "sandbox")) < 0 ||
	    load_section(l, SECTION_TOPICS, &c->topics, conf_get(t, "topics")) <
		0 ||
	    load_proxies(l) < 0 ||
	    load_listeners(l, conf_get(t, "listen")) < 0 ||
	    load_status(l, conf_get(t, "status")) < 0 ||
	    check_listeners(c, l->err) < 0)
		return -1;
	if (c->n_listen == 0 && !listeners_given)
		return conf_fail_at(l->err, file, 0, NO_LISTEN);
	const struct conf_node *defaults = conf_get(t, "defaults");
	if (load_section(l, SECTION_DEFAULTS, &c->defaults, defaults) < 0 ||
	    check_limits(c, &c->defaults, &sections[SECTION_DEFAULTS],
		defaults == NULL ? t : defaults, l->err) < 0 ||
	    load_auth(c, &c->defaults, defaults, l->err) < 0)
		return -1;
	return load_routes(l, conf_get(t, "routes"));
}

/* A file of conf.d has one key, `routes`. */
static int
load_extra(const struct load *l, const char *file)
{
	const struct conf_node *node;
	struct conf_node *t;

	if (load_tree(l, file, &t) < 0)
		return -1;
	for (size_t i = 0; (node = conf_child(t, i)) != NULL; i++) {
		const struct key *k =
		    key_find(&sections[SECTION_TOP], conf_name(node));
		if (k != NULL && strcmp(k->name, "routes") != 0)
			return conf_fail(l->err, node, ONLY_ROUTES, k->name);
	}
	/* The types of what is there are checked as everywhere. */
	struct fill f = fill_of(l, SECTION_TOP, l->config, NULL);
	if (fill_group(&f, t) < 0)
		return -1;
	return load_routes(l, conf_get(t, "routes"));
}

static int
is_conf(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return e->d_name[0] != '.' && n > 5 &&
	       strcmp(e->d_name + n - 5, ".conf") == 0;
}

/* Bytes decide the order, not the locale. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int
load_entry(const struct load *l, const char *dir, const char *name)
{
	char *file;

	if (asprintf(&file, "%s/%s", dir, name) < 0)
		return conf_fail_at(
		    l->err, dir, 0, READ, name, strerror(ENOMEM));
	int r = load_extra(l, file);
	free(file);
	return r;
}

static int
load_folder(const struct load *l, const char *dir)
{
	struct dirent **entries;
	char max[16];
	int r = 0, n = scandir(dir, &entries, is_conf, by_name);

	if (n < 0 && errno == ENOENT)
		return 0;
	if (n < 0)
		return conf_fail_at(l->err, dir, 0, READ, dir, strerror(errno));
	snprintf(max, sizeof(max), "%d", FILES_MAX);
	if (n > FILES_MAX)
		r = conf_fail_at(l->err, dir, 0, TOO_MANY, "conf.d", max);
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = load_entry(l, dir, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return r;
}

/* conf.d beside the main file. */
static int
load_conf_d(const struct load *l, const char *file)
{
	char *dir;

	if (asprintf(&dir, "%.*sconf.d", (int)folder_len(file), file) < 0)
		return conf_fail_at(
		    l->err, file, 0, READ, "conf.d", strerror(ENOMEM));
	int r = load_folder(l, dir);
	free(dir);
	return r;
}

/* --- a config as a whole ----------------------------------------------- */

static struct config *
config_new(void)
{
	struct config *c = calloc(1, sizeof(*c));

	if (c != NULL)
		c->memory = calloc(1, sizeof(*c->memory));
	if (c == NULL || c->memory == NULL) {
		free(c);
		return NULL;
	}
	atomic_init(&c->memory->refs, 1);
	return c;
}

struct config *
config_ref(struct config *c)
{
	atomic_fetch_add_explicit(&c->memory->refs, 1, memory_order_relaxed);
	return c;
}

void
config_unref(struct config **config)
{
	struct config *c = *config;

	*config = NULL;
	if (c == NULL || atomic_fetch_sub_explicit(
			     &c->memory->refs, 1, memory_order_acq_rel) > 1)
		return;
	proxies_unref(&c->proxies);
	memory_fini(c->memory);
	free(c->memory);
	free(c);
}

int
config_load(const char *file, bool listeners_given, struct config **out,
    struct conf_error *err)
{
	struct load l = { .config = config_new(), .err = err };

	*out = NULL;
	if (l.config == NULL)
		return conf_fail_at(err, file, 0, READ, file, strerror(ENOMEM));
	if (load_main(&l, file, listeners_given) < 0 ||
	    load_conf_d(&l, file) < 0) {
		config_unref(&l.config);
		return -1;
	}
	*out = l.config;
	return 0;
}
