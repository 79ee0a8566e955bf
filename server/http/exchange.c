/* SPDX-License-Identifier: MIT
 *
 * exchange.c - see exchange.h.
 *
 * A refusal is answered in the first call of the access handler: then the
 * library reads no body and closes the connection, so that nothing of a
 * request that may be read in two ways is taken for the next one. Everything
 * else is answered in the second call, which keeps the connection.
 */
#include "config.h"

#include "http/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/stats.h"
#include "config/config.h"
#include "http/checks.h"
#include "http/files.h"
#include "http/forwarded.h"
#include "http/head.h"
#include "http/pages.h"
#include "http/service.h"
#include "http/target.h"
#include "http/upgrade.h"

struct exchange {
	struct client *client;
	struct settings *settings;
	struct upgrade *upgrade;
	struct head head;
	struct target target;
	struct forwarded forwarded;
	bool proxied; /* `forwarded` says who asks, not the peer */
	bool begun;   /* the headers have been judged */
	/* for counters and log, as answered */
	unsigned status;
	uint64_t bytes;
	const char *why;
	char raw[]; /* the target, then room for its path */
};

void *
exchange_begin(void *arg, const char *target, struct MHD_Connection *connection)
{
	struct service *s = arg;
	size_t size = strlen(target) + 1;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct exchange *e;

	if (!info || !info->socket_context)
		return NULL;
	e = calloc(1, sizeof *e + 2 * size);
	if (!e)
		return NULL;
	memcpy(e->raw, target, size);
	e->client = info->socket_context;
	e->client->exchange = e;
	e->settings = service_settings(s);
	return e;
}

static void
count(struct service *s, const struct answer *a)
{
	counters_add(&s->counters.status[a->status / 100 % STATUS_CLASSES], 1);
	stat_add(&s->counters.sent_bytes, a->bytes);
	if (a->refusal != REFUSAL_NONE)
		stat_add(&s->counters.refusals[a->refusal], 1);
	if (a->handshake != WS_R_NONE)
		stat_add(&s->counters.handshakes[a->handshake], 1);
}

/* Did the client speak TLS, to us or to a proxy that is believed? */
static bool
is_secure(const struct exchange *e)
{
	const struct arrived *a = &e->client->arrived;

	return e->proxied ? e->forwarded.https : a->relay || a->https;
}

/* RFC 6797 section 7.2: never without TLS. A response of the cache has it
 * already, from the second time on; the cache keeps those apart. */
static void
add_hsts(const struct exchange *e, struct answer *a)
{
	static const char name[] = "Strict-Transport-Security";

	if (e->settings->hsts[0] && is_secure(e) && a->response &&
	    !MHD_get_response_header(a->response, name))
		answer_header(a, name, e->settings->hsts);
}

static enum MHD_Result
send_answer(struct service *s, struct exchange *e,
    struct MHD_Connection *connection, struct answer *a)
{
	if (strcmp(e->head.method, "HEAD") == 0)
		a->bytes = 0;
	e->status = a->status;
	e->bytes = a->bytes;
	if (a->refusal != REFUSAL_NONE)
		e->why = refusal_row(a->refusal)->label;
	else if (a->handshake != WS_R_NONE)
		e->why = ws_refusal(a->handshake)->label;
	add_hsts(e, a);
	count(s, a);
	service_await_reader(s, e->client, e->settings->config, a->bytes);
	return answer_send(a, connection);
}

/* Everything that is judged before a body may come. */
static enum refusal
judge(struct exchange *e, struct MHD_Connection *connection)
{
	const struct config *config = e->settings->config;
	enum refusal refusal;

	if (head_gather(&e->head, connection, strlen(e->raw)) != 0)
		return REFUSAL_NO_MEMORY;
	if (e->client->surplus)
		return REFUSAL_BUSY;
	refusal = checks_run(&e->head);
	if (refusal != REFUSAL_NONE)
		return refusal;
	e->proxied = !e->client->arrived.nameless &&
		     forwarded_read(config->proxy_header, config->proxies,
			 peer_of(&e->client->arrived), &e->head, &e->forwarded);
	return target_read(&e->target, e->raw, e->raw + strlen(e->raw) + 1);
}

/* The library has a timeout of its own, for silence. */
static void
adjust_timeout(struct exchange *e, struct MHD_Connection *connection)
{
	unsigned s =
	    (unsigned)(e->settings->config->http.request_timeout_ms / 1000 + 1);

	if (e->client->timeout_s == s)
		return;
	e->client->timeout_s = s;
	MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, s);
}

/* Whoever asks: the peer, or whom a trusted proxy speaks for. */
static const struct sockaddr *
asker(const struct exchange *e)
{
	return forwarded_asker(
	    e->proxied ? &e->forwarded : NULL, peer_of(&e->client->arrived));
}

static enum MHD_Result
upgrade(struct service *s, struct exchange *e,
    struct MHD_Connection *connection, struct route *route)
{
	const struct upgrade_ask ask = {
		.connection = connection,
		.route = route,
		.head = &e->head,
		.target = &e->target,
		.peer = asker(e),
		.https = is_secure(e),
		.relay = &e->client->arrived.relay,
		.fd = e->client->due.fd,
		.deadlines = &s->deadlines,
		.due = &e->client->due,
	};
	struct answer answer;

	if (!e->upgrade) {
		service_await_reader(
		    s, e->client, e->settings->config, UINT64_MAX);
		e->upgrade = upgrade_begin(s->upgrades, &ask, &answer);
		if (!e->upgrade)
			return send_answer(s, e, connection, &answer);
	}
	if (!upgrade_step(e->upgrade, &answer))
		return MHD_YES;
	return send_answer(s, e, connection, &answer);
}

static enum MHD_Result
serve(struct service *s, struct exchange *e, struct MHD_Connection *connection)
{
	char to[REDIRECT_TEXT_MAX];
	struct route *route;
	struct answer answer;

	if (e->client->judged) { /* see direct.h: this very request */
		e->upgrade = e->client->judged;
		e->client->judged = NULL;
	}
	if (e->upgrade)
		return upgrade(s, e, connection, NULL);
	if (!is_secure(e) &&
	    service_redirects(s, e->client->arrived.listener, to)) {
		redirect_answer(to, &e->head, &e->target, &answer);
		return send_answer(s, e, connection, &answer);
	}
	route = service_route(s, e->target.path);
	if (route)
		return upgrade(s, e, connection, route);
	files_serve(
	    e->settings->files, &e->head, &e->target, is_secure(e), &answer);
	return send_answer(s, e, connection, &answer);
}

enum MHD_Result
exchange_handle(void *arg, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data,
    size_t *data_size, void **context)
{
	struct service *s = arg;
	struct exchange *e = *context;
	struct answer answer;
	enum refusal refusal;

	(void)url, (void)data, (void)data_size;
	if (!e)
		return MHD_NO;
	if (e->begun)
		return serve(s, e, connection);
	e->begun = true;
	adjust_timeout(e, connection);
	head_init(&e->head, method, version);
	refusal = judge(e, connection);
	if (refusal != REFUSAL_NONE) {
		answer_refusal(&answer, refusal);
		return send_answer(s, e, connection, &answer);
	}
	/* neither files nor handshakes want a body */
	if (!head_reads(&e->head))
		return serve(s, e, connection);
	return MHD_YES;
}

/* Without the query, where clients like to carry secrets. A 101 has a line
 * of its own from the host. */
static void
write_log(const struct exchange *e)
{
	bool access = e->settings->config->log.access &&
		      e->status != MHD_HTTP_SWITCHING_PROTOCOLS;
	char from[ADDRESS_TEXT_MAX];
	const struct log_field path =
	    LOG_BYTES("path", e->raw, strcspn(e->raw, "?"));

	if (e->proxied)
		address_text(asker(e), from);
	else
		memcpy(from, e->client->address, sizeof from);
	if (e->status == 0)
		LOG_EVENT(LOG_LEVEL_DEBUG, "malformed request",
		    LOG_STR("from", from), path);
	else
		LOG_EVENT(access ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG, "request",
		    LOG_STR("from", from), LOG_STR("method", e->head.method),
		    path, LOG_NUM("status", e->status),
		    LOG_NUM("bytes", e->bytes), LOG_STR("why", e->why));
}

static void
end(struct service *s, struct exchange *e)
{
	if (e->status == 0)
		stat_add(&s->counters.malformed, 1);
	write_log(e);
	e->client->exchange = NULL;
	service_await_request(s, e->client, e->settings->config);
	upgrade_end(&e->upgrade);
	head_fini(&e->head);
	settings_unref(&e->settings);
	free(e);
}

void
exchange_end(void *service, struct MHD_Connection *connection, void **context,
    enum MHD_RequestTerminationCode code)
{
	struct exchange *e = *context;

	(void)connection, (void)code;
	*context = NULL;
	if (e)
		end(service, e);
}

void
exchange_connection(void *service, struct MHD_Connection *connection,
    void **context, enum MHD_ConnectionNotificationCode code)
{
	struct client *c = *context;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED && c && c->exchange)
		end(service, c->exchange);
	service_connection(service, connection, context, code);
}
