/* SPDX-License-Identifier: MIT
 *
 * load_auth.c - see load_auth.h.
 */
#include <config.h>

#include "config/load_auth.h"

#include <stdio.h>
#include <string.h>

#include "auth/password_file.h"
#include "auth/token_file.h"
#include "config/auth.h"
#include "config/fill.h"
#include "config/load_jwt.h"
#include "config/memory.h"

static const struct section *const section = &sections[SECTION_AUTH];

enum { WHY_MAX = 160 };

/* A line about one key of the group. */
#define SAY(a, err, key, id, ...) \
	conf_fail(                \
	    (err), conf_get((a)->node, (key)), id, "auth." key, ##__VA_ARGS__)

/* --- files -------------------------------------------------------------- */

static int
load_files(struct config_auth *a, struct conf_error *err)
{
	char why[WHY_MAX];

	if (a->tokens) {
		a->auth.tokens = token_file_load(a->tokens, why, sizeof(why));
		if (!a->auth.tokens)
			return SAY(a, err, "tokens", PEM_FILE, a->tokens, why);
	}
	if (a->passwords) {
		a->auth.passwords =
		    password_file_load(a->passwords, why, sizeof(why));
		if (!a->auth.passwords)
			return SAY(
			    a, err, "passwords", PEM_FILE, a->passwords, why);
	}
	return 0;
}

/* --- keys that must fit each other -------------------------------------- */

/* A handler looks where it likes. */
static int
check_handler(const struct config_auth *a, struct conf_error *err)
{
	const struct {
		const char *name;
		bool set;
	} others[] = {
		{ "tokens", a->tokens != NULL },
		{ "passwords", a->passwords != NULL },
		{ "jwt", a->jwt.node != NULL },
		{ "certificate", a->certificate != AUTH_CERTIFICATE_NO },
		{ "cookie", a->cookie != NULL },
		{ "query", a->query != NULL },
		{ "protocol", a->protocol != NULL },
		{ "optional", a->optional },
	};
	char path[80];

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		key_path(path, sizeof(path), section, others[i].name);
		if (others[i].set)
			return conf_fail(err, conf_get(a->node, others[i].name),
			    AUTH_HANDLER, path);
	}
	return 0;
}

static int
check_keys(const struct config_auth *a, struct conf_error *err)
{
	if (a->handler)
		return check_handler(a, err);
	if (a->config)
		return SAY(a, err, "config", AUTH_CONFIG);
	if (!auth_knows_tokens(&a->auth) && !a->passwords && !a->optional &&
	    a->certificate == AUTH_CERTIFICATE_NO)
		return conf_fail(err, a->node, AUTH_NONE, section->name);
	if (auth_knows_tokens(&a->auth))
		return 0;
	if (a->cookie)
		return SAY(a, err, "cookie", AUTH_CARRIER);
	if (a->query)
		return SAY(a, err, "query", AUTH_CARRIER);
	return a->protocol ? SAY(a, err, "protocol", AUTH_CARRIER) : 0;
}

/* A certificate that nobody is asked for lets nobody in. Listeners that are
 * given (-l, the service manager) stand in no file, and are not asked here. */
static int
check_asked(
    const struct config *c, const struct config_auth *a, struct conf_error *err)
{
	if (a->certificate == AUTH_CERTIFICATE_NO || c->n_listen == 0)
		return 0;
	for (size_t i = 0; i < c->n_listen; i++)
		if (c->listen[i].client_cert != CLIENT_CERT_NO)
			return 0;
	return SAY(a, err, "certificate", AUTH_UNASKED);
}

/* What a browser sends without being asked must not come from just any page.
 * A route may have inherited one of the two: the line is the group's. */
static int
check_origins(const struct config_limits *l, const struct conf_node *group,
    struct conf_error *err)
{
	const struct config_auth *a = l->auth;
	const char *unasked = a->cookie	     ? "auth.cookie"
			      : a->passwords ? "auth.passwords"
			      : a->certificate != AUTH_CERTIFICATE_NO
				  ? "auth.certificate"
				  : NULL;

	for (size_t i = 0; unasked && i < l->origins.n; i++)
		if (strcmp(l->origins.v[i], "*") == 0)
			return conf_fail(err, group, AUTH_ANYWHERE, unasked);
	return 0;
}

/* --- what a 401 asks for ------------------------------------------------ */

static int
write_challenges(struct config *c, struct config_auth *a)
{
	static const char bearer[] = "WWW-Authenticate: Bearer realm=\"%s\"%s"
				     "\r\n";
	static const char basic[] = "WWW-Authenticate: Basic realm=\"%s\", "
				    "charset=\"UTF-8\"\r\n";
	static const char *const errors[2] = { "",
		", error=\"invalid_token\"" };
	const char **const to[2] = { &a->auth.challenge,
		&a->auth.challenge_wrong };
	/* What a handler asks for it may say itself. */
	bool bearers = auth_knows_tokens(&a->auth) || a->handler;
	size_t size = sizeof(bearer) + sizeof(basic) + 2 * strlen(a->realm) +
		      strlen(errors[1]);

	if (!bearers && !a->passwords)
		return 0;
	for (size_t i = 0; i < 2; i++) {
		char *text = memory_take(c->memory, size);
		int n = 0;

		if (!text)
			return -1;
		if (bearers)
			n = snprintf(text, size, bearer, a->realm, errors[i]);
		if (a->passwords)
			snprintf(text + n, size - (size_t)n, basic, a->realm);
		*to[i] = text;
	}
	return 0;
}

/* --- the whole ---------------------------------------------------------- */

static int
load_group(struct config *c, struct config_auth *a,
    const struct conf_node *group, struct conf_error *err)
{
	const struct fill f = { .section = section,
		.own = a,
		.also = a,
		.memory = c->memory,
		.err = err };

	a->node = group;
	a->config = conf_get(group, "config");
	a->handler_node = conf_get(group, "handler");
	if (fill_defaults(&f) < 0 || fill_group(&f, group) < 0 ||
	    load_files(a, err) < 0 || load_jwt(c->memory, a, err) < 0 ||
	    check_keys(a, err) < 0 || check_asked(c, a, err) < 0)
		return -1;
	a->auth.places.cookie = a->cookie;
	a->auth.places.query = a->query;
	a->auth.places.protocol = a->protocol;
	a->auth.certificate = a->certificate;
	a->auth.optional = a->optional;
	a->auth.allow = a->allow.v;
	a->auth.n_allow = a->allow.n;
	return write_challenges(c, a) < 0 ? fill_no_memory(err, group) : 0;
}

int
load_auth(struct config *c, struct config_limits *l,
    const struct conf_node *group, struct conf_error *err)
{
	const struct conf_node *node = conf_get(group, "auth");
	struct config_auth *a;

	if (node) {
		a = memory_take(c->memory, sizeof(*a));
		if (!a || memory_keep_auth(c->memory, &a->auth) < 0)
			return fill_no_memory(err, node);
		if (load_group(c, a, node, err) < 0)
			return -1;
		l->auth = a;
	}
	return l->auth ? check_origins(l, node ? node : group, err) : 0;
}
