/* SPDX-License-Identifier: MIT
 *
 * front.c - see front.h.
 */
#include "config.h"

#include "http/front.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/stats.h"
#include "config/config.h"
#include "http/upgrade.h"

int
front_init(struct front *f, struct config *config, struct host *host)
{
	int err;

	*f = (struct front){ .host = host,
		.max_connections = config->http.max_connections };
	f->upgrades = upgrades_new();
	if (!f->upgrades)
		return -ENOMEM;
	err = settings_new(&f->settings, config);
	if (err) {
		upgrades_unref(&f->upgrades);
		return err;
	}
	deadlines_init(&f->deadlines);
	pthread_mutex_init(&f->lock, NULL);
	return 0;
}

void
front_fini(struct front *f)
{
	settings_unref(&f->settings);
	upgrades_unref(&f->upgrades);
	deadlines_fini(&f->deadlines);
	pthread_mutex_destroy(&f->lock);
}

struct settings *
front_settings(struct front *f)
{
	struct settings *settings;

	pthread_mutex_lock(&f->lock);
	settings = settings_ref(f->settings);
	pthread_mutex_unlock(&f->lock);
	return settings;
}

void
front_replace(struct front *f, struct settings *settings)
{
	struct settings *old;

	pthread_mutex_lock(&f->lock);
	old = f->settings;
	f->settings = settings;
	pthread_mutex_unlock(&f->lock);
	settings_unref(&old);
}

static void
name_peer(struct client *c, const struct sockaddr *peer)
{
	char host[64], port[8];
	bool v6 = peer && peer->sa_family == AF_INET6;
	socklen_t len;

	snprintf(c->address, sizeof c->address, "unix");
	if (!peer || (peer->sa_family != AF_INET && !v6))
		return;
	len = v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	memcpy(&c->peer, peer, len);
	if (getnameinfo(peer, len, host, sizeof host, port, sizeof port,
		NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		snprintf(c->address, sizeof c->address,
		    v6 ? "[%s]:%s" : "%s:%s", host, port);
}

static struct client *
client_new(struct front *f, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *fd = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	const union MHD_ConnectionInfo *peer = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct client *c = calloc(1, sizeof *c);
	struct settings *settings;

	if (!c)
		return NULL;
	name_peer(c, peer ? peer->client_addr : NULL);
	stat_add(&f->counters.accepted, 1);
	stat_add(&f->counters.connections, 1);
	c->surplus = f->counters.connections > f->max_connections;
	due_begin(&f->deadlines, &c->due, fd->connect_fd);
	settings = front_settings(f);
	front_await_request(f, c, settings->config);
	settings_unref(&settings);
	return c;
}

void
front_connection(void *arg, struct MHD_Connection *connection, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct front *f = arg;
	struct client *c = *context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = client_new(f, connection);
	} else if (c) {
		due_end(&f->deadlines, &c->due);
		stat_set(&f->counters.connections, f->counters.connections - 1);
		free(c);
		*context = NULL;
	}
}

const struct sockaddr *
client_peer(const struct client *c)
{
	if (c->peer.ss_family == AF_UNSPEC)
		return NULL;
	return (const struct sockaddr *)&c->peer;
}

void
front_await_request(
    struct front *f, struct client *c, const struct config *config)
{
	due_set(&f->deadlines, &c->due,
	    clock_ms() + config->http.request_timeout_ms);
}

void
front_await_reader(struct front *f, struct client *c,
    const struct config *config, uint64_t bytes)
{
	uint64_t rate = config->http.min_rate;
	uint64_t at = 0;

	if (bytes != UINT64_MAX && rate > 0)
		at = clock_ms() + config->http.request_timeout_ms +
		     bytes / rate * 1000;
	due_set(&f->deadlines, &c->due, at);
}
