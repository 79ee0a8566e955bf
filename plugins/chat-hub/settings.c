/* SPDX-License-Identifier: MIT
 *
 * settings.c - a table of numbers, two lists of names, and the rest.
 *
 * THREADS, MEMORY: see settings.h.
 */
#include "settings.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "people.h"

enum { MAX_LIST = 100, MAX_ROLES = 1000, MAX_GREETING = 1000, DAY = 86400000 };

static const struct number {
	const char *key;
	int64_t def, min, max;
	size_t at;
	const char *range;
} numbers[] = {
#define NUMBER(key, def, min, max, range)                                  \
	{                                                                  \
#key, def, min, max, offsetof(struct settings, key), range \
	}
	NUMBER(max_text, 2048, 1, 65536, "1 byte to 64 KiB"),
	NUMBER(max_rooms, 20, 1, 1000, "1 to 1000"),
	NUMBER(who_max, 100, 0, 10000, "0 to 10,000"),
	NUMBER(burst, 40, 1, 100000, "1 to 100,000"),
	NUMBER(warnings, 5, 1, 1000, "1 to 1000"),
	NUMBER(flood_mute, 30000, 1000, DAY, "1 s to 1 d"),
	NUMBER(mute_time, 600000, 1000, DAY *INT64_C(365), "1 s to 365 d"),
	NUMBER(ban_time, DAY, 1000, DAY *INT64_C(365), "1 s to 365 d"),
#undef NUMBER
};

static int
read_numbers(cleat_route *r, const cleat_conf *conf, struct settings *s)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct number *n = &numbers[i];
		int64_t v = cleat->conf_int(conf, n->key, n->def);

		if (v < n->min || v > n->max)
			return cleat->conf_fail(
			    r, conf, n->key, "must be %s", n->range);
		memcpy((char *)s + n->at, &v, sizeof(v));
	}
	s->rate = cleat->conf_real(conf, "rate", 5.0);
	if (!(s->rate >= 0.01 && s->rate <= 100000))
		return cleat->conf_fail(
		    r, conf, "rate", "must be 0.01 to 100,000 a second");
	return 0;
}

/* The elements of a list, for which there is then room in *out. */
static int
read_length(cleat_route *r, const cleat_conf *conf, const char *key, size_t max,
    size_t size, void **out, size_t *n)
{
	for (*n = 0; cleat->conf_at(conf, key, *n); (*n)++)
		if (*n == max)
			return cleat->conf_fail(
			    r, conf, key, "has more than %zu elements", max);
	*out = calloc(*n + 1, size);
	return *out ? 0 : CLEAT_ENOMEM;
}

static int
read_names(cleat_route *r, const cleat_conf *conf, const char *key,
    char (**names)[64], size_t *n)
{
	void *room;
	int rc = read_length(r, conf, key, MAX_LIST, 64, &room, n);

	*names = rc == 0 ? room : NULL;
	for (size_t i = 0; rc == 0 && i < *n; i++) {
		const cleat_conf *at = cleat->conf_at(conf, key, i);

		if (cj_name((*names)[i], SIZE_NAME, "",
			cleat->conf_str(at, "", "")) != 0)
			rc = cleat->conf_fail(r, at, "",
			    "%s: a name is 1 to 63 of A-Z a-z 0-9 . _ -", key);
	}
	return rc;
}

static int
read_roles(cleat_route *r, const cleat_conf *conf, struct settings *s)
{
	void *room;
	int rc = read_length(r, conf, "roles", MAX_ROLES, sizeof(struct known),
	    &room, &s->n_roles);

	s->roles = rc == 0 ? room : NULL;
	for (size_t i = 0; rc == 0 && i < s->n_roles; i++) {
		const cleat_conf *at = cleat->conf_at(conf, "roles", i);
		const char *user = cleat->conf_str(at, "user", "");
		const char *role = cleat->conf_str(at, "role", "");
		int mod = strcmp(role, "mod") == 0;

		if (!people_is_user(user))
			return cleat->conf_fail(
			    r, at, "user", "is no name of a user");
		if (!mod && strcmp(role, "user") != 0)
			return cleat->conf_fail(
			    r, at, "role", "must be \"mod\" or \"user\"");
		memcpy(s->roles[i].user, user, strlen(user) + 1);
		s->roles[i].role = mod ? ROLE_MOD : ROLE_USER;
	}
	return rc;
}

static int
read_greeting(cleat_route *r, const cleat_conf *conf, struct settings *s)
{
	const char *text = cleat->conf_str(conf, "greeting", NULL);

	if (!text)
		return 0;
	if (strlen(text) > MAX_GREETING)
		return cleat->conf_fail(r, conf, "greeting",
		    "has more than %d bytes", MAX_GREETING);
	s->greeting = strdup(text);
	return s->greeting ? 0 : CLEAT_ENOMEM;
}

static int
read_people(cleat_route *r, const cleat_conf *conf, struct settings *s)
{
	int rc = cj_conf_header(
	    r, conf, "user_header", s->user_var, sizeof(s->user_var));

	if (rc == 0)
		rc = cj_conf_header(
		    r, conf, "role_header", s->role_var, sizeof(s->role_var));
	if (rc == 0)
		rc = read_names(
		    r, conf, "reserved", &s->reserved, &s->n_reserved);
	if (rc == 0)
		rc = read_roles(r, conf, s);
	s->guests = cleat->conf_bool(conf, "guests", 1);
	s->trust_query = cleat->conf_bool(conf, "trust_query", 0);
	return rc;
}

int
settings_read(cleat_route *r, struct settings *s)
{
	const cleat_conf *conf = cleat->conf(r);
	int rc;

	memset(s, 0, sizeof(*s));
	s->open = cleat->conf_bool(conf, "open", 0);
	rc = read_names(r, conf, "rooms", &s->rooms, &s->n_rooms);
	if (rc == 0 && s->n_rooms == 0 && !s->open)
		rc = cleat->conf_fail(
		    r, conf, "rooms", "there are none, and `open' is false");
	if (rc == 0)
		rc = read_numbers(r, conf, s);
	if (rc == 0)
		rc = read_people(r, conf, s);
	if (rc == 0)
		rc = read_greeting(r, conf, s);
	if (rc != 0)
		settings_free(s);
	return rc;
}

void
settings_free(struct settings *s)
{
	free(s->rooms);
	free(s->reserved);
	free(s->roles);
	free(s->greeting);
	memset(s, 0, sizeof(*s));
}

int
settings_room(const struct settings *s, const char *room)
{
	for (size_t i = 0; i < s->n_rooms; i++)
		if (strcmp(s->rooms[i], room) == 0)
			return 1;
	return s->open;
}

int
settings_reserved(const struct settings *s, const char *nick)
{
	static const char *const always[] = { "admin", "moderator", "server",
		"system" };

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (strcasecmp(always[i], nick) == 0)
			return 1;
	for (size_t i = 0; i < s->n_reserved; i++)
		if (strcasecmp(s->reserved[i], nick) == 0)
			return 1;
	for (size_t i = 0; i < s->n_roles; i++)
		if (strcasecmp(s->roles[i].user, nick) == 0)
			return 1;
	return 0;
}

const enum role *
settings_role(const struct settings *s, const char *user)
{
	for (size_t i = 0; i < s->n_roles; i++)
		if (strcmp(s->roles[i].user, user) == 0)
			return &s->roles[i].role;
	return NULL;
}
