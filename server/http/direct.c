/* SPDX-License-Identifier: MIT
 *
 * direct.c - see direct.h.
 *
 * The reader of heads is no second HTTP parser: it takes one form, and what
 * does not have it is not for here. What it lets pass goes through the same
 * checks as a head that the library has read.
 */
#include "config.h"

#include "http/direct.h"

#include <sys/socket.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "config/config.h"
#include "host/door.h"
#include "host/request.h"
#include "host/site.h"
#include "http/checks.h"
#include "http/forwarded.h"
#include "http/head.h"
#include "http/pages.h"
#include "http/service.h"
#include "http/target.h"
#include "http/upgrade.h"
#include "net/arrived.h"

struct direct {
	size_t len; /* of the head, its empty line included */
	size_t n_headers;
	struct head head;
	struct target target;
	struct forwarded forwarded;
	bool proxied;
	struct request_header headers[HEAD_FIELDS_MAX];
	char path[DIRECT_MAX + 1];
	char bytes[DIRECT_MAX + 1]; /* of the head; they are cut into texts */
};

/* --- the head ------------------------------------------------------------ */

/* A whole head that begins as a handshake does? */
static bool
look(struct direct *d, int fd)
{
	static const char get[] = "GET /", empty_line[] = "\r\n\r\n";
	ssize_t n = recv(fd, d->bytes, DIRECT_MAX, MSG_PEEK | MSG_DONTWAIT);
	char *end;

	if (n < (ssize_t)sizeof get || memcmp(d->bytes, get, 5) != 0)
		return false;
	end = memmem(d->bytes, (size_t)n, empty_line, 4);
	if (!end)
		return false;
	d->len = (size_t)(end + 4 - d->bytes);
	end[2] = '\0'; /* so that each line still has its end */
	return memchr(d->bytes, '\0', d->len - 2) == NULL;
}

/* "GET /path HTTP/1.1"; where the headers begin, or NULL. */
static char *
read_line(struct direct *d)
{
	static const char version[] = " HTTP/1.1\r\n";
	char *target = d->bytes + strlen("GET ");
	char *end = strchr(target, ' ');

	if (!end || strncmp(end, version, sizeof version - 1) != 0)
		return NULL;
	*end = '\0';
	if (target_read(&d->target, target, d->path) != REFUSAL_NONE)
		return NULL;
	return end + sizeof version - 1;
}

/* "Name: value"; where the next one begins, or NULL. */
static char *
read_header(struct direct *d, char *at)
{
	char *end = strstr(at, "\r\n"), *colon = strchr(at, ':'), *value;
	size_t n;

	if (!end || !colon || colon > end || d->n_headers == HEAD_FIELDS_MAX)
		return NULL;
	*colon = *end = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	n = (size_t)(end - value);
	while (n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'))
		n--;
	value[n] = '\0';
	d->headers[d->n_headers++] = (struct request_header){ at, value };
	if (head_add(&d->head, at, (size_t)(colon - at), value, n) != 0)
		return NULL;
	return end + 2;
}

static bool
read_head(struct direct *d)
{
	char *at = read_line(d);

	while (at && *at)
		at = read_header(d, at);
	return at && checks_run(&d->head) == REFUSAL_NONE;
}

/* What browsers say: no other option of the connection, and no body. */
static bool
is_plain(const struct head *h)
{
	const char *connection = h->value[HEAD_CONNECTION];

	return h->value[HEAD_UPGRADE] && connection &&
	       (strcasecmp(connection, "Upgrade") == 0 ||
		   strcasecmp(connection, "keep-alive, Upgrade") == 0) &&
	       !h->value[HEAD_CONTENT_LENGTH];
}

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
			 peer_of(a), &d->head, &d->forwarded);
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
		.headers = d->headers,
		.n_headers = d->n_headers,
		.head = &d->head,
		.target = &d->target,
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
	return recv(fd, d->bytes, d->len, MSG_DONTWAIT) == (ssize_t)d->len;
}

static bool
answer(struct service *s, struct direct *d, int fd, const struct arrived *a,
    struct upgrade **judged)
{
	struct route *route = service_route(s, d->target.path);
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

	*judged = NULL;
	if (a->relay)
		return false;
	d.n_headers = 0;
	if (!look(&d, fd))
		return false;
	head_init(&d.head, "GET", "HTTP/1.1");
	if (read_head(&d) && is_plain(&d.head) && is_ordinary(s, &d, a))
		taken = answer(s, &d, fd, a, judged);
	head_fini(&d.head);
	return taken;
}
