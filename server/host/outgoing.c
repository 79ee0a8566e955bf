/* SPDX-License-Identifier: MIT
 *
 * outgoing.c - messages and closes for a connection on another thread.
 *
 * THREADS, MEMORY: see outgoing.h.
 */
#include "config.h"

#include "host/outgoing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "host/details.h"
#include "host/handshake.h"
#include "host/held.h"
#include "host/host_struct.h"
#include "host/session.h"
#include "net/payload.h"
#include "net/worker.h"

struct outgoing {
	struct mail mail;
	struct host *host;
	cleat_id id;
	struct payload *payload;
	struct details *details;
	int code;
	char reason[WS_REASON_MAX + 1];
};

static size_t
size_of(const struct outgoing *o)
{
	return o->payload ? o->payload->len : 0;
}

static void
free_outgoing(struct outgoing *o)
{
	__atomic_sub_fetch(
	    &o->host->outgoing_bytes, size_of(o), __ATOMIC_RELAXED);
	count_leave(&o->host->outgoing);
	payload_unref(&o->payload);
	details_free(&o->details);
	free(o);
}

/* Counts it; false: that is more than may be under way. free_outgoing()
 * takes it out again, in both cases. */
static bool
admit(struct outgoing *o)
{
	size_t n = __atomic_add_fetch(&o->host->outgoing, 1, __ATOMIC_RELAXED);
	size_t bytes = __atomic_add_fetch(
	    &o->host->outgoing_bytes, size_of(o), __ATOMIC_RELAXED);

	return n <= OUTGOING_MAX && bytes <= OUTGOING_BYTES;
}

/* Takes the payload and the details. */
static int
put(struct host *h, cleat_id id, const struct outgoing *what,
    void (*deliver)(struct mail *))
{
	struct outgoing *o = malloc(sizeof(*o));
	struct payload *payload = what->payload;
	struct details *details = what->details;

	if (!o) {
		payload_unref(&payload);
		details_free(&details);
		return CLEAT_ENOMEM;
	}
	*o = *what;
	o->host = h;
	o->id = id;
	o->mail.deliver = deliver;
	if (!admit(o)) {
		free_outgoing(o);
		return CLEAT_ELIMIT;
	}
	mail_put(worker_loop(h->workers[worker_of_id(id)]), &o->mail, 0);
	return CLEAT_OK;
}

static bool
worker_exists(const struct host *h, cleat_id id)
{
	return h && id != 0 && worker_of_id(id) < h->n_workers;
}

static cleat_conn *
find(const struct outgoing *o)
{
	struct conn *conn =
	    worker_find(o->host->workers[worker_of_id(o->id)], o->id);
	cleat_conn *c = conn ? session_of(conn) : NULL;

	return c && !c->muted ? c : NULL;
}

/* --- sending ------------------------------------------------------------ */

static void
deliver_send(struct mail *m)
{
	struct outgoing *o = container_of(m, struct outgoing, mail);
	cleat_conn *c = find(o);

	if (c)
		held_send(c, o->payload);
	free_outgoing(o);
}

int
outgoing_send(struct host *h, cleat_id id, int kind, const void *data, size_t n)
{
	struct outgoing o = { 0 };

	if (!worker_exists(h, id))
		return CLEAT_GONE;
	o.payload = payload_new(kind, data, n);
	return o.payload ? put(h, id, &o, deliver_send) : CLEAT_ENOMEM;
}

/* --- closing, deciding -------------------------------------------------- */

static void
deliver_close(struct mail *m)
{
	struct outgoing *o = container_of(m, struct outgoing, mail);
	cleat_conn *c = find(o);

	if (c)
		conn_close(&c->conn, o->code, o->reason, strlen(o->reason));
	free_outgoing(o);
}

int
outgoing_close(struct host *h, cleat_id id, int code, const char *reason)
{
	struct outgoing o = { .code = code };

	if (!worker_exists(h, id))
		return CLEAT_GONE;
	if (reason)
		memcpy(o.reason, reason, strlen(reason) + 1);
	return put(h, id, &o, deliver_close);
}

static void
deliver_decide(struct mail *m)
{
	struct outgoing *o = container_of(m, struct outgoing, mail);
	struct details *d = o->details;

	o->details = NULL;
	/* Whoever decided has had his answer; a client that is gone is none of
	 * his mistakes. */
	if (handshake_decide(o->host, o->id, d) == CLEAT_EINVAL)
		log_error("decide() of connection %" PRIu64
			  ": the client did not offer this subprotocol",
		    o->id);
	free_outgoing(o);
}

int
outgoing_decide(struct host *h, cleat_id id, struct details *d)
{
	struct outgoing o = { .details = d };

	if (worker_exists(h, id))
		return put(h, id, &o, deliver_decide);
	details_free(&d);
	return CLEAT_GONE;
}
