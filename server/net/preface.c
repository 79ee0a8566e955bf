/* SPDX-License-Identifier: MIT
 *
 * preface.c - see preface.h.
 *
 * The socket is watched by its edges: what has been looked at stays in it, and
 * only more of it is news.
 *
 * THREADS: owner worker. MEMORY: see preface.h.
 */
#include "config.h"

#include "net/preface.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/must.h"
#include "base/stats.h"
#include "net/address.h"
#include "net/arrived.h"
#include "net/engine.h"
#include "net/listener.h"
#include "net/proxies.h"
#include "net/tls_server.h"
#include "wire/proxy.h"

static const struct {
	const char *label, *why;
} rows[] = {
#define PREFACE(id, label, why) [PREFACE_##id] = { label, why },
#include "net/preface.def"
};

/* What a header that is refused is called here. */
static const enum preface_refusal refusals[] = {
	[PROXY_ABSENT] = PREFACE_ABSENT,
	[PROXY_MALFORMED] = PREFACE_MALFORMED,
	[PROXY_TOO_LONG] = PREFACE_TOO_LONG,
};

struct preface {
	struct source source;
	struct prefaces *all;
	struct list node;
	struct deadline deadline;
	struct deferred gone;
	int fd; /* -1: it is over, but this round may have an event for it */
	struct arrived arrived;
	struct listener *listener; /* a reference, as those of the speech */
	struct speech speech;
};

const char *
preface_label(enum preface_refusal why)
{
	return rows[why].label;
}

/* --- its end ------------------------------------------------------------ */

static void
refuse(struct prefaces *all, const struct arrived *a,
    const struct listener *listener, enum preface_refusal why)
{
	char from[ADDRESS_TEXT_MAX];

	address_text(arrived_from(a), from);
	stat_add(&all->refused[why], 1);
	LOG_EVENT(LOG_LEVEL_WARN, "proxy refused", LOG_STR("address", from),
	    LOG_STR("on", listener_name(listener)),
	    LOG_STR("why", rows[why].why));
}

static void
free_it(struct deferred *d)
{
	free(container_of(d, struct preface, gone));
}

/* It waits no more; the socket is whoever's it was given to. */
static void
leave(struct preface *p)
{
	struct loop *loop = p->all->worker->loop;

	list_del(&p->node);
	p->all->n--;
	deadline_clear(loop, &p->deadline);
	listener_unref(&p->listener);
	speech_unref(&p->speech);
	p->fd = -1;
	p->gone.fn = free_it;
	loop_defer(loop, &p->gone);
}

static void
drop(struct preface *p)
{
	loop_del(p->all->worker->loop, p->fd);
	close(p->fd);
	leave(p);
}

static void
refuse_and_drop(struct preface *p, enum preface_refusal why)
{
	refuse(p->all, &p->arrived, p->listener, why);
	drop(p);
}

static void
due(struct deadline *d)
{
	refuse_and_drop(
	    container_of(d, struct preface, deadline), PREFACE_LATE);
}

void
prefaces_cut(struct prefaces *all, const struct listener *l)
{
	LIST_FOREACH_SAFE (n, &all->all) {
		struct preface *p = container_of(n, struct preface, node);

		if (!l || p->listener == l)
			drop(p);
	}
}

/* --- the header --------------------------------------------------------- */

static void
believe(struct arrived *a, const struct proxy_header *h)
{
	struct address from;

	a->https = h->tls;
	a->nameless = h->kind != PROXY_IPV4 && h->kind != PROXY_IPV6;
	if (h->kind == PROXY_UNIX) {
		a->from = (struct sockaddr_storage){ .ss_family = AF_UNIX };
		a->len = sizeof a->from.ss_family;
	}
	if (a->nameless)
		return;
	address_set(&from, h->from, h->kind == PROXY_IPV4 ? 32 : 128);
	address_write(&from, h->port, &a->from);
	a->len = address_len(arrived_from(a));
}

/* The header is whole: it leaves the socket, and what follows stays. */
static void
take(struct preface *p, const struct proxy_header *h, void *bytes, size_t len)
{
	struct worker *w = p->all->worker;
	int fd = p->fd;

	if (recv(fd, bytes, len, MSG_DONTWAIT) != (ssize_t)len) {
		drop(p);
		return;
	}
	believe(&p->arrived, h);
	loop_del(w->loop, fd);
	accepting_go_on(w, fd, &p->arrived, p->listener, &p->speech);
	leave(p);
}

static void
ready(struct source *s, uint32_t events)
{
	struct preface *p = container_of(s, struct preface, source);
	const uint32_t end = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
	uint8_t bytes[PROXY_MAX];
	struct proxy_header h;
	ssize_t n;
	int len;

	if (p->fd < 0)
		return;
	n = recv(p->fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) { /* it only wanted to know whether somebody is here */
		drop(p);
		return;
	}
	len = proxy_read(&h, bytes, (size_t)n);
	if (len < 0)
		refuse_and_drop(p, refusals[-len]);
	else if (len > 0)
		take(p, &h, bytes, (size_t)len);
	else if (events & end)
		refuse_and_drop(p, PREFACE_UNFINISHED);
}

/* --- its beginning ------------------------------------------------------ */

void
prefaces_init(struct prefaces *all, struct worker *w)
{
	*all = (struct prefaces){ .worker = w };
	list_init(&all->all);
}

static struct preface *
new_preface(struct prefaces *all, int fd, const struct speech *speech)
{
	struct loop *loop = all->worker->loop;
	struct preface *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->source.ready = ready;
	p->deadline.due = due;
	p->all = all;
	p->fd = fd;
	if (deadline_set(loop, &p->deadline,
		loop_now_ms(loop) + proxies_within_ms(speech->proxies)) != 0)
		goto failed;
	if (loop_add(loop, fd, EPOLLIN | EPOLLRDHUP | EPOLLET, &p->source) == 0)
		return p;
	deadline_clear(loop, &p->deadline);
failed:
	free(p);
	return NULL;
}

void
preface_begin(struct prefaces *all, int fd, const struct arrived *a,
    struct listener *l, struct speech *speech)
{
	struct preface *p = NULL;

	if (!proxies_include(speech->proxies, arrived_from(a)))
		refuse(all, a, l, PREFACE_UNTRUSTED);
	else
		p = new_preface(all, fd, speech);
	if (!p) {
		close(fd);
		speech_unref(speech);
		return;
	}
	while (all->n >= proxies_at_a_time(speech->proxies))
		refuse_and_drop(
		    container_of(all->all.next, struct preface, node),
		    PREFACE_CROWDED);
	p->arrived = *a;
	p->listener = listener_ref(l);
	p->speech = *speech;
	list_add_tail(&all->all, &p->node);
	all->n++;
}
