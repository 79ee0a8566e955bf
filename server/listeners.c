/* SPDX-License-Identifier: MIT
 *
 * listeners.c - all addresses at which cleatd accepts.
 */
#include "config.h"

#include "listeners.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "config/config.h"
#include "http/redirect.h"
#include "net/listener.h"
#include "net/proxies.h"
#include "net/tls_server.h"
#include "net/worker.h"

/* The kernel takes as many as net.core.somaxconn allows. */
enum { BACKLOG = 4096 };

static struct listen_address
address_of(const struct config_listen *c)
{
	return (struct listen_address){
		.address = c->address,
		.port = (uint16_t)c->port,
		.mode = (uint32_t)c->mode,
		.owner = c->owner,
	};
}

static const char *
remedy(const struct config_listen *c, int err)
{
	if (err == -EADDRINUSE)
		return " (is another server running there?)";
	if (err == -EACCES && c->port > 0 && c->port < 1024)
		return " (ports below 1024 need CAP_NET_BIND_SERVICE)";
	return "";
}

static void
say_why(char why[LISTENERS_WHY], const struct config_listen *c, int err)
{
	bool bare = strncmp(c->address, "unix:", 5) == 0;
	bool bracket = strchr(c->address, ':') != NULL && !bare;
	char port[16] = "";

	if (!bare)
		snprintf(port, sizeof(port), ":%u", (unsigned)c->port);
	snprintf(why, LISTENERS_WHY, "cannot listen on %s%s%s%s: %s%s",
	    bracket ? "[" : "", c->address, bracket ? "]" : "", port,
	    strerror(-err), remedy(c, err));
}

static int
open_numbered(struct listener **out, const struct config_listen *c,
    uint64_t number, unsigned workers, void *tag, char why[LISTENERS_WHY])
{
	struct listen_address address = address_of(c);
	int err;

	address.number = number;
	err = listener_open(out, &address, workers, BACKLOG, tag);

	if (err < 0)
		say_why(why, c, err);
	return err;
}

int
listeners_open_one(struct listener **out, const struct config_listen *c,
    unsigned workers, void *tag, char why[LISTENERS_WHY])
{
	return open_numbered(out, c, 0, workers, tag, why);
}

static bool
contains(const struct listeners *set, const struct listener *l)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i] == l)
			return true;
	return false;
}

/* A reference to the listener of `now` for this address, unless `next` has
 * it already: two equal addresses are an address in use. */
static struct listener *
keep(const struct listeners *now, const struct listeners *next,
    const struct config_listen *c)
{
	struct listen_address address = address_of(c);

	for (size_t i = 0; i < now->n; i++)
		if (listener_is(now->v[i], &address) &&
		    !contains(next, now->v[i]))
			return listener_ref(now->v[i]);
	return NULL;
}

static int
too_many(char why[LISTENERS_WHY])
{
	snprintf(why, LISTENERS_WHY, "more than %d addresses to listen on",
	    LISTENERS_MAX);
	return -E2BIG;
}

static struct speech
speech_of(const struct config_listen *c)
{
	return (struct speech){
		.proxies = c->proxies ? proxies_ref(c->proxies) : NULL,
		.tls = c->tls ? tls_server_ref(c->tls) : NULL,
	};
}

int
listeners_prepare(struct listeners *next, const struct listeners *now,
    const struct config_listen *c, size_t n, unsigned workers, void *tag,
    char why[LISTENERS_WHY])
{
	if (n > LISTENERS_MAX - next->n) {
		listeners_fini(next);
		return too_many(why);
	}
	if (next->opened < now->opened)
		next->opened = now->opened;
	for (size_t i = 0; i < n; i++) {
		struct listener *l = keep(now, next, &c[i]);
		int err = l ? 0
			    : open_numbered(
				  &l, &c[i], ++next->opened, workers, tag, why);

		if (err < 0) {
			listeners_fini(next);
			return err;
		}
		next->speech[next->n] = speech_of(&c[i]);
		next->v[next->n++] = l;
	}
	return 0;
}

void
listeners_redirects(const struct listeners *set, const struct config_listen *c,
    size_t n, struct redirects *to)
{
	to->n = 0;
	for (size_t i = 0; i < n && i < set->n; i++) {
		struct redirect *r = &to->v[to->n];

		if (!c[i].redirect)
			continue;
		r->listener = listener_number(set->v[i]);
		snprintf(r->to, sizeof(r->to), "%s", c[i].redirect);
		to->n++;
	}
}

int
listeners_inherit(struct listeners *next, int first_fd, size_t n, void *tag,
    char why[LISTENERS_WHY])
{
	int err = n > LISTENERS_MAX ? too_many(why) : 0;

	for (size_t i = 0; i < n; i++) {
		int fd = first_fd + (int)i;

		if (err < 0) {
			close(fd);
			continue;
		}
		err = listener_adopt(&next->v[next->n], fd, tag);
		if (err == 0)
			next->n++;
		else
			snprintf(why, LISTENERS_WHY,
			    "cannot listen on inherited socket %d: %s", fd,
			    strerror(-err));
	}
	if (err < 0)
		listeners_fini(next);
	return err;
}

/* --- switching --------------------------------------------------------- */

/* Each listener of the set speaks from now on what it is to speak. */
static void
set_speech(const struct listeners *set, const struct listeners *but)
{
	for (size_t i = 0; i < set->n; i++)
		if (!contains(but, set->v[i]))
			listener_set_speech(set->v[i], &set->speech[i]);
}

static void
unaccept(struct listener *l, struct worker *const *workers, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (worker_unaccept(workers[i], l) < 0)
			log_error("no memory to stop listening on %s",
			    listener_name(l));
}

static int
accept_on(struct listener *l, struct worker *const *workers, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		int err = worker_accept(workers[i], l);

		if (err < 0) {
			unaccept(l, workers, i);
			return err;
		}
	}
	return 0;
}

static void
announce(const struct listener *l)
{
	if (printf("listening on %s\n", listener_name(l)) < 0 ||
	    fflush(stdout) != 0)
		log_warn(
		    "cannot write to standard output: %s", strerror(errno));
	LOG_EVENT(LOG_LEVEL_INFO, "listening", LOG_STR("on", listener_name(l)));
}

int
listeners_switch(struct listeners *now, struct listeners *next,
    struct worker *const *workers, unsigned n_workers)
{
	set_speech(next, now);
	for (size_t i = 0; i < next->n; i++) {
		int err = 0;

		if (!contains(now, next->v[i]))
			err = accept_on(next->v[i], workers, n_workers);
		if (err < 0) {
			while (i-- > 0)
				if (!contains(now, next->v[i]))
					unaccept(
					    next->v[i], workers, n_workers);
			listeners_fini(next);
			return err;
		}
	}
	for (size_t i = 0; i < next->n; i++) {
		bool spoke = listener_has_tls(next->v[i]);

		listener_set_speech(next->v[i], &next->speech[i]);
		if (!contains(now, next->v[i]) ||
		    spoke != !!next->speech[i].tls)
			announce(next->v[i]);
	}
	for (size_t i = 0; i < now->n; i++)
		if (!contains(next, now->v[i]))
			unaccept(now->v[i], workers, n_workers);
	listeners_fini(now);
	*now = *next;
	*next = (struct listeners){ .n = 0 };
	return 0;
}

void
listeners_fini(struct listeners *set)
{
	while (set->n > 0) {
		speech_unref(&set->speech[--set->n]);
		listener_unref(&set->v[set->n]);
	}
}
