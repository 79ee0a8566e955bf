/* SPDX-License-Identifier: MIT
 *
 * api_request.c - what handlers ask about the request, and what they decide.
 *
 * THREADS, MEMORY: see api.h and cleat.h.
 */
#include "config.h"

#include "host/api.h"
#include "host/details.h"
#include "host/handshake.h"
#include "host/host_struct.h"
#include "host/login.h"
#include "host/outgoing.h"
#include "host/request.h"
#include "host/session.h"
#include "net/worker.h"

const char *
api_var(cleat_conn *c, const char *name)
{
	if (!c || !name || !api_here(session_route(c), "var"))
		return NULL;
	return session_var(c, name);
}

static const struct request *
request_of(const cleat_conn *c)
{
	return c->stage == SESSION_HANDSHAKE ? c->handshake->request : NULL;
}

const char *
api_query(cleat_conn *c, const char *name)
{
	if (!c || !name || !api_here(session_route(c), "query") ||
	    !request_of(c))
		return NULL;
	return request_query(request_of(c), name);
}

const char *
api_cookie(cleat_conn *c, const char *name)
{
	if (!c || !name || !api_here(session_route(c), "cookie") ||
	    !request_of(c))
		return NULL;
	return request_cookie(request_of(c), name);
}

int
api_expire(cleat_conn *c, uint64_t until)
{
	if (!c)
		return CLEAT_EINVAL;
	if (!api_here(session_route(c), "expire"))
		return CLEAT_ETHREAD;
	if (c->stage == SESSION_CLOSED || !conn_is_open(&c->conn))
		return CLEAT_GONE;
	session_expire(c, until);
	return CLEAT_OK;
}

int
api_renew(cleat_conn *c, const char *token)
{
	if (!c || !token)
		return CLEAT_EINVAL;
	if (!api_here(session_route(c), "renew"))
		return CLEAT_ETHREAD;
	if (c->stage != SESSION_OPEN || !conn_is_open(&c->conn))
		return CLEAT_GONE;
	return login_renew(c, token);
}

int
api_decide(cleat_id id, const cleat_accept *accept)
{
	struct host *h = host_current();
	struct details *d;
	int result = details_new(&d, accept);

	if (result != CLEAT_OK)
		return result;
	if (h && worker_of_id(id) < h->n_workers &&
	    worker_here(h->workers[worker_of_id(id)]))
		return handshake_decide(h, id, d);
	return outgoing_decide(h, id, d);
}
