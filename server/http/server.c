/* SPDX-License-Identifier: MIT
 *
 * server.c - see server.h: the daemon, its options and its life.
 */
#include "config.h"

#include "http/server.h"

#include <microhttpd.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stats.h"
#include "config/config.h"
#include "http/daemon_log.h"
#include "http/direct.h"
#include "http/exchange.h"
#include "http/service.h"
#include "http/upgrade.h"
#include "net/arrived.h"
#include "net/relay.h"

/* How long a stop waits for the library to be done; it is, at once, unless
 * the disk holds it. */
enum { STOP_MS = 1000 };

struct http {
	struct service service;
	struct MHD_Daemon *daemon;
	uint64_t max_header; /* that the daemon was started with */
};

static size_t
keep_escaped(void *arg, struct MHD_Connection *connection, char *text)
{
	(void)arg, (void)connection;
	return strlen(text);
}

static struct MHD_Daemon *
start_daemon(struct service *s, const struct config_http *conf)
{
	const unsigned flags = MHD_USE_NO_LISTEN_SOCKET |
			       MHD_USE_EPOLL_INTERNAL_THREAD |
			       MHD_ALLOW_UPGRADE | MHD_ALLOW_SUSPEND_RESUME |
			       MHD_USE_ITC | MHD_USE_ERROR_LOG;
	const unsigned seconds =
	    (unsigned)(conf->request_timeout_ms / 1000 + 1);

	/* The logger first: it hears what the other options complain of. No
	 * limit: service_admit() keeps it. */
	/* clang-format off: an option is a line */
	return MHD_start_daemon(flags, 0, NULL, NULL, exchange_handle, s,
	    MHD_OPTION_EXTERNAL_LOGGER, daemon_log, NULL,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION,
	    exchange_connection, s, MHD_OPTION_NOTIFY_COMPLETED, exchange_end,
	    s, MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, s,
	    MHD_OPTION_UNESCAPE_CALLBACK, keep_escaped, NULL,
	    MHD_OPTION_CONNECTION_LIMIT, UINT_MAX,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)conf->max_header,
	    MHD_OPTION_CONNECTION_TIMEOUT, seconds, MHD_OPTION_END);
	/* clang-format on */
}

int
http_start(struct http **out, struct config *config, struct host *host)
{
	struct http *h = calloc(1, sizeof *h);
	int err;

	if (!h)
		return -ENOMEM;
	err = service_init(&h->service, config, host);
	if (err) {
		free(h);
		return err;
	}
	h->max_header = config->http.max_header;
	h->daemon = start_daemon(&h->service, &config->http);
	if (!h->daemon) {
		err = errno ? -errno : -EIO;
		log_error("the HTTP daemon does not start: %s", strerror(-err));
		service_fini(&h->service);
		free(h);
		return err;
	}
	*out = h;
	return 0;
}

static void
report_fixed(const char *key, uint64_t now, uint64_t wanted)
{
	if (now != wanted)
		log_warn("%s stays %llu until a restart", key,
		    (unsigned long long)now);
}

int
http_reload(struct http *h, struct config *config)
{
	struct settings *settings;
	int err = settings_new(&settings, config);

	if (err)
		return err;
	report_fixed("http.max_header", h->max_header, config->http.max_header);
	report_fixed("http.max_connections", h->service.max_connections,
	    config->http.max_connections);
	service_replace(&h->service, settings);
	return 0;
}

void
http_redirect(struct http *h, const struct redirects *redirects)
{
	service_redirect(&h->service, redirects);
}

void
http_tick(struct http *h)
{
	unsigned cut = deadlines_tick(&h->service.deadlines, clock_ms());

	stat_add(&h->service.counters.timeouts, cut);
	service_tend(&h->service);
}

/* The library is stopped with nothing left to do: if it is just refusing a
 * request, it crashes, or forgets to tell of that request's end (0.9.75). */
void
http_stop(struct http **hp)
{
	struct http *h = *hp;

	if (!h)
		return;
	upgrades_stop(h->service.upgrades);
	if (!deadlines_cut_all(&h->service.deadlines, STOP_MS))
		log_warn("HTTP connections are still busy at the stop");
	MHD_stop_daemon(h->daemon);
	service_fini(&h->service);
	free(h);
	*hp = NULL;
}

/* The library closes what it does not take. */
static bool
add(struct http *h, int fd, const struct arrival_facts *facts)
{
	if (arrivals_put(&h->service.arrivals, fd, facts) != 0) {
		close(fd);
		return false;
	}
	return MHD_add_connection(h->daemon, fd, arrived_from(&facts->what),
		   facts->what.len) == MHD_YES;
}

bool
http_admits(struct http *h, struct arrived *a)
{
	return visitors_enter(&h->service, a);
}

void
http_left(struct http *h, struct arrived *a)
{
	visitors_leave(&h->service.visitors, a);
}

void
http_take(struct http *h, int fd, const struct arrived *a)
{
	struct service *s = &h->service;
	struct arrival_facts facts = { *a, NULL };
	enum service_room room = service_admit(s);

	if (room == SERVICE_ROOM && direct_take(s, fd, a, &facts.judged)) {
		service_release(s);
		visitors_leave(&s->visitors, &facts.what);
		return;
	}
	if (room == SERVICE_FULL) {
		arrival_drop(&s->visitors, &facts);
		close(fd);
	} else if (add(h, fd, &facts)) {
		return;
	} else {
		service_release(s);
	}
	__atomic_add_fetch(&s->counters.dropped, 1, __ATOMIC_RELAXED);
	log_debug("a connection was closed for want of room");
}

void
http_metrics(struct http *h, FILE *out)
{
	struct settings *settings = service_settings(&h->service);

	counters_print(&h->service.counters, settings->config, out);
	settings_unref(&settings);
}
