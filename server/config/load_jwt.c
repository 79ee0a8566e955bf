/* SPDX-License-Identifier: MIT
 *
 * load_jwt.c - see load_jwt.h.
 */
#include <config.h>

#include "config/load_jwt.h"

#include <stdio.h>
#include <string.h>

#include "config/fill.h"

static const struct section *const section = &sections[SECTION_JWT];

enum { WHY_MAX = 160 };

#define SAY(j, err, key, id, ...)                                         \
	conf_fail((err), conf_get((j)->node, (key)), id, "auth.jwt." key, \
	    ##__VA_ARGS__)

static int
load_keys(const struct config_jwt *j, struct auth *auth, struct conf_error *err)
{
	unsigned wanted = 0;
	char why[WHY_MAX];

	if (!j->keys)
		return conf_fail(err, j->node, JWT_KEYS, section->name);
	auth->keys = jwt_keys_load(j->keys, j->form, why, sizeof(why));
	if (!auth->keys)
		return SAY(j, err, "keys", PEM_FILE, j->keys, why);
	for (size_t i = 0; i < j->algorithms.n; i++)
		wanted |= jwt_algorithm(j->algorithms.v[i]);
	auth->jwt.algorithms = wanted ? wanted : JWT_ALL;
	if ((auth->jwt.algorithms & jwt_keys_algorithms(auth->keys)) == 0)
		return SAY(j, err, "algorithms", JWT_NO_KEY, j->keys);
	return 0;
}

/* "role" and "role=/realm/roles"; both have passed syntax_claim(). */
static int
load_claims(struct config_memory *m, const struct config_jwt *j,
    struct jwt_rules *rules, struct conf_error *err)
{
	size_t n = j->claims.n;
	struct jwt_claim *claims;
	char most[16];

	if (n > IDENTITY_ATTRS_MAX) {
		snprintf(most, sizeof(most), "%d", IDENTITY_ATTRS_MAX);
		return SAY(j, err, "claims", TOO_MANY, most);
	}
	rules->claims = claims = memory_take(m, n * sizeof(*claims));
	if (!claims)
		return fill_no_memory(err, j->node);
	for (size_t i = 0; i < n; i++) {
		const char *text = j->claims.v[i];
		size_t name = strcspn(text, "=");
		char *copy = memory_take(m, name + 1);

		if (!copy)
			return fill_no_memory(err, j->node);
		memcpy(copy, text, name);
		claims[i].name = copy;
		claims[i].claim = text[name] == '=' ? text + name + 1 : text;
		for (size_t k = 0; k < i; k++)
			if (strcmp(claims[k].name, copy) == 0)
				return SAY(j, err, "claims", TWICE, copy);
	}
	rules->n_claims = n;
	return 0;
}

/* No claim has an empty name that anybody would use: nobody could come in. */
static int
check_user(const struct config_jwt *j, struct conf_error *err)
{
	return *j->user ? 0 : SAY(j, err, "user", JWT_USER);
}

static struct jwt_names
names_of(const struct config_strings *s)
{
	return (struct jwt_names){ s->v, s->n };
}

int
load_jwt(struct config_memory *m, struct config_auth *a, struct conf_error *err)
{
	struct config_jwt *j = &a->jwt;
	const struct fill f = {
		.section = section, .own = j, .also = j, .memory = m, .err = err
	};
	struct jwt_rules *rules = &a->auth.jwt;

	j->node = conf_get(a->node, "jwt");
	if (!j->node)
		return 0;
	if (fill_defaults(&f) < 0 || fill_group(&f, j->node) < 0 ||
	    check_user(j, err) < 0 || load_keys(j, &a->auth, err) < 0 ||
	    load_claims(m, j, rules, err) < 0)
		return -1;
	rules->issuers = names_of(&j->issuers);
	rules->audiences = names_of(&j->audiences);
	rules->skew_s = (uint32_t)(j->skew_ms / 1000);
	rules->max_age_s = (uint32_t)(j->max_age_ms / 1000);
	rules->may_last = j->may_last;
	rules->user = j->user;
	return 0;
}
