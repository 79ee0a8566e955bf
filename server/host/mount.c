/* SPDX-License-Identifier: MIT
 *
 * mount.c - the living instances of one (path, plugin, config).
 *
 * THREADS, MEMORY: see mount.h.
 */
#include "config.h"

#include "host/mount.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/must.h"
#include "host/conf_line.h"
#include "host/host_struct.h"
#include "host/instance.h"
#include "host/session.h"

static bool
is_parallel(const struct plugin *p)
{
	return (p->handler.flags & CLEAT_PARALLEL) != 0;
}

static struct mount *
make(struct host *h, struct plugin *p, struct config *config,
    const struct conf_node *conf)
{
	unsigned n = is_parallel(p) ? h->n_workers : 1;
	struct mount *m =
	    calloc(1, sizeof(*m) + n * sizeof(struct cleat_route *));

	if (!m)
		return NULL;
	m->host = h;
	m->plugin = p;
	m->refs = m->users = 1;
	m->config = config_ref(config);
	m->conf = conf;
	list_init(&m->node);
	pool_init(&m->sessions, session_size(p->handler.conn_size));
	return m;
}

/* A file keeps its worker for ever, whatever other routes come and go. */
static struct worker *
worker_for(const struct host *h, const struct plugin *p, unsigned i)
{
	return h->workers[is_parallel(p) ? i : p->turn % h->n_workers];
}

static int
load_instance(
    struct mount *m, const struct config_route *conf, struct conf_error *err)
{
	struct worker *w = worker_for(m->host, m->plugin, m->n);
	struct cleat_route *r =
	    instance_new(m->host, m->plugin, conf, m->config, w);

	if (!r)
		return conf_line_fail(err, conf->node, "no memory");
	if (instance_load(r, conf, m->n == 0, err) != 0) {
		instance_drop(r);
		return -1;
	}
	r->mount = m;
	m->instances[m->n++] = r;
	m->left++;
	return 0;
}

int
mount_new(struct mount **out, struct host *h, struct plugin *p,
    const struct config_route *conf, struct config *config,
    struct conf_error *err)
{
	struct mount *m = make(h, p, config, conf->config);
	unsigned n = is_parallel(p) ? h->n_workers : 1;

	*out = NULL;
	if (!m)
		return conf_line_fail(err, conf->node, "no memory");
	while (m->n < n)
		if (load_instance(m, conf, err) != 0) {
			mount_abandon(&m);
			return -1;
		}
	*out = m;
	return 0;
}

void
mount_abandon(struct mount **mount)
{
	struct mount *m = *mount;

	for (unsigned i = 0; i < m->n; i++)
		instance_drop(m->instances[i]);
	mount_unref(mount);
}

int
mount_rehearse(struct host *h, struct plugin *p,
    const struct config_route *conf, struct config *config,
    struct conf_error *err)
{
	struct cleat_route *r = instance_new(h, p, conf, config, NULL);
	int result;

	if (!r)
		return conf_line_fail(err, conf->node, "no memory");
	result = instance_load(r, conf, true, err);
	instance_drop(r);
	return result;
}

void
mount_attach(struct mount *m)
{
	for (unsigned i = 0; i < m->n; i++)
		instance_attach(m->instances[i]);
}

void
mount_reload(
    struct mount *m, const struct config_route *conf, struct config *config)
{
	struct config *old = m->config;

	for (unsigned i = 0; i < m->n; i++)
		if (instance_reload(m->instances[i], conf, config) != 0)
			log_error(
			    "%s: keeps its old config: no memory", conf->path);
	m->config = config_ref(config);
	m->conf = conf->config;
	config_unref(&old);
}

void
mount_set_slow(struct mount *m, uint64_t slow_ms)
{
	for (unsigned i = 0; i < m->n; i++)
		__atomic_store_n(
		    &m->instances[i]->slow_ms, slow_ms, __ATOMIC_RELAXED);
}

void
mount_detach(struct mount *m)
{
	for (unsigned i = 0; i < m->n; i++)
		instance_detach(m->instances[i]);
}

/* --- counting ----------------------------------------------------------- */

bool
mount_use(struct mount *m)
{
	unsigned users = __atomic_load_n(&m->users, __ATOMIC_RELAXED);

	while (users > 0)
		if (__atomic_compare_exchange_n(&m->users, &users, users + 1,
			true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			return true;
	return false;
}

void
mount_leave(struct mount *m)
{
	if (__atomic_sub_fetch(&m->users, 1, __ATOMIC_ACQ_REL) == 0)
		host_retire(m->host, m);
}

struct mount *
mount_ref(struct mount *m)
{
	__atomic_add_fetch(&m->refs, 1, __ATOMIC_RELAXED);
	return m;
}

void
mount_unref(struct mount **mount)
{
	struct mount *m = *mount;

	*mount = NULL;
	if (!m || __atomic_sub_fetch(&m->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	config_unref(&m->config);
	pool_fini(&m->sessions);
	free(m);
}

struct cleat_route *
mount_pick(struct mount *m)
{
	unsigned turn = __atomic_fetch_add(&m->next, 1, __ATOMIC_RELAXED);

	return m->instances[turn % m->n];
}
