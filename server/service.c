/* SPDX-License-Identifier: MIT
 *
 * service.c - all parts of a running cleatd.
 *
 * Each start has its stop, and service_stop() undoes whatever was started,
 * so a failure half way needs no code of its own.
 */
#include "config.h"

#include "service.h"

#include <errno.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "advice.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "config/config.h"
#include "confine.h"
#include "fixed.h"
#include "host/host.h"
#include "host/outside.h"
#include "http/redirect.h"
#include "http/server.h"
#include "http/status.h"
#include "listeners.h"
#include "net/arrived.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/worker.h"
#include "notify.h"
#include "privileges.h"
#include "watchdog.h"

enum { WORKERS_MAX = 256 };

struct service {
	struct config *config;
	bool pinned; /* the listeners are not the configuration's */
	struct worker *workers[WORKERS_MAX];
	unsigned n_workers;
	struct host *host;
	struct watchdog *watchdog;
	struct http *http;
	uint64_t http_ticked_ms;
	struct status *status;
	struct listeners listeners;
	/* Bound, but nobody accepts there yet. */
	struct listeners bound;
	struct listener *status_at;
};

/* --- small answers ----------------------------------------------------- */

static int
failed(char why[SERVICE_WHY], const char *what, int err)
{
	snprintf(why, SERVICE_WHY, "%s: %s", what, strerror(-err));
	return EXIT_FAILURE;
}

const struct config *
service_config(const struct service *s)
{
	return s->config;
}

int
service_fd(const struct service *s)
{
	return host_fd(s->host);
}

/* Often enough for a stall to be seen soon after it is one. */
uint64_t
service_period_ms(const struct service *s)
{
	uint64_t stall = s->config->stall_ms / 2;

	return stall == 0 || stall > HTTP_TICK_MS ? HTTP_TICK_MS : stall;
}

bool
service_tick(struct service *s)
{
	uint64_t now = clock_ms();

	if (now - s->http_ticked_ms >= HTTP_TICK_MS) {
		s->http_ticked_ms = now;
		http_tick(s->http);
	}
	host_tend(s->host);
	return watchdog_tick(s->watchdog, s->config->stall_ms);
}

/* --- workers ----------------------------------------------------------- */

static struct http *
http_of(const struct arrived *arrived)
{
	return ((const struct service *)arrived->tag)->http;
}

/* Owner worker. */
static void
accepted(struct worker *w, int fd, const struct arrived *arrived)
{
	(void)w, http_take(http_of(arrived), fd, arrived);
}

static bool
admits(struct worker *w, struct arrived *arrived)
{
	return (void)w, http_admits(http_of(arrived), arrived);
}

static void
left(struct worker *w, struct arrived *arrived)
{
	(void)w, http_left(http_of(arrived), arrived);
}

/* The cores that this process may run on. */
static unsigned
cores(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1; /* more than 1024 of them: say how many */
	return (unsigned)CPU_COUNT(&set);
}

static int
new_workers(struct service *s)
{
	static const struct worker_calls calls = { .conn = &host_conn_calls,
		.admits = admits,
		.left = left,
		.accepted = accepted };
	uint64_t n = s->config->workers ? s->config->workers : cores();

	if (n > WORKERS_MAX)
		n = WORKERS_MAX;
	while (s->n_workers < n) {
		int err =
		    worker_new(&s->workers[s->n_workers], s->n_workers, &calls);

		if (err < 0)
			return err;
		s->n_workers++;
	}
	return 0;
}

static int
start_workers(struct service *s)
{
	for (unsigned i = 0; i < s->n_workers; i++) {
		int err = worker_start(s->workers[i]);

		if (err < 0)
			return err;
	}
	return 0;
}

struct settle {
	struct mail mail;
	sem_t done;
};

static void
settled(struct mail *mail)
{
	sem_post(&container_of(mail, struct settle, mail)->done);
}

/* Waits until every worker has dealt with the mail that it has now. */
static void
settle_workers(struct service *s)
{
	struct settle settle = { .mail.deliver = settled };

	sem_init(&settle.done, 0, 0);
	for (unsigned i = 0; i < s->n_workers; i++) {
		mail_put(worker_loop(s->workers[i]), &settle.mail, 0);
		while (sem_wait(&settle.done) < 0 && errno == EINTR)
			continue;
	}
	sem_destroy(&settle.done);
}

/* --- the status page --------------------------------------------------- */

static void
status_metrics(void *arg, FILE *out)
{
	const struct service *s = arg;

	host_metrics(s->host, out);
	http_metrics(s->http, out);
}

static bool
status_ready(void *arg)
{
	const struct service *s = arg;

	return host_ready(s->host);
}

static uint64_t
publish_limit(void *arg, const char *name)
{
	const struct service *s = arg;

	return host_publish_limit(s->host, name);
}

static int
publish_put(void *arg, const char *name, int kind, const void *data, size_t len,
    const struct cleat_pub *pub, struct host_published *done)
{
	const struct service *s = arg;

	return host_publish_wait(s->host, name, kind, data, len, pub, done);
}

static int
start_status(struct service *s, char why[SERVICE_WHY])
{
	struct status_calls calls = { .metrics = status_metrics,
		.ready = status_ready,
		.arg = s,
		.publish = { publish_limit, publish_put, s } };
	int err;

	if (s->status_at == NULL)
		return 0;
	calls.may_publish = s->config->status->publish;
	err = status_start(&s->status, s->status_at, &calls);
	if (err < 0)
		failed(why, "cannot serve the status page", err);
	else
		printf("status on %s\n", listener_name(s->status_at));
	listener_unref(&s->status_at);
	return err < 0 ? EXIT_FAILURE : 0;
}

/* --- start ------------------------------------------------------------- */

static int
start_host(struct service *s, char why[SERVICE_WHY])
{
	struct conf_error refused;
	int err;

	err = host_new(&s->host, s->workers, s->n_workers);
	if (err == 0)
		err = watchdog_new(&s->watchdog, s->workers, s->n_workers);
	if (err == 0)
		err = start_workers(s);
	if (err < 0)
		return failed(why, "cannot start the workers", err);
	if (host_load(s->host, s->config, &refused) < 0) {
		snprintf(why, SERVICE_WHY, "%s", refused.text);
		return EX_CONFIG;
	}
	return 0;
}

/* The listeners of a configuration, and which of them redirect. */
static void
redirect(const struct service *s, const struct config *config,
    const struct listeners *set)
{
	struct redirects redirects;

	listeners_redirects(
	    set, config->listen, s->pinned ? 0 : config->n_listen, &redirects);
	http_redirect(s->http, &redirects);
}

static int
start_http(struct service *s, char why[SERVICE_WHY])
{
	int err = http_start(&s->http, s->config, s->host);

	if (err < 0)
		return failed(why, "cannot serve HTTP", err);
	redirect(s, s->config, &s->bound);
	return 0;
}

static int
start_listeners(struct service *s, char why[SERVICE_WHY])
{
	int err = listeners_switch(
	    &s->listeners, &s->bound, s->workers, s->n_workers);

	return err < 0 ? failed(why, "cannot listen", err) : 0;
}

static void
warn(const char *line)
{
	log_warn("%s", line);
}

/* Everything that root may be needed for. */
static int
bind_addresses(struct service *s, const struct service_pinned *pinned,
    char why[SERVICE_WHY])
{
	const struct config_listen *addresses = s->config->listen;
	size_t n = s->config->n_listen;
	int err = new_workers(s);

	if (err < 0)
		return failed(why, "cannot start the workers", err);

	s->pinned = pinned->n_addresses > 0 || pinned->n_inherited > 0;
	if (s->pinned) {
		advice_plain(s->config, warn);
		addresses = pinned->addresses;
		n = pinned->n_addresses;
	}
	if (s->config->status != NULL &&
	    listeners_open_one(
		&s->status_at, &s->config->status->at, 1, NULL, why) < 0)
		return EXIT_FAILURE;
	if (listeners_inherit(
		&s->bound, NOTIFY_FIRST_FD, pinned->n_inherited, s, why) < 0 ||
	    listeners_prepare(&s->bound, &s->listeners, addresses, n,
		s->n_workers, s, why) < 0)
		return EXIT_FAILURE;
	return 0;
}

/* What follows, and all threads, has no more rights than it needs. */
static int
confine_all(const struct service *s, const struct service_pinned *pinned,
    char why[SERVICE_WHY])
{
	int err;

	if (confine(s->config, pinned->addresses, pinned->n_addresses, warn,
		why) < 0)
		return EXIT_FAILURE;
	advice_tls(s->config, warn);
	if (privileges_kept())
		log_warn("serving as root: set the key user, or start cleatd "
			 "as somebody else");
	err = log_begin();
	return err < 0 ? failed(why, "cannot start the log", err) : 0;
}

int
service_start(struct service **out, struct config *config,
    const struct service_pinned *pinned, char why[SERVICE_WHY])
{
	struct service *s = calloc(1, sizeof(*s));
	int status;

	*out = s;
	if (s == NULL)
		return failed(why, "cannot start", -ENOMEM);
	s->config = config_ref(config);
	status = bind_addresses(s, pinned, why);
	if (status == 0)
		status = confine_all(s, pinned, why);
	if (status == 0)
		status = start_host(s, why);
	if (status == 0)
		status = start_http(s, why);
	if (status == 0)
		status = start_status(s, why);
	if (status == 0)
		status = start_listeners(s, why);
	if (status != 0)
		service_stop(out);
	return status;
}

/* --- reload ------------------------------------------------------------ */

static int
reload_routes(struct service *s, struct config *next, char why[SERVICE_WHY])
{
	struct conf_error refused;
	int err;

	if (host_load(s->host, next, &refused) < 0) {
		snprintf(why, SERVICE_WHY, "%s", refused.text);
		return -1;
	}
	err = http_reload(s->http, next);
	if (err == 0)
		return 0;
	failed(why, "cannot serve HTTP", err);
	/* Back to what was served a moment ago. */
	if (host_load(s->host, s->config, &refused) < 0)
		log_error("cannot go back either: %s", refused.text);
	return -1;
}

int
service_reload(struct service *s, struct config *next, char why[SERVICE_WHY])
{
	struct listeners listeners = { .n = 0 };

	if (!s->pinned &&
	    listeners_prepare(&listeners, &s->listeners, next->listen,
		next->n_listen, s->n_workers, s, why) < 0)
		return -1;
	if (reload_routes(s, next, why) < 0) {
		listeners_fini(&listeners);
		return -1;
	}
	redirect(s, next, &listeners);
	if (!s->pinned && listeners_switch(&s->listeners, &listeners,
			      s->workers, s->n_workers) < 0)
		log_error("no memory to change the listeners: they stay");
	fixed_tell(s->config, next);
	advice_tls(next, warn);
	log_adjust(next->log.options.level, next->log.options.format);
	host_note_reload(s->host, true);
	config_unref(&s->config);
	s->config = config_ref(next);
	return 0;
}

void
service_note_refused(struct service *s)
{
	host_note_reload(s->host, false);
}

/* --- stop -------------------------------------------------------------- */

/* Everyone is told within a millisecond each, so that clients that come back
 * at once do not come all at once; half of the time is left for them to
 * answer. */
void
service_drain(struct service *s)
{
	struct listeners none = { .n = 0 };
	uint64_t over_ms = host_connections(s->host);

	if (over_ms > s->config->drain_timeout_ms / 2)
		over_ms = s->config->drain_timeout_ms / 2;
	listeners_switch(&s->listeners, &none, s->workers, s->n_workers);
	host_drain(s->host);
	for (unsigned i = 0; i < s->n_workers; i++)
		worker_drain(s->workers[i], over_ms);
}

bool
service_drained(const struct service *s)
{
	return host_connections(s->host) == 0;
}

void
service_stop(struct service **service)
{
	struct service *s = *service;
	struct listeners none = { .n = 0 };

	if (s == NULL)
		return;
	if (s->status != NULL)
		status_stop(&s->status);
	listener_unref(&s->status_at);
	listeners_fini(&s->bound);
	listeners_switch(&s->listeners, &none, s->workers, s->n_workers);
	if (s->http != NULL) {
		settle_workers(s); /* nobody hands it sockets any more */
		http_stop(&s->http);
	}
	if (s->host != NULL)
		host_stop(s->host);
	watchdog_free(&s->watchdog);
	if (s->host != NULL)
		host_free(&s->host);
	while (s->n_workers > 0)
		worker_free(&s->workers[--s->n_workers]);
	config_unref(&s->config);
	free(s);
	*service = NULL;
}
