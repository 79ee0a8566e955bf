/* SPDX-License-Identifier: MIT
 *
 * relay.c - see relay.h: its life but for the handshake.
 *
 * THREADS, MEMORY: see relay.h.
 */
#include "config.h"

#include "net/relay.h"

#include <sys/epoll.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"
#include "net/engine.h"
#include "net/listener.h"
#include "net/relay_struct.h"
#include "net/tls_server.h"

enum { WASTE_ROUNDS = 16 }; /* of reading what nobody wants */

struct loop *
relay_loop(const struct relay *r)
{
	return r->all->worker->loop;
}

/* --- its end ------------------------------------------------------------ */

void
relay_unref(struct relay **rp)
{
	struct relay *r = *rp;

	*rp = NULL;
	if (!r || __atomic_sub_fetch(&r->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	tls_facts_fini(&r->facts);
	free(r);
}

static void
close_side(struct relay *r, struct side *s)
{
	if (s->fd < 0)
		return;
	loop_del(relay_loop(r), s->fd);
	close(s->fd);
	s->fd = -1;
}

static void
again(struct deferred *d)
{
	struct relay *r = container_of(d, struct relay, again);

	r->deferred = false;
	if (r->state == RELAY_DEAD)
		relay_unref(&r);
	else
		relay_move(r);
}

/* The sockets may have events in this round yet. */
static void
defer(struct relay *r)
{
	if (r->deferred)
		return;
	r->deferred = true;
	r->again.fn = again;
	loop_defer(relay_loop(r), &r->again);
}

void
relay_untime(struct relay *r)
{
	if (!list_linked(&r->timed))
		return;
	list_del(&r->timed);
	r->all->n_timed--;
}

static void
tell_left(struct relay *r, struct stream carrier)
{
	struct relay_left *left = r->left;

	r->left = NULL;
	if (!left)
		return;
	left->carrier = carrier;
	left->mail.deliver = left->done;
	must(mail_put(left->to, &left->mail, 0));
}

void
relay_end(struct relay *r)
{
	if (r->state == RELAY_DEAD)
		return;
	r->state = RELAY_DEAD;
	relay_untime(r);
	list_del(&r->node);
	list_del(&r->step);
	deadline_clear(relay_loop(r), &r->deadline);
	tls_free(&r->tls);
	close_side(r, &r->wire);
	close_side(r, &r->pair);
	if (r->http_fd >= 0)
		close(r->http_fd);
	free(r->in.bytes);
	free(r->out.bytes);
	listener_unref(&r->listener);
	tls_server_unref(&r->server);
	if (r->arrived.counted)
		r->all->worker->calls->left(r->all->worker, &r->arrived);
	tell_left(r, (struct stream){ .fd = -1 });
	defer(r);
}

/* --- its clock ---------------------------------------------------------- */

static void
arm(struct relay *r)
{
	struct loop *l = relay_loop(r);

	must(deadline_set(l, &r->deadline, loop_now_ms(l) + r->within_ms) == 0);
}

static void
due(struct deadline *d)
{
	struct relay *r = container_of(d, struct relay, deadline);

	if (r->state != RELAY_HTTP)
		relay_end(r);
	else if (deadline_set(relay_loop(r), d,
		     loop_now_ms(relay_loop(r)) + r->within_ms) != 0)
		relay_end(r);
}

/* From now on it counts, and the oldest makes room for it. */
static void
time_it(struct relay *r)
{
	struct relays *all = r->all;

	arm(r);
	if (list_linked(&r->timed))
		return;
	while (all->n_timed >= r->at_a_time)
		relay_end(container_of(all->timed.next, struct relay, timed));
	list_add_tail(&all->timed, &r->timed);
	all->n_timed++;
}

/* --- after HTTP --------------------------------------------------------- */

void
relay_linger(struct relay *r)
{
	struct side *wire = &r->wire;
	char waste[4096];
	int rounds = 0;
	ssize_t n;

	if (r->state != RELAY_LINGER) {
		r->state = RELAY_LINGER;
		if (r->tls)
			tls_bye(r->tls);
		(void)shutdown(wire->fd, SHUT_WR);
		close_side(r, &r->pair);
		time_it(r);
	}
	do
		n = recv(wire->fd, waste, sizeof waste, MSG_DONTWAIT);
	while (n > 0 && ++rounds < WASTE_ROUNDS);
	if (n > 0)
		defer(r);
	else if (n == 0 || errno != EAGAIN)
		relay_end(r);
}

/* All that HTTP wrote has left: the connection is somebody else's. */
static void
hand_over(struct relay *r)
{
	struct stream carrier = { .fd = r->wire.fd, .tls = r->tls };

	if (!r->torn && relay_take_back(r) == 0) {
		loop_del(relay_loop(r), r->wire.fd);
		r->wire.fd = -1;
		r->tls = NULL;
		tell_left(r, carrier);
	}
	relay_end(r);
}

static bool
is_through(const struct relay *r)
{
	return r->out.at == r->out.end &&
	       (r->http_ended || (r->state == RELAY_LEAVE && !r->pair.in));
}

void
relay_move(struct relay *r)
{
	uint64_t before = r->sent;
	int rc;

	if (r->state == RELAY_LINGER) {
		relay_linger(r);
		return;
	}
	rc = relay_pump(r);
	if (rc < 0) {
		relay_end(r);
		return;
	}
	if (is_through(r)) {
		if (r->state == RELAY_LEAVE)
			hand_over(r);
		else
			relay_linger(r);
		return;
	}
	if (r->http_ended && r->state == RELAY_HTTP) {
		r->state = RELAY_FLUSH;
		time_it(r);
	} else if (r->state == RELAY_FLUSH && r->sent != before) {
		arm(r);
	}
	if (rc > 0)
		defer(r);
}

static void
deliver_leave(struct mail *m)
{
	struct relay_left *left = container_of(m, struct relay_left, mail);
	struct relay *r = left->relay;

	r->left = left;
	r->http_fd = left->carrier.fd;
	if (r->state == RELAY_DEAD || (left->n_early > 0 && !left->early)) {
		close(r->http_fd);
		r->http_fd = -1;
		tell_left(r, (struct stream){ .fd = -1 });
		relay_end(r);
	} else {
		r->state = RELAY_LEAVE;
		r->pair.in = true;
		time_it(r);
		relay_move(r);
	}
	relay_unref(&r);
}

void
relay_leave(struct relay **rp, int fd, const void *early, size_t n,
    struct relay_left *left)
{
	left->relay = *rp;
	left->carrier = (struct stream){ .fd = fd };
	left->early = n > 0 ? malloc(n) : NULL;
	left->n_early = n;
	if (left->early)
		memcpy(left->early, early, n);
	left->mail.deliver = deliver_leave;
	*rp = NULL;
	must(mail_put(relay_loop(left->relay), &left->mail, 0));
}

/* --- events ------------------------------------------------------------- */

static void
note(struct side *s, uint32_t events)
{
	s->in |= (events & ~(uint32_t)EPOLLOUT) != 0;
	s->out |= (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
}

static void
wire_ready(struct source *s, uint32_t events)
{
	struct relay *r = container_of(s, struct relay, wire.source);

	if (r->state == RELAY_DEAD)
		return;
	note(&r->wire, events);
	if (r->state > RELAY_SHAKE)
		relay_move(r);
	else if (r->wire.in || r->state == RELAY_SHAKE)
		relay_step(r);
}

static void
pair_ready(struct source *s, uint32_t events)
{
	struct relay *r = container_of(s, struct relay, pair.source);

	if (r->state == RELAY_DEAD)
		return;
	note(&r->pair, events);
	relay_move(r);
}

/* --- its beginning ------------------------------------------------------ */

void
relays_init(struct relays *all, struct worker *w)
{
	*all = (struct relays){ .worker = w };
	list_init(&all->all);
	list_init(&all->timed);
	list_init(&all->shaking);
}

void
relays_cut(struct relays *all, const struct listener *l)
{
	LIST_FOREACH_SAFE (n, &all->all) {
		struct relay *r = container_of(n, struct relay, node);

		if (!l || r->listener == l)
			relay_end(r);
	}
}

static struct relay *
new_relay(struct relays *all, int fd, struct tls_server *server)
{
	struct relay *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->refs = 1;
	r->all = all;
	list_init(&r->node);
	list_init(&r->timed);
	list_init(&r->step);
	r->wire.fd = fd;
	r->wire.source.ready = wire_ready;
	r->pair.fd = r->http_fd = -1;
	r->pair.source.ready = pair_ready;
	r->deadline.due = due;
	r->within_ms = tls_server_within_ms(server);
	r->at_a_time = tls_server_at_a_time(server);
	return r;
}

void
relay_begin(struct relays *all, int fd, struct arrived *arrived,
    struct listener *l, struct tls_server *server)
{
	struct loop *loop = all->worker->loop;
	struct relay *r = new_relay(all, fd, server);

	if (!r || deadline_set(loop, &r->deadline,
		      loop_now_ms(loop) + r->within_ms) != 0)
		goto failed;
	if (loop_add(loop, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		&r->wire.source) != 0) {
		deadline_clear(loop, &r->deadline);
		goto failed;
	}
	r->arrived = *arrived;
	r->listener = listener_ref(l);
	r->server = server;
	list_add_tail(&all->all, &r->node);
	time_it(r);
	return;
failed:
	free(r);
	close(fd);
	if (arrived->counted)
		all->worker->calls->left(all->worker, arrived);
	tls_server_unref(&server);
}

const struct tls_facts *
relay_facts(const struct relay *r)
{
	return &r->facts;
}

const struct sockaddr *
relay_local(const struct relay *r)
{
	return (const struct sockaddr *)&r->local;
}
