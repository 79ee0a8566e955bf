/* SPDX-License-Identifier: MIT
 *
 * service.c - see service.h.
 */
#include "config.h"

#include "http/service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/stats.h"
#include "config/config.h"
#include "host/host.h"
#include "host/site.h"
#include "http/upgrade.h"
#include "net/relay.h"

/* Room beyond http.max_connections in which the surplus is told so. */
enum { SURPLUS_ROOM = 256 };

int
service_init(struct service *s, struct config *config, struct host *host)
{
	int err;

	*s = (struct service){ .host = host,
		.max_connections = config->http.max_connections };
	s->upgrades = upgrades_new();
	if (!s->upgrades)
		return -ENOMEM;
	err = settings_new(&s->settings, config);
	if (err) {
		upgrades_unref(&s->upgrades);
		return err;
	}
	err = visitors_init(&s->visitors, config);
	if (err) {
		settings_unref(&s->settings);
		upgrades_unref(&s->upgrades);
		return err;
	}
	arrivals_init(&s->arrivals, &s->visitors);
	deadlines_init(&s->deadlines);
	list_init(&s->retired);
	pthread_mutex_init(&s->lock, NULL);
	return 0;
}

void
service_fini(struct service *s)
{
	service_tend(s);
	settings_unref(&s->settings);
	upgrades_unref(&s->upgrades);
	arrivals_fini(&s->arrivals);
	visitors_fini(&s->visitors);
	deadlines_fini(&s->deadlines);
	pthread_mutex_destroy(&s->lock);
}

struct settings *
service_settings(struct service *s)
{
	struct settings *settings;

	pthread_mutex_lock(&s->lock);
	settings = settings_ref(s->settings);
	pthread_mutex_unlock(&s->lock);
	return settings;
}

void
service_replace(struct service *s, struct settings *settings)
{
	struct settings *old;

	pthread_mutex_lock(&s->lock);
	old = s->settings;
	s->settings = settings;
	visitors_limit(&s->visitors, settings->config);
	pthread_mutex_unlock(&s->lock);
	list_add_tail(&s->retired, &old->node);
	service_tend(s);
}

void
service_tend(struct service *s)
{
	LIST_FOREACH_SAFE (n, &s->retired) {
		struct settings *old = container_of(n, struct settings, node);

		if (!settings_alone(old))
			continue;
		list_del(n);
		settings_unref(&old);
	}
}

void
service_redirect(struct service *s, const struct redirects *redirects)
{
	pthread_mutex_lock(&s->lock);
	s->redirects = *redirects;
	__atomic_store_n(&s->redirecting, redirects->n > 0, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&s->lock);
}

bool
service_redirects(
    struct service *s, uint64_t listener, char to[REDIRECT_TEXT_MAX])
{
	const struct redirect *found;

	if (!__atomic_load_n(&s->redirecting, __ATOMIC_RELAXED))
		return false;
	pthread_mutex_lock(&s->lock);
	found = redirect_find(&s->redirects, listener);
	if (found)
		memcpy(to, found->to, sizeof found->to);
	pthread_mutex_unlock(&s->lock);
	return found != NULL;
}

struct route *
service_route(struct service *s, const char *path)
{
	struct site *site = host_site(s->host);
	struct route *route = site ? site_find(site, path) : NULL;

	if (route)
		route_ref(route);
	if (site)
		site_unref(&site);
	return route;
}

enum service_room
service_admit(struct service *s)
{
	uint64_t n = __atomic_add_fetch(&s->admitted, 1, __ATOMIC_RELAXED);

	if (n <= s->max_connections)
		return SERVICE_ROOM;
	if (n <= s->max_connections + SURPLUS_ROOM)
		return SERVICE_SURPLUS;
	service_release(s);
	return SERVICE_FULL;
}

void
service_release(struct service *s)
{
	__atomic_sub_fetch(&s->admitted, 1, __ATOMIC_RELAXED);
}

static struct client *
client_new(struct service *s, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *fd = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct client *c = calloc(1, sizeof *c);
	struct settings *settings;
	struct arrival_facts facts;

	arrivals_take(&s->arrivals, fd->connect_fd, &facts);
	if (!c) {
		arrival_drop(&s->visitors, &facts);
		return NULL;
	}
	c->arrived = facts.what;
	c->judged = facts.judged;
	address_text(peer_of(&c->arrived), c->address);
	counters_add(&s->counters.accepted, 1);
	stat_add(&s->counters.connections, 1);
	c->surplus = s->counters.connections > s->max_connections;
	due_begin(&s->deadlines, &c->due, fd->connect_fd);
	settings = service_settings(s);
	service_await_request(s, c, settings->config);
	settings_unref(&settings);
	return c;
}

void
service_connection(void *arg, struct MHD_Connection *connection, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct service *s = arg;
	struct client *c = *context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = client_new(s, connection);
		return;
	}
	service_release(s);
	if (c) {
		due_end(&s->deadlines, &c->due);
		stat_set(&s->counters.connections, s->counters.connections - 1);
		relay_unref(&c->arrived.relay);
		visitors_leave(&s->visitors, &c->arrived);
		upgrade_end(&c->judged);
		free(c);
		*context = NULL;
	}
}

const struct sockaddr *
peer_of(const struct arrived *a)
{
	const struct sockaddr *from = arrived_from(a);

	return address_len(from) > 0 ? from : NULL;
}

void
service_await_request(
    struct service *s, struct client *c, const struct config *config)
{
	due_set(&s->deadlines, &c->due,
	    clock_ms() + config->http.request_timeout_ms);
}

void
service_await_reader(struct service *s, struct client *c,
    const struct config *config, uint64_t bytes)
{
	uint64_t rate = config->http.min_rate;
	uint64_t at = 0;

	if (bytes != UINT64_MAX && rate > 0)
		at = clock_ms() + config->http.request_timeout_ms +
		     bytes / rate * 1000;
	due_set(&s->deadlines, &c->due, at);
}
