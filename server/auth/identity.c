/* SPDX-License-Identifier: MIT
 *
 * identity.c - see identity.h.
 *
 * text[0] is a NUL, for ever: the offset 0 is the empty string.
 *
 * THREADS, MEMORY: see identity.h.
 */
#include "config.h"

#include "auth/identity.h"

#include <string.h>

#include "wire/utf8.h"

void
identity_init(struct identity *id)
{
	memset(id, 0, sizeof *id);
	id->used = 1;
}

bool
identity_name_valid(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return n > 0 && n <= IDENTITY_NAME_MAX && name[n] == '\0';
}

bool
identity_text_valid(const char *text, size_t n)
{
	const uint8_t *p = (const uint8_t *)text;

	if (!utf8_valid(p, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < 0x20 || p[i] == 0x7f)
			return false;
		/* valid UTF-8, so what a lead byte promises is there */
		if (p[i] == 0xc2 && p[i + 1] < 0xa0)
			return false;
		if (p[i] == 0xe2 && p[i + 1] == 0x80 &&
		    (p[i + 2] == 0xa8 || p[i + 2] == 0xa9))
			return false;
	}
	return true;
}

/* There is room. */
static uint16_t
put(struct identity *id, const char *s, size_t n)
{
	uint16_t at = id->used;

	memcpy(id->text + at, s, n);
	id->text[at + n] = '\0';
	id->used = (uint16_t)(at + n + 1);
	return at;
}

enum identity_fault
identity_set_user(struct identity *id, const char *user, size_t n)
{
	if (n == 0 || n > IDENTITY_USER_MAX || !identity_text_valid(user, n))
		return IDENTITY_VALUE;
	if (id->used + n + 1 > IDENTITY_TEXT_MAX)
		return IDENTITY_FULL;
	id->user = put(id, user, n);
	return IDENTITY_OK;
}

enum identity_fault
identity_add(struct identity *id, const char *name, const char *value, size_t n)
{
	size_t room = IDENTITY_TEXT_MAX - id->used;
	uint16_t at;

	if (!identity_name_valid(name) || identity_find(id, name))
		return IDENTITY_NAME;
	if (id->n_attrs == IDENTITY_ATTRS_MAX || n > room ||
	    strlen(name) + 1 + n + 1 > room)
		return IDENTITY_FULL;
	if (!identity_text_valid(value, n))
		return IDENTITY_VALUE;
	at = put(id, name, strlen(name));
	id->attrs[id->n_attrs].name = at;
	at = put(id, value, n);
	id->attrs[id->n_attrs++].value = at;
	return IDENTITY_OK;
}

enum identity_fault
identity_add_list(
    struct identity *id, const char *name, const char *list, size_t n)
{
	enum identity_fault fault = identity_add(id, name, list, n);

	if (fault == IDENTITY_OK)
		id->attrs[id->n_attrs - 1].list = true;
	return fault;
}

const char *
identity_user(const struct identity *id)
{
	return id->text + id->user;
}

const char *
identity_name(const struct identity *id, size_t i)
{
	return id->text + id->attrs[i].name;
}

const char *
identity_value(const struct identity *id, size_t i)
{
	return id->text + id->attrs[i].value;
}

/* n_attrs: there is none. */
static size_t
find(const struct identity *id, const char *name)
{
	size_t i = 0;

	while (i < id->n_attrs && strcmp(identity_name(id, i), name) != 0)
		i++;
	return i;
}

const char *
identity_find(const struct identity *id, const char *name)
{
	size_t i = find(id, name);

	return i < id->n_attrs ? identity_value(id, i) : NULL;
}

static bool
is_among(const char *list, const char *value)
{
	size_t n = strlen(value);

	for (;; list++) {
		size_t len = strcspn(list, ",");

		if (len == n && strncmp(list, value, n) == 0)
			return true;
		list += len;
		if (*list == '\0')
			return false;
	}
}

/* A comma in what is no list may be anybody's own, as in a name. */
bool
identity_says(const struct identity *id, const char *name, const char *value)
{
	size_t i = find(id, name);

	if (i == id->n_attrs)
		return false;
	return strcmp(identity_value(id, i), value) == 0 ||
	       (id->attrs[i].list && is_among(identity_value(id, i), value));
}
