/* SPDX-License-Identifier: MIT
 *
 * kept.c - the variables that outlive the handshake.
 *
 * A list of "name\0value\0", ended by an empty name; a usual name is one
 * character below the space.
 *
 * THREADS, MEMORY: see kept.h.
 */
#include "config.h"

#include "host/kept.h"

#include <stdlib.h>
#include <string.h>

struct kept {
	char first; /* of the list */
};

/* The names whose number (from 1) stands for them. */
static const char *const usual[] = { "REMOTE_ADDR", "PATH_INFO", "REMOTE_USER",
	"CLEAT_PROTOCOL", "HTTP_USER_AGENT", "AUTH_TYPE" };

enum { USUAL = sizeof(usual) / sizeof(usual[0]) };

static const char *
short_name(const char *name, char buf[2])
{
	for (size_t i = 0; i < USUAL; i++)
		if (strcmp(usual[i], name) == 0) {
			buf[0] = (char)(i + 1);
			buf[1] = '\0';
			return buf;
		}
	return name;
}

static size_t
put(char *to, const char *s)
{
	size_t n = strlen(s) + 1;

	if (to)
		memcpy(to, s, n);
	return n;
}

/* Writes, or only measures while `to` is NULL. */
static size_t
write_all(char *to, const struct kept_var *vars, size_t n)
{
	size_t len = 0;
	char buf[2];

	for (size_t i = 0; i < n; i++) {
		if (!vars[i].value)
			continue;
		len += put(to ? to + len : NULL, short_name(vars[i].name, buf));
		len += put(to ? to + len : NULL, vars[i].value);
	}
	return len > 0 ? len + put(to ? to + len : NULL, "") : 0;
}

bool
kept_new(struct kept **out, const struct kept_var *vars, size_t n)
{
	size_t len = write_all(NULL, vars, n);
	char *text = len > 0 ? malloc(len) : NULL;

	*out = (struct kept *)(void *)text;
	if (len > 0 && !text)
		return false;
	write_all(text, vars, n);
	return true;
}

void
kept_free(struct kept **k)
{
	free(*k);
	*k = NULL;
}

const char *
kept_var(const struct kept *k, const char *name)
{
	const char *p = k ? &k->first : "";
	char buf[2];

	name = short_name(name, buf);
	while (*p) {
		const char *value = p + strlen(p) + 1;

		if (strcmp(p, name) == 0)
			return value;
		p = value + strlen(value) + 1;
	}
	return NULL;
}
