/* SPDX-License-Identifier: MIT
 *
 * direct.c - see direct.h.
 */
#include "config.h"

#include "http/direct.h"

#include <sys/socket.h>
#include <unistd.h>

#include "config/config.h"
#include "host/door.h"
#include "host/site.h"
#include "http/forwarded.h"
#include "http/pages.h"
#include "http/plain.h"
#include "http/service.h"
#include "http/upgrade.h"
#include "net/arrived.h"

struct direct {
	struct plain plain;
	struct forwarded forwarded;
	bool proxied;
};

/* --- who asks for what --------------------------------------------------- */

static bool
is_secure(const struct direct *d, const struct arrived *a)
{
	return d->proxied ? d->forwarded.https : a->https;
}

/* A listener that redirects refuses, and HSTS is the library's to say. */
static bool
is_ordinary(struct service *s, struct direct *d, const struct arrived *a)
{
	struct settings *settings = service_settings(s);
	const struct config *config = settings->config;
	char to[REDIRECT_TEXT_MAX];
	bool hsts = settings->hsts[0] != '\0';

	d->proxied = !a->nameless &&
		     forwarded_read(config->proxy_header, config->proxies,
			 peer_of(a), &d->plain.head, &d->forwarded);
	settings_unref(&settings);
	if (is_secure(d, a))
		return !hsts;
	return !service_redirects(s, a->listener, to);
}

/* Its door has answered by then. */
static struct upgrade *
knock(struct service *s, struct direct *d, int fd, const struct arrived *a,
    struct route *route)
{
	const struct upgrade_ask ask = {
		.route = route,
		.headers = d->plain.headers,
		.n_headers = d->plain.n_headers,
		.head = &d->plain.head,
		.target = &d->plain.target,
		.peer = forwarded_asker(
		    d->proxied ? &d->forwarded : NULL, peer_of(a)),
		.https = is_secure(d, a),
		.fd = fd,
	};
	struct answer refusal;
	struct upgrade *up = upgrade_begin(s->upgrades, &ask, &refusal);

	if (!up)
		answer_drop(&refusal); /* the library comes to the same */
	return up;
}

/* The head is out of the socket, and nothing else. */
static bool
consume(struct direct *d, int fd)
{
	return recv(fd, d->plain.bytes, d->plain.len, MSG_DONTWAIT) ==
	       (ssize_t)d->plain.len;
}

static bool
answer(struct service *s, struct direct *d, int fd, const struct arrived *a,
    struct upgrade **judged)
{
	struct route *route = service_route(s, d->plain.target.path);
	bool at_once = route && door_answers_at_once(route);
	struct upgrade *up = NULL;

	if (at_once)
		up = knock(s, d, fd, a, route);
	else if (route)
		route_unref(&route);
	if (!up)
		return false;
	*judged = up;
	if (!upgrade_accepted(up))
		return false;
	*judged = NULL;
	if (consume(d, fd))
		upgrade_enter(up, fd);
	else
		close(fd);
	upgrade_end(&up);
	counters_add(&s->counters.accepted, 1);
	counters_add(&s->counters.status[1], 1);
	return true;
}

bool
direct_take(
    struct service *s, int fd, const struct arrived *a, struct upgrade **judged)
{
	struct direct d;
	bool taken = false;
	ssize_t n;

	*judged = NULL;
	if (a->relay)
		return false;
	n = recv(fd, d.plain.bytes, PLAIN_MAX, MSG_PEEK | MSG_DONTWAIT);
	if (n <= 0)
		return false;
	if (plain_read(&d.plain, (size_t)n) && is_ordinary(s, &d, a))
		taken = answer(s, &d, fd, a, judged);
	plain_fini(&d.plain);
	return taken;
}
