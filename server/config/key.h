/* SPDX-License-Identifier: MIT
 *
 * key.h - keys.def and types.def as data, for the files of this folder.
 */
#ifndef CLEAT_CONFIG_KEY_H
#define CLEAT_CONFIG_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

/* What may stand together; a section of the file takes one or two. */
enum key_group {
	GROUP_TOP,
	GROUP_LISTEN,
	GROUP_TLS,
	GROUP_HTTP,
	GROUP_PLUGINS,
	GROUP_STATUS,
	GROUP_LOG,
	GROUP_SANDBOX,
	GROUP_TOPICS,
	GROUP_LIMIT,
	GROUP_AUTH,
	GROUP_JWT,
	GROUP_ROUTE,
};

enum key_type {
#define TYPE(id, member, fill, check, text) TYPE_##id,
#include "config/types.def"
#undef TYPE
};

struct key {
	enum key_group group;
	const char *name;
	enum key_type type;
	size_t offset;	     /* of the member in the group's struct */
	const char *initial; /* the default, or NULL */
	uint64_t min, max;
	bool off;	   /* 0 is allowed besides min to max */
	const char *words; /* of an enum: "a|b|c" */
	const char *help;
};

/* A { } of the file. */
struct section {
	const char *name; /* as messages name it; "" is the file itself */
	enum key_group own, also; /* the same twice where it takes one */
};

#define SECTIONS(X)                                         \
	X(TOP, "", GROUP_TOP, GROUP_TOP)                    \
	X(LISTEN, "listen", GROUP_LISTEN, GROUP_LISTEN)     \
	X(TLS, "listen.tls", GROUP_TLS, GROUP_TLS)          \
	X(HTTP, "http", GROUP_HTTP, GROUP_HTTP)             \
	X(PLUGINS, "plugins", GROUP_PLUGINS, GROUP_PLUGINS) \
	X(STATUS, "status", GROUP_STATUS, GROUP_STATUS)     \
	X(LOG, "log", GROUP_LOG, GROUP_LOG)                 \
	X(SANDBOX, "sandbox", GROUP_SANDBOX, GROUP_SANDBOX) \
	X(TOPICS, "topics", GROUP_TOPICS, GROUP_TOPICS)     \
	X(DEFAULTS, "defaults", GROUP_LIMIT, GROUP_LIMIT)   \
	X(AUTH, "auth", GROUP_AUTH, GROUP_AUTH)             \
	X(JWT, "auth.jwt", GROUP_JWT, GROUP_JWT)            \
	X(ROUTES, "routes", GROUP_ROUTE, GROUP_LIMIT)

enum section_id {
#define SECTION(id, name, own, also) SECTION_##id,
	SECTIONS(SECTION)
#undef SECTION
	    SECTION_COUNT
};

extern const struct section sections[SECTION_COUNT];
extern const struct key keys[];
extern const size_t keys_count;

/* The key of that name in a section, or NULL. */
const struct key *key_find(const struct section *, const char *name);
bool key_belongs(const struct key *, const struct section *);

/* "section.key", or "key" at the top, cut at `size`; returns buf. */
const char *
key_path(char *buf, size_t size, const struct section *, const char *name);

/* What a value of the key must be, "a whole number". */
const char *key_type_text(enum key_type);

/* The words of an enum as prose: "a|b|c" is "a", "b" or "c"; returns buf. */
const char *key_words(char *buf, size_t size, const struct key *);

/* One bound as it would be written in the file; returns buf. */
const char *key_bound(char *buf, size_t size, const struct key *, uint64_t);

#endif
