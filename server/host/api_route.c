/* SPDX-License-Identifier: MIT
 *
 * api_route.c - time, other threads and descriptors, telling, modules.
 *
 * THREADS, MEMORY: see api.h and cleat.h.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/must.h"
#include "host/api.h"
#include "host/host_struct.h"
#include "host/session.h"
#include "host/task.h"
#include "host/timer.h"
#include "host/watch.h"

/* --- time --------------------------------------------------------------- */

uint64_t
api_now_ms(void)
{
	return clock_ms();
}

uint64_t
api_wall_ms(void)
{
	return clock_wall_ms();
}

void
api_random(void *data, size_t len)
{
	char *p = data;

	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		/* Nothing else can go wrong with a valid buffer. */
		must(n > 0 || errno == EINTR);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
}

cleat_timer
api_after(
    cleat_route *r, uint64_t ms, void (*fn)(cleat_route *, void *), void *arg)
{
	const struct timer_call call = { .route = fn, .arg = arg };

	if (!fn || !api_here(r, "after") || !instance_takes(r))
		return 0;
	return timer_add(r, ms, 0, &call);
}

cleat_timer
api_every(
    cleat_route *r, uint64_t ms, void (*fn)(cleat_route *, void *), void *arg)
{
	const struct timer_call call = { .route = fn, .arg = arg };

	if (!fn || ms == 0 || !api_here(r, "every") || !instance_takes(r))
		return 0;
	return timer_add(r, ms, ms, &call);
}

cleat_timer
api_conn_after(
    cleat_conn *c, uint64_t ms, void (*fn)(cleat_conn *, void *), void *arg)
{
	const struct timer_call call = { .conn = fn, .on = c, .arg = arg };

	if (!c || !fn || !api_here(session_route(c), "conn_after") ||
	    !instance_takes(session_route(c)) || c->stage == SESSION_CLOSED)
		return 0;
	return timer_add(session_route(c), ms, 0, &call);
}

int
api_cancel(cleat_route *r, cleat_timer timer)
{
	if (!r)
		return CLEAT_EINVAL;
	if (!api_here(r, "cancel"))
		return CLEAT_ETHREAD;
	return timer_cancel(r, timer);
}

/* --- other threads, other descriptors ----------------------------------- */

int
api_post(cleat_route *r, void (*fn)(cleat_route *, void *), void *arg)
{
	return r && fn ? task_post(r, fn, arg) : CLEAT_EINVAL;
}

int
api_job(cleat_route *r, void (*work)(void *),
    void (*done)(cleat_route *, void *), void *arg)
{
	if (!r || !work || !done)
		return CLEAT_EINVAL;
	if (!api_here(r, "job"))
		return CLEAT_ETHREAD;
	return task_job(r, work, done, arg);
}

int
api_watch(cleat_route *r, int fd, int events,
    void (*fn)(cleat_route *, int, int, void *), void *arg)
{
	if (!r)
		return CLEAT_EINVAL;
	if (!api_here(r, "watch"))
		return CLEAT_ETHREAD;
	return watch_set(r, fd, events, fn, arg);
}

/* --- telling ------------------------------------------------------------ */

void
api_log(cleat_route *r, int level, const char *fmt, ...)
{
	static const enum log_level levels[] = {
		[CLEAT_DEBUG] = LOG_LEVEL_DEBUG,
		[CLEAT_INFO] = LOG_LEVEL_INFO,
		[CLEAT_WARN] = LOG_LEVEL_WARN,
		[CLEAT_ERROR] = LOG_LEVEL_ERROR,
	};
	char text[1024];
	va_list ap;

	if (!r || !fmt || level < CLEAT_DEBUG || level > CLEAT_ERROR ||
	    !log_wants(levels[level]))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	LOG_EVENT(levels[level], "handler", LOG_STR("route", r->callsite.path),
	    LOG_STR("handler", r->callsite.handler), LOG_STR("says", text));
}

void
api_metric(cleat_route *r, const char *name, int64_t delta)
{
	if (r)
		ledger_metric_add(r->ledger, name, delta);
}

/* --- modules ------------------------------------------------------------ */

/* NAME is NAME.so in plugins.dir, as it is for handlers. */
static bool
module_file(const cleat_route *r, const char *file, char *out, size_t size)
{
	size_t n = strlen(file);
	bool suffixed = n > 3 && strcmp(file + n - 3, ".so") == 0;
	int len;

	if (strstr(file, ".."))
		return false;
	if (*file == '/')
		len = snprintf(out, size, "%s", file);
	else
		len = snprintf(out, size, "%s/%s%s",
		    r->config->plugin_dir ? r->config->plugin_dir : ".", file,
		    suffixed ? "" : ".so");
	return len > 0 && (size_t)len < size;
}

const void *
api_module(cleat_route *r, const char *file, const char *interface_name,
    uint32_t version)
{
	char why[PLUGIN_WHY_MAX], path[4096];
	struct plugin *p;

	if (!file || !interface_name || !api_here(r, "module") ||
	    instance_phase(r) != INSTANCE_LOADING)
		return NULL;
	if (!module_file(r, file, path, sizeof(path))) {
		log_error("%s: \"%s\" is no name of a module", r->callsite.path,
		    file);
		return NULL;
	}
	p = plugin_load(&r->host->plugins, PLUGIN_MODULE, path, why);
	if (!p) {
		log_error("%s: %s", r->callsite.path, why);
		return NULL;
	}
	if (strcmp(p->name, interface_name) == 0 &&
	    p->module.version == version)
		return p->module.interface_ptr;
	log_error("%s: %s offers %s version %u, not %s version %u",
	    r->callsite.path, path, p->name, p->module.version, interface_name,
	    version);
	return NULL;
}
