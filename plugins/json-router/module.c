/* SPDX-License-Identifier: MIT
 *
 * module.c - types that further .so files answer.
 *
 * An answer may come from any thread, so it always travels by post(), and is
 * dropped on the router's worker if its request does not wait any more.
 */
#include "module.h"

#include "answer.h"
#include "waiting.h"

enum { CODE_MAX = 40 };

struct verdict {
	cr_token token;
	json_t *payload;
	const char *code; /* NULL: a reply */
	const char *message;
	char text[];
};

static void
verdict_free(struct verdict *v)
{
	json_decref(v->payload);
	free(v);
}

static void
deliver(cleat_route *r, void *arg)
{
	struct verdict *v = arg;
	cleat_conn *c = cleat->find(r, v->token.conn);
	struct waiting *w = c ? waiting_of_number(c, v->token.number) : NULL;

	if (!w || w->what != WAIT_CALL) {
		cleat->metric(r, "late_answers", 1);
		verdict_free(v);
		return;
	}
	if (v->code)
		answer_error(c, w->id, v->code, v->message);
	else
		answer_reply(c, w->id, json_incref(v->payload));
	waiting_end(&w);
	verdict_free(v);
}

static int
post(cleat_route *r, struct verdict *v)
{
	int rc = v ? cleat->post(r, deliver, v) : CLEAT_ENOMEM;

	if (v && rc != CLEAT_OK)
		verdict_free(v);
	return rc;
}

static int
reply(cleat_route *r, cr_token token, json_t *payload)
{
	struct verdict *v = calloc(1, sizeof(*v));

	if (!v) {
		json_decref(payload);
		return CLEAT_ENOMEM;
	}
	v->token = token;
	v->payload = payload;
	return post(r, v);
}

static int
fail(cleat_route *r, cr_token token, const char *code, const char *message)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	size_t n = code ? strspn(code, letters) : 0;
	size_t m = message ? strlen(message) : 0;
	struct verdict *v;

	if (n < 1 || n > CODE_MAX || code[n] != '\0' || m < 1)
		return CLEAT_EINVAL;
	v = calloc(1, sizeof(*v) + n + m + 2);
	if (!v)
		return CLEAT_ENOMEM;
	v->token = token;
	v->code = memcpy(v->text, code, n + 1);
	v->message = memcpy(v->text + n + 1, message, m + 1);
	return post(r, v);
}

static const cr_host host = { sizeof(host), reply, fail };

void
action_call(const struct request *q)
{
	const struct rule *rule = q->rule;
	struct waiting *w =
	    waiting_new(q->conn, WAIT_CALL, q->id, NULL, rule->timeout_ms);
	cr_request request;

	if (!w)
		return;
	request = (cr_request){ .conn = q->conn,
		.route = cleat->route(q->conn),
		.token = { cleat->id(q->conn), w->number },
		.host = &host,
		.type = q->type,
		.user = user_of(q->conn),
		.payload = q->payload };
	rule->call.type->fn(&request, rule->call.module->state);
}

/* --- loading ------------------------------------------------------------ */

static bool
complete(const cr_module *m)
{
	if (m->size < sizeof(*m) || (m->n_types > 0 && !m->types))
		return false;
	for (uint32_t i = 0; i < m->n_types; i++)
		if (!m->types[i].name || !m->types[i].fn)
			return false;
	return true;
}

static int
load(cleat_route *r, struct router *router, const cleat_conf *conf)
{
	struct module *m = &router->modules[router->n_modules];
	const void *calls;

	m->file = cleat->conf_str(conf, "file", "");
	if (*m->file == '\0')
		return cleat->conf_fail(r, conf, "file", "is missing");
	for (size_t i = 0; i < router->n_modules; i++)
		if (strcmp(router->modules[i].file, m->file) == 0)
			return cleat->conf_fail(
			    r, conf, "file", "%s is there twice", m->file);
	calls = cleat->module(r, m->file, CR_INTERFACE, CR_VERSION);
	if (!calls)
		return cleat->conf_fail(r, conf, "file",
		    "%s cannot be used; the log says why", m->file);
	m->calls = calls;
	if (!complete(m->calls))
		return cleat->conf_fail(r, conf, "file",
		    "%s: its cr_module is not complete", m->file);
	if (m->calls->start && m->calls->start(r, conf, &m->state) != 0)
		return cleat->conf_fail(
		    r, conf, "file", "%s does not start", m->file);
	router->n_modules++;
	return 0;
}

int
modules_load(cleat_route *r, struct router *router)
{
	const cleat_conf *conf = cleat->conf(r), *at;

	router->modules = calloc(MODULES_MAX, sizeof(struct module));
	if (!router->modules)
		return CLEAT_ENOMEM;
	for (size_t i = 0; (at = cleat->conf_at(conf, "modules", i)); i++) {
		if (i == MODULES_MAX)
			return cleat->conf_fail(r, conf, "modules",
			    "has more than %d files", MODULES_MAX);
		if (load(r, router, at) != 0)
			return CLEAT_EINVAL;
	}
	return 0;
}

void
modules_fini(cleat_route *r, struct router *router)
{
	for (size_t i = 0; i < router->n_modules; i++) {
		struct module *m = &router->modules[i];

		if (m->calls->stop)
			m->calls->stop(r, m->state);
	}
	free(router->modules);
}

bool
module_find(const struct router *router, const char *name,
    const struct module **module, const cr_type **type)
{
	const char *colon = strrchr(name, ':');

	for (size_t i = 0; colon && i < router->n_modules; i++) {
		const struct module *m = &router->modules[i];
		size_t n = strlen(m->file);

		if (n != (size_t)(colon - name) ||
		    memcmp(m->file, name, n) != 0)
			continue;
		for (uint32_t k = 0; k < m->calls->n_types; k++)
			if (strcmp(m->calls->types[k].name, colon + 1) == 0) {
				*module = m;
				*type = &m->calls->types[k];
				return true;
			}
	}
	return false;
}
