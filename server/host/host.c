/* SPDX-License-Identifier: MIT
 *
 * host.c - everything between the configuration and the handlers' code.
 *
 * The order of an end: jobs (their last mail), detach (behind it in every
 * mailbox), the workers' threads (which deliver all of it and lose the
 * connections that are left), then on_unload after on_unload here.
 *
 * THREADS, MEMORY: see host.h and host_struct.h.
 */
#include "config.h"

#include "host/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "config/auth.h"
#include "host/api.h"
#include "host/conf_line.h"
#include "host/handshake.h"
#include "host/host_struct.h"
#include "host/instance.h"
#include "host/jobs.h"
#include "host/login.h"
#include "host/mount.h"
#include "host/site.h"
#include "host/topics.h"
#include "net/loop.h"
#include "net/worker.h"

/* The functions that handlers call have no argument that could say which
 * host is meant; so there is one. */
static struct host *current;

struct host *
host_current(void)
{
	return __atomic_load_n(&current, __ATOMIC_ACQUIRE);
}

static void
set_current(struct host *h)
{
	__atomic_store_n(&current, h, __ATOMIC_RELEASE);
}

/* --- making ------------------------------------------------------------- */

static int
copy_workers(struct host *h, struct worker *const *workers, unsigned n)
{
	h->workers = calloc(n + 1, sizeof(struct worker *));
	h->waiting = calloc(n + 1, sizeof(struct waiting));
	if (!h->workers || !h->waiting)
		return -ENOMEM;
	for (unsigned i = 0; i < n; i++) {
		h->workers[i] = workers[i];
		list_init(&h->waiting[i].list);
		h->n_workers++;
		if (conns_init(&h->waiting[i].by_id) != 0)
			return -ENOMEM;
	}
	return 0;
}

int
host_new(struct host **out, struct worker *const *workers, unsigned n)
{
	struct host *h = calloc(1, sizeof(*h));
	int error;

	*out = NULL;
	if (!h)
		return -ENOMEM;
	pthread_mutex_init(&h->lock, NULL);
	plugins_init(&h->plugins, &api_table);
	list_init(&h->ledgers);
	list_init(&h->instances);
	list_init(&h->retired);
	list_init(&h->quiet);
	outside_init(&h->outside);
	h->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	error = h->wake < 0 ? -errno : copy_workers(h, workers, n);
	if (error == 0)
		ceiling_init(&h->ceiling, h->workers, h->n_workers);
	if (error == 0)
		error = crowd_init(&h->crowd);
	if (error == 0)
		error = callers_init(&h->callers);
	if (error == 0 && n > 0)
		error = topics_start(h);
	if (error != 0) {
		host_free(&h);
		return error;
	}
	set_current(h);
	*out = h;
	return 0;
}

void
host_free(struct host **host)
{
	struct host *h = *host;

	if (!h)
		return;
	set_current(NULL);
	ceiling_fini(&h->ceiling);
	jobs_free(&h->jobs);
	jobs_free(&h->logins);
	LIST_FOREACH_SAFE (n, &h->instances) {
		struct cleat_route *r =
		    container_of(n, struct cleat_route, node);

		list_del(n);
		instance_free(&r);
	}
	topics_stop(h);
	ledgers_free(&h->ledgers);
	plugins_free(&h->plugins);
	if (h->wake >= 0)
		close(h->wake);
	outside_fini(&h->outside);
	pthread_mutex_destroy(&h->lock);
	crowd_fini(&h->crowd);
	callers_fini(&h->callers);
	for (unsigned i = 0; i < h->n_workers; i++)
		conns_fini(&h->waiting[i].by_id);
	free(h->workers);
	free(h->waiting);
	free(h);
	*host = NULL;
}

/* --- loading ------------------------------------------------------------ */

static int
start_jobs(struct host *h, const struct config *config, struct conf_error *err)
{
	int error;

	if (h->jobs)
		return 0;
	error = jobs_new(
	    &h->jobs, (unsigned)config->job_threads, config->job_queue);
	if (error == 0)
		return 0;
	return conf_line_fail(err, NULL, "cannot start %u threads for jobs: %s",
	    (unsigned)config->job_threads, strerror(-error));
}

/* What the door goes by. */
static void
set_limits(struct host *h, const struct config *config)
{
	__atomic_store_n(
	    &h->max_connections, config->max_connections, __ATOMIC_RELAXED);
	__atomic_store_n(
	    &h->max_per_address, config->max_per_address, __ATOMIC_RELAXED);
	__atomic_store_n(
	    &h->max_pending, config->max_pending, __ATOMIC_RELAXED);
	ceiling_set(&h->ceiling, config->max_memory);
	for (unsigned i = 0; i < h->n_workers; i++)
		worker_busy_poll(h->workers[i], config->busy_poll_ms);
	callers_set(&h->callers,
	    &(struct callers_rules){ .rate = config->handshake_rate,
		.burst = config->handshake_burst,
		.free = config->failed_logins,
		.first_ms = config->login_delay_ms,
		.most_ms = config->failed_logins > 0
			       ? config->login_delay_max_ms
			       : 0 });
}

static bool
has_passwords(const struct config *config)
{
	for (size_t i = 0; i < config->n_routes; i++) {
		const struct config_auth *a = config->routes[i].limits.auth;

		if (a && a->passwords)
			return true;
	}
	return false;
}

static int
start_logins(
    struct host *h, const struct config *config, struct conf_error *err)
{
	int error = has_passwords(config) ? login_start(h) : 0;

	return error == 0 ? 0
			  : conf_line_fail(err, NULL,
				"cannot start %u threads for passwords: %s",
				LOGIN_THREADS, strerror(-error));
}

int
host_load(struct host *h, struct config *config, struct conf_error *err)
{
	struct site *old = h->site, *site;

	/* An on_load may put values: the first of all has its bounds, too. */
	if (!old)
		topics_configure(h, config);
	if (start_jobs(h, config, err) != 0 ||
	    start_logins(h, config, err) != 0 ||
	    site_load(h, config, old, &site, err) != 0)
		return -1;
	set_limits(h, config);
	if (old)
		topics_configure(h, config);
	site_attach(site);
	pthread_mutex_lock(&h->lock);
	h->site = site;
	pthread_mutex_unlock(&h->lock);
	if (old)
		site_retire(old);
	site_unref(&old);
	host_tend(h);
	return 0;
}

int
host_check(struct config *config, struct conf_error *err)
{
	struct host *h;
	int error = host_new(&h, NULL, 0);

	if (error != 0)
		return conf_line_fail(err, NULL, "%s", strerror(-error));
	error = site_check(h, config, err);
	host_free(&h);
	return error;
}

/* --- tending ------------------------------------------------------------ */

int
host_fd(const struct host *h)
{
	return h->wake;
}

static void
wake(struct host *h)
{
	const uint64_t one = 1;
	ssize_t n = write(h->wake, &one, sizeof(one));

	/* Full means that it is readable already. */
	(void)n;
}

void
host_quiet(struct host *h, struct cleat_route *r)
{
	pthread_mutex_lock(&h->lock);
	list_add_tail(&h->quiet, &r->tend);
	pthread_mutex_unlock(&h->lock);
	wake(h);
}

void
host_retire(struct host *h, struct mount *m)
{
	mount_ref(m);
	pthread_mutex_lock(&h->lock);
	list_add_tail(&h->retired, &m->node);
	pthread_mutex_unlock(&h->lock);
	wake(h);
}

static struct list *
take_first(struct host *h, struct list *head)
{
	struct list *n = NULL;

	pthread_mutex_lock(&h->lock);
	if (!list_empty(head)) {
		n = head->next;
		list_del(n);
	}
	pthread_mutex_unlock(&h->lock);
	return n;
}

static void
unload(struct cleat_route *r)
{
	struct mount *m = r->mount;

	instance_unload(r);
	if (--m->left > 0)
		return;
	LOG_EVENT(LOG_LEVEL_INFO, "unloaded",
	    LOG_STR("handler", r->callsite.handler),
	    LOG_STR("version", r->callsite.version),
	    LOG_STR("route", r->callsite.path));
	mount_unref(&m);
}

void
host_tend(struct host *h)
{
	uint64_t count;
	struct list *n;

	while (read(h->wake, &count, sizeof(count)) > 0)
		continue;
	/* At the end they are detached already. */
	while ((n = take_first(h, &h->retired)) != NULL)
		mount_detach(container_of(n, struct mount, node));
	while ((n = take_first(h, &h->quiet)) != NULL)
		unload(container_of(n, struct cleat_route, tend));
}

/* --- the end ------------------------------------------------------------ */

void
host_drain(struct host *h)
{
	__atomic_store_n(&h->draining, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < h->n_workers; i++)
		handshake_drain(h, i);
}

static void
detach_all(struct host *h)
{
	LIST_FOREACH (n, &h->instances) {
		struct cleat_route *r =
		    container_of(n, struct cleat_route, node);

		if (r->mount)
			instance_detach(r);
	}
}

static bool
mail_waits(const struct host *h)
{
	for (unsigned i = 0; i < h->n_workers; i++)
		if (loop_pending(worker_loop(h->workers[i])))
			return true;
	return false;
}

/* What a worker or an on_unload has sent to a worker that had stopped before
 * is mail that still knows the host, and so is what that causes: a claim
 * that is given back is told to all workers. */
static void
deliver_rest(struct host *h)
{
	while (mail_waits(h))
		for (unsigned i = 0; i < h->n_workers; i++)
			worker_stop(h->workers[i]);
}

void
host_stop(struct host *h)
{
	struct site *site = h->site;

	host_drain(h);
	if (h->logins)
		jobs_stop(h->logins);
	if (h->jobs)
		jobs_stop(h->jobs);
	detach_all(h);
	pthread_mutex_lock(&h->lock);
	h->site = NULL;
	pthread_mutex_unlock(&h->lock);
	for (unsigned i = 0; i < h->n_workers; i++)
		worker_stop(h->workers[i]);
	if (site)
		site_retire(site);
	site_unref(&site);
	host_tend(h);
	deliver_rest(h);
}

/* --- what others ask ---------------------------------------------------- */

struct site *
host_site(struct host *h)
{
	struct site *s;

	pthread_mutex_lock(&h->lock);
	s = h->site ? site_ref(h->site) : NULL;
	pthread_mutex_unlock(&h->lock);
	return s;
}

size_t
host_connections(const struct host *h)
{
	return __atomic_load_n(&h->inside, __ATOMIC_RELAXED);
}

bool
host_ready(struct host *h)
{
	bool loaded;

	pthread_mutex_lock(&h->lock);
	loaded = h->site != NULL;
	pthread_mutex_unlock(&h->lock);
	return loaded && !__atomic_load_n(&h->draining, __ATOMIC_RELAXED);
}

void
host_note_reload(struct host *h, bool success)
{
	__atomic_store_n(&h->reload_failed, !success, __ATOMIC_RELAXED);
	if (success)
		__atomic_store_n(
		    &h->reload_wall_ms, clock_wall_ms(), __ATOMIC_RELAXED);
}

struct ledger *
host_ledger(struct host *h, const char *path)
{
	struct ledger *l;

	pthread_mutex_lock(&h->lock);
	l = ledger_get(&h->ledgers, path);
	pthread_mutex_unlock(&h->lock);
	return l;
}

void
host_keep_instance(struct host *h, struct cleat_route *r)
{
	pthread_mutex_lock(&h->lock);
	list_add_tail(&h->instances, &r->node);
	pthread_mutex_unlock(&h->lock);
}
