/* SPDX-License-Identifier: MIT
 *
 * access.c - the log's lines about who came, who left and who was refused.
 *
 * THREADS, MEMORY: see access.h.
 */
#include "config.h"

#include "host/access.h"

#include <stdbool.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/login.h"
#include "host/request.h"
#include "host/session.h"
#include "wire/ws.h"

/* A field without a value is left out with its key. */
static struct log_field
optional(const char *key, const char *value)
{
	return LOG_STR(value ? key : NULL, value);
}

void
access_upgraded(const cleat_conn *c)
{
	if (!session_row(c)->site->config->log.access)
		return;
	LOG_EVENT(LOG_LEVEL_INFO, "upgraded", LOG_NUM("conn", c->conn.id),
	    LOG_STR("route", session_route(c)->callsite.path),
	    optional("user", session_var(c, "REMOTE_USER")),
	    optional("address", session_var(c, "REMOTE_ADDR")));
}

static bool
is_expected(const struct route *row, int code)
{
	struct config_codes codes = row->conf->limits.expected_closes;

	for (size_t i = 0; i < codes.n; i++)
		if (codes.v[i] == code)
			return true;
	return false;
}

static const char *
why(const struct conn_end *end)
{
	if (end->cause != WS_V_NONE)
		return ws_violation(end->cause)->label;
	return end->by_peer ? "peer" : "handler";
}

void
access_closed(const cleat_conn *c, const struct conn_end *end)
{
	const struct route *row = session_row(c);
	bool expected = is_expected(row, end->code);

	if (!expected)
		__atomic_fetch_add(
		    &row->ledger->unexpected, 1, __ATOMIC_RELAXED);
	else if (!row->site->config->log.access)
		return;
	LOG_EVENT(expected ? LOG_LEVEL_INFO : LOG_LEVEL_WARN,
	    expected ? "closed" : "closed unexpectedly",
	    LOG_NUM("conn", c->conn.id),
	    LOG_STR("route", session_route(c)->callsite.path),
	    optional("user", session_var(c, "REMOTE_USER")),
	    optional("address", session_var(c, "REMOTE_ADDR")),
	    LOG_NUM("code", end->code),
	    LOG_BYTES("reason", end->reason_len > 0 ? end->reason : NULL,
		end->reason_len),
	    LOG_STR("why", why(end)), LOG_NUM("messages_in", c->messages_in),
	    LOG_NUM("bytes_in", c->bytes_in),
	    LOG_NUM("messages_out", c->messages_out),
	    LOG_NUM("bytes_out", c->bytes_out),
	    LOG_NUM("ms", session_age_ms(c)));
}

void
access_refused(const struct route *row, const struct request *request,
    const struct login *login, enum ws_refusal result, int status)
{
	bool origin = result == WS_R_ORIGIN;

	if (!row->site->config->log.access)
		return;
	LOG_EVENT(LOG_LEVEL_WARN, "refused", LOG_STR("route", row->conf->path),
	    optional("user", login_var(login, "REMOTE_USER")),
	    optional("address", request_var(request, "REMOTE_ADDR")),
	    LOG_NUM("status", status),
	    LOG_STR("why", ws_refusal(result)->label),
	    optional("login", login->why),
	    optional(
		"origin", origin ? request_var(request, "HTTP_ORIGIN") : NULL),
	    optional(
		"host", origin ? request_var(request, "HTTP_HOST") : NULL));
}
