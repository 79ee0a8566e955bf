/* SPDX-License-Identifier: MIT
 *
 * instance.c - one handler at one path on one worker.
 *
 * What is accepted while the instance is loading is held in a list, in order,
 * and put into the worker's mailbox the moment it is attached; an instance
 * that is dropped runs it on the main thread instead. So an accepted post
 * always runs, and never before on_load has returned.
 *
 * THREADS, MEMORY: see instance.h.
 */
#include "config.h"

#include "host/instance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/must.h"
#include "host/call.h"
#include "host/conf_line.h"
#include "host/host_struct.h"
#include "host/plugin.h"
#include "host/topics.h"
#include "host/watch.h"

/* --- making ------------------------------------------------------------- */

static void
instance_init(struct cleat_route *r, struct plugin *p)
{
	r->handler = &p->handler;
	r->plugin = p;
	r->main = pthread_self();
	r->held_end = &r->held;
	list_init(&r->node);
	list_init(&r->tend);
	list_init(&r->watches);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->held_more, NULL);
}

struct cleat_route *
instance_new(struct host *h, struct plugin *p, const struct config_route *conf,
    struct config *config, struct worker *worker)
{
	struct cleat_route *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	instance_init(r, p);
	r->host = h;
	r->worker = worker;
	r->ledger = host_ledger(h, conf->path);
	if (p->handler.route_size > 0)
		r->state = calloc(1, p->handler.route_size);
	if (worker)
		r->space = topics_space(h, conf->space);
	if (!r->ledger || (worker && !r->space) ||
	    (p->handler.route_size > 0 && !r->state)) {
		instance_free(&r);
		return NULL;
	}
	r->callsite.route = r;
	r->callsite.handler = p->name;
	r->callsite.version = p->version;
	r->callsite.path = r->ledger->path;
	r->slow_ms = conf->limits.slow_ms;
	r->config = config_ref(config);
	r->conf = conf->config;
	host_keep_instance(h, r);
	return r;
}

void
instance_free(struct cleat_route **instance)
{
	struct cleat_route *r = *instance;

	if (!r)
		return;
	free(r->state);
	config_unref(&r->config);
	pthread_cond_destroy(&r->held_more);
	pthread_mutex_destroy(&r->lock);
	free(r);
	*instance = NULL;
}

/* --- work of other threads ---------------------------------------------- */

int
instance_accept(struct cleat_route *r)
{
	int result = CLEAT_OK;

	pthread_mutex_lock(&r->lock);
	if (r->phase > INSTANCE_LIVE)
		result = CLEAT_GONE;
	else if (r->work >= INSTANCE_WORK_MAX)
		result = CLEAT_ELIMIT;
	else
		r->work++;
	pthread_mutex_unlock(&r->lock);
	return result;
}

void
instance_put_accepted(struct cleat_route *r, struct mail *m)
{
	pthread_mutex_lock(&r->lock);
	if (r->attached) {
		mail_put(worker_loop(r->worker), m, 0);
	} else {
		m->next = NULL;
		*r->held_end = m;
		r->held_end = &m->next;
		pthread_cond_signal(&r->held_more);
	}
	pthread_mutex_unlock(&r->lock);
}

int
instance_put(struct cleat_route *r, struct mail *m)
{
	int result = instance_accept(r);

	if (result == CLEAT_OK)
		instance_put_accepted(r, m);
	return result;
}

void
instance_work_done(struct cleat_route *r)
{
	bool quiet;

	pthread_mutex_lock(&r->lock);
	r->work--;
	quiet = r->work == 0 && r->attached && r->phase == INSTANCE_DETACHED;
	pthread_mutex_unlock(&r->lock);
	if (quiet)
		host_quiet(r->host, r);
}

/* Under the lock. */
static struct mail *
take_held(struct cleat_route *r)
{
	struct mail *m = r->held;

	if (m) {
		r->held = m->next;
		if (!r->held)
			r->held_end = &r->held;
	}
	return m;
}

static void
set_phase(struct cleat_route *r, enum instance_phase phase)
{
	__atomic_store_n(&r->phase, phase, __ATOMIC_RELAXED);
}

/* --- loading and dropping ----------------------------------------------- */

void
instance_asked(struct cleat_route *r, const char *path)
{
	struct instance_loading *l = r->loading;
	const char *dot = strrchr(path, '.');
	const char *key = dot ? dot + 1 : path;

	if (l && l->n_keys < INSTANCE_KEYS_MAX &&
	    strlen(key) < INSTANCE_KEY_MAX)
		memcpy(l->keys[l->n_keys++], key, strlen(key) + 1);
}

/* A key that nobody has read is one that nobody knows. */
static int
check_keys(struct cleat_route *r, const struct instance_loading *l)
{
	const struct conf_node *unread =
	    r->conf ? conf_first_unread(r->conf) : NULL;
	const char *known[INSTANCE_KEYS_MAX];
	char suggestion[128];

	if (!unread)
		return 0;
	for (size_t i = 0; i < l->n_keys; i++)
		known[i] = l->keys[i];
	return conf_line_fail(l->error, unread,
	    "unknown key \"%s\": the handler %s does not read it%s",
	    conf_name(unread), r->callsite.handler,
	    conf_suggest(suggestion, sizeof(suggestion), conf_name(unread),
		known, l->n_keys));
}

static int
call_load(struct cleat_route *r)
{
	struct stopwatch s;
	int result;

	if (!r->handler->on_load)
		return 0;
	call_enter(r, CALLBACK_LOAD, 0, &s);
	result = r->handler->on_load(r);
	call_leave(r, CALLBACK_LOAD, &s);
	return result;
}

int
instance_load(struct cleat_route *r, const struct config_route *conf,
    bool strict, struct conf_error *err)
{
	struct instance_loading loading = { .error = err };
	int result;

	r->loading = &loading;
	result = call_load(r);
	r->loaded = result == 0;
	r->loading = NULL;
	if (result == 0 && !loading.failed && strict)
		return check_keys(r, &loading);
	if (result != 0 && !loading.failed)
		conf_line_fail(err, conf->handler_node,
		    "the handler %s refuses to load: its on_load returned %d",
		    r->callsite.handler, result);
	return result != 0 || loading.failed ? -1 : 0;
}

static void
run_held(struct cleat_route *r)
{
	struct mail *m;

	pthread_mutex_lock(&r->lock);
	while (r->work > 0) {
		while ((m = take_held(r)) == NULL)
			pthread_cond_wait(&r->held_more, &r->lock);
		pthread_mutex_unlock(&r->lock);
		m->deliver(m);
		pthread_mutex_lock(&r->lock);
	}
	pthread_mutex_unlock(&r->lock);
}

static void
call_unload(struct cleat_route *r)
{
	struct stopwatch s;

	if (!r->handler->on_unload)
		return;
	call_enter(r, CALLBACK_UNLOAD, 0, &s);
	r->handler->on_unload(r);
	call_leave(r, CALLBACK_UNLOAD, &s);
}

/* Leaves a tombstone. */
static void
bury(struct cleat_route *r)
{
	pthread_mutex_lock(&r->lock);
	set_phase(r, INSTANCE_GONE);
	pthread_mutex_unlock(&r->lock);
	free(r->state);
	r->state = NULL;
	r->mount = NULL;
	r->conf = NULL;
	config_unref(&r->config);
}

void
instance_drop(struct cleat_route *r)
{
	pthread_mutex_lock(&r->lock);
	set_phase(r, INSTANCE_UNLOADING);
	pthread_mutex_unlock(&r->lock);
	run_held(r);
	timers_fini(r);
	watches_fini(r);
	if (r->loaded)
		call_unload(r);
	bury(r);
}

/* --- living ------------------------------------------------------------- */

static void
deliver_attach(struct mail *m)
{
	struct cleat_route *r = container_of(m, struct cleat_route, attach);
	struct loop *loop = worker_loop(r->worker);
	struct mail *held;

	pthread_mutex_lock(&r->lock);
	r->attached = true;
	set_phase(r, INSTANCE_LIVE);
	while ((held = take_held(r)) != NULL)
		mail_put(loop, held, 0);
	pthread_mutex_unlock(&r->lock);
	timers_attach(r);
	watches_attach(r);
}

void
instance_attach(struct cleat_route *r)
{
	r->attach.deliver = deliver_attach;
	mail_put(worker_loop(r->worker), &r->attach, 0);
}

struct reload {
	struct mail mail;
	struct cleat_route *route;
	struct config *config;
	const struct conf_node *conf;
};

static void
deliver_reload(struct mail *m)
{
	struct reload *re = container_of(m, struct reload, mail);
	struct cleat_route *r = re->route;
	struct config *old = r->config;
	struct stopwatch s;

	r->config = re->config;
	r->conf = re->conf;
	call_enter(r, CALLBACK_RELOAD, 0, &s);
	r->handler->on_reload(r);
	call_leave(r, CALLBACK_RELOAD, &s);
	config_unref(&old);
	free(re);
}

int
instance_reload(struct cleat_route *r, const struct config_route *conf,
    struct config *config)
{
	struct reload *re = calloc(1, sizeof(*re));

	if (!re)
		return -1;
	re->mail.deliver = deliver_reload;
	re->route = r;
	re->config = config_ref(config);
	re->conf = conf->config;
	mail_put(worker_loop(r->worker), &re->mail, 0);
	return 0;
}

/* --- leaving ------------------------------------------------------------ */

static void
deliver_detach(struct mail *m)
{
	struct cleat_route *r = container_of(m, struct cleat_route, detach);
	bool quiet;

	timers_fini(r);
	watches_fini(r);
	pthread_mutex_lock(&r->lock);
	set_phase(r, INSTANCE_DETACHED);
	quiet = r->work == 0;
	pthread_mutex_unlock(&r->lock);
	if (quiet)
		host_quiet(r->host, r);
}

void
instance_detach(struct cleat_route *r)
{
	if (r->detaching)
		return;
	r->detaching = true;
	r->detach.deliver = deliver_detach;
	mail_put(worker_loop(r->worker), &r->detach, 0);
}

void
instance_unload(struct cleat_route *r)
{
	must(r->phase == INSTANCE_DETACHED && r->work == 0);
	r->attached = false;
	set_phase(r, INSTANCE_UNLOADING);
	call_unload(r);
	bury(r);
}

/* --- questions ---------------------------------------------------------- */

void
instance_complain(
    struct cleat_route *r, const struct conf_node *node, const char *sentence)
{
	struct conf_error line;

	if (r->loading && !r->loading->failed) {
		conf_line_fail(r->loading->error, node, "%s", sentence);
		r->loading->failed = true;
	} else if (!r->loading) {
		conf_line_fail(&line, node, "%s", sentence);
		log_error("%s", line.text);
	}
}

void
call_took(struct cleat_route *r, uint64_t ms)
{
	uint64_t slow = __atomic_load_n(&r->slow_ms, __ATOMIC_RELAXED);

	if (slow == 0 || ms < slow)
		return;
	LOG_EVENT(LOG_LEVEL_WARN, "slow",
	    LOG_STR("handler", r->callsite.handler),
	    LOG_STR("route", r->callsite.path),
	    LOG_STR("callback", r->callsite.callback),
	    LOG_NUM("conn", r->callsite.conn), LOG_NUM("ms", ms));
}
