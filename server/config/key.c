/* SPDX-License-Identifier: MIT
 *
 * key.c - the tables of keys, types and sections, and how to look into them.
 *
 * The macros that keys.def is written with stand here: what a row leaves out
 * (a key without bounds, a group without a member) is zero.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/auth.h"
#include "config/key.h"
#include "config/quantity.h"

#define HOURS(n)     ((uint64_t)(n)*60 * 60 * 1000)
#define KIB(n)	     ((uint64_t)(n) << 10)
#define MIB(n)	     ((uint64_t)(n) << 20)
#define GIB(n)	     ((uint64_t)(n) << 30)
#define DEFAULT(...) .initial = #__VA_ARGS__
#define NONE	     .initial = NULL
#define ANY	     .min = 0
#define RANGE(a, b)  .min = (a), .max = (b)
#define OFF_OR(a, b) .min = (a), .max = (b), .off = true
#define ONE_OF(w)    .words = (w)

/* The struct that each group fills. */
#define STRUCT_TOP     struct config
#define STRUCT_LISTEN  struct config_listen
#define STRUCT_TLS     struct config_tls
#define STRUCT_HTTP    struct config_http
#define STRUCT_PLUGINS struct config
#define STRUCT_STATUS  struct config_status
#define STRUCT_LOG     struct config_log
#define STRUCT_SANDBOX struct config_sandbox
#define STRUCT_TOPICS  struct config_topics
#define STRUCT_LIMIT   struct config_limits
#define STRUCT_AUTH    struct config_auth
#define STRUCT_JWT     struct config_jwt
#define STRUCT_ROUTE   struct config_route

/* A member that its type would overwrite wrongly does not compile. */
#define TYPE(id, member, fill, check, text) typedef member member_of_##id;
#include "config/types.def"
#undef TYPE
#define NOTHING(g, n, t, help)
#define KEY(g, n, t, m, initial, bounds, help)                               \
	_Static_assert(__builtin_types_compatible_p(                         \
			   __typeof__(((STRUCT_##g *)0)->m), member_of_##t), \
	    #g "." #n " is not of type " #t);
#include "config/keys.def"
#undef KEY
#undef NOTHING

#define NOTHING(g, n, t, h) \
	{ .group = GROUP_##g, .name = #n, .type = TYPE_##t, .help = h },
#define KEY(g, n, t, m, initial, bounds, h)        \
	{ .group = GROUP_##g,                      \
		.name = #n,                        \
		.type = TYPE_##t,                  \
		.help = h,                         \
		.offset = offsetof(STRUCT_##g, m), \
		initial,                           \
		bounds },
const struct key keys[] = {
#include "config/keys.def"
};
#undef KEY
#undef NOTHING
const size_t keys_count = sizeof(keys) / sizeof(keys[0]);

const struct section sections[SECTION_COUNT] = {
#define SECTION(id, name, own, also) [SECTION_##id] = { name, own, also },
	SECTIONS(SECTION)
#undef SECTION
};

bool
key_belongs(const struct key *k, const struct section *s)
{
	return k->group == s->own || k->group == s->also;
}

const struct key *
key_find(const struct section *s, const char *name)
{
	for (const struct key *k = keys; k < keys + keys_count; k++)
		if (key_belongs(k, s) && strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

const char *
key_path(char *buf, size_t size, const struct section *s, const char *name)
{
	snprintf(
	    buf, size, "%s%s%s", s->name, *s->name != '\0' ? "." : "", name);
	return buf;
}

const char *
key_type_text(enum key_type type)
{
	static const char *const texts[] = {
#define TYPE(id, member, fill, check, text) [TYPE_##id] = text,
#include "config/types.def"
#undef TYPE
	};

	return texts[type];
}

const char *
key_bound(char *buf, size_t size, const struct key *k, uint64_t value)
{
	if (k->type == TYPE_SIZE)
		return quantity_print(buf, size, QUANTITY_SIZE, value);
	if (k->type == TYPE_TIME)
		return quantity_print(buf, size, QUANTITY_TIME, value);
	snprintf(buf, size, "%" PRIu64, value);
	return buf;
}

const char *
key_words(char *buf, size_t size, const struct key *k)
{
	size_t used = 0;

	for (const char *w = k->words; *w != '\0' && used < size;) {
		size_t n = strcspn(w, "|");
		const char *next = w + n + (w[n] == '|');
		const char *join = strchr(next, '|') != NULL ? ", " : " or ";
		used += (size_t)snprintf(buf + used, size - used, "\"%.*s\"%s",
		    (int)n, w, *next != '\0' ? join : "");
		w = next;
	}
	return buf;
}
