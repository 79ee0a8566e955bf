/* SPDX-License-Identifier: MIT
 *
 * limits.c - who may, and how often.
 */
#include "limits.h"

enum { RATE_MAX = 1000000 };

int
int_load(cleat_route *r, const cleat_conf *conf, const char *key, int64_t def,
    int64_t min, int64_t max, const char *range, int64_t *value)
{
	*value = cleat->conf_int(conf, key, def);
	if (*value >= min && *value <= max)
		return 0;
	return cleat->conf_fail(r, conf, key, "must be %s", range);
}

int
timeout_load(cleat_route *r, const cleat_conf *conf, uint64_t def, uint64_t *ms)
{
	int64_t value = 0;
	int rc = int_load(r, conf, "timeout", (int64_t)def, 10, 600000,
	    "10 ms to 10 min", &value);

	*ms = (uint64_t)value;
	return rc;
}

bool
rate_read(const char *s, struct rate *r)
{
	size_t digits = strspn(s, "0123456789");
	double seconds;

	if (digits < 1 || digits > 7 || s[digits] != '/' ||
	    s[digits + 1] == '\0' || s[digits + 2] != '\0')
		return false;
	switch (s[digits + 1]) {
	case 's':
		seconds = 1;
		break;
	case 'm':
		seconds = 60;
		break;
	case 'h':
		seconds = 3600;
		break;
	default:
		return false;
	}
	r->burst = (double)strtoul(s, NULL, 10);
	r->per_s = r->burst / seconds;
	return r->burst >= 1 && r->burst <= RATE_MAX;
}

int
rate_load(cleat_route *r, const cleat_conf *conf, struct rate *rate)
{
	const char *text = cleat->conf_str(conf, "rate", NULL);

	if (!text || rate_read(text, rate))
		return 0;
	return cleat->conf_fail(r, conf, "rate",
	    "must be 1 to %d per s, m or h, such as \"5/s\"", RATE_MAX);
}

int
allow_load(cleat_route *r, const cleat_conf *conf, struct allow *a)
{
	const char *text = cleat->conf_str(conf, "allow", "any");

	if (strcmp(text, "any") == 0) {
		a->who = ALLOW_ANY;
	} else if (strcmp(text, "user") == 0) {
		a->who = ALLOW_USER;
	} else if (strncmp(text, "role:", 5) == 0 && text[5] != '\0' &&
		   !strpbrk(text + 5, ", \t")) {
		a->who = ALLOW_ROLE;
		a->role = text + 5;
	} else {
		return cleat->conf_fail(
		    r, conf, "allow", "must be any, user or role:NAME");
	}
	return 0;
}

bool
allowed(const struct allow *a, cleat_conn *c)
{
	switch (a->who) {
	case ALLOW_ANY:
		return true;
	case ALLOW_USER:
		return user_of(c) != NULL;
	case ALLOW_ROLE:
		break;
	}
	return cj_word(cleat->var(c, "AUTH_role"), a->role);
}
