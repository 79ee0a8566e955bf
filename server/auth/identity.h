/* SPDX-License-Identifier: MIT
 *
 * identity.h - who somebody is, once a credential has been believed.
 *
 * A user's name, what else is known (attributes, which a handler reads as the
 * variables AUTH_<name>), and until when it is true. All of it is printable:
 * UTF-8 without control characters, so that it can stand in a log, a header
 * or a variable without forging a line there.
 *
 * It has no pointers: it is copied with `=`, and there is nothing to free.
 *
 * THREADS: whoever owns it. MEMORY: the caller's storage, nothing else.
 */
#ifndef CLEAT_AUTH_IDENTITY_H
#define CLEAT_AUTH_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	IDENTITY_USER_MAX = 256,  /* bytes, as of cleat_accept.user */
	IDENTITY_NAME_MAX = 64,	  /* bytes of an attribute's name */
	IDENTITY_ATTRS_MAX = 32,  /* attributes */
	IDENTITY_TEXT_MAX = 4096, /* bytes of all, with a NUL after each */
};

struct identity {
	int64_t expires; /* seconds since 1970; 0: never */
	uint16_t n_attrs, used;
	uint16_t user; /* these are offsets into `text` */
	struct {
		uint16_t name, value;
		bool list;
	} attrs[IDENTITY_ATTRS_MAX];
	char text[IDENTITY_TEXT_MAX];
};

enum identity_fault {
	IDENTITY_OK,
	IDENTITY_NAME,	/* not a name, or one that is there already */
	IDENTITY_VALUE, /* not printable; a user that is empty, or too long */
	IDENTITY_FULL,	/* IDENTITY_ATTRS_MAX or IDENTITY_TEXT_MAX */
};

/* Nobody: the user "", no attributes, never expires. */
void identity_init(struct identity *);

/* Once, and before the attributes. Copies. */
__attribute__((warn_unused_result)) enum identity_fault
identity_set_user(struct identity *, const char *user, size_t n);

/* Copies. What is refused leaves the identity as it was. The value may be
 * empty. */
__attribute__((warn_unused_result)) enum identity_fault
identity_add(struct identity *, const char *name, const char *value, size_t n);

/* The same for several with commas between, none of which has one of its own. */
__attribute__((warn_unused_result)) enum identity_fault identity_add_list(
    struct identity *, const char *name, const char *list, size_t n);

/* Letters, digits and underscores, 1 to IDENTITY_NAME_MAX of them. */
bool identity_name_valid(const char *name);
/* UTF-8 without control characters: U+0000 to U+001F, U+007F to U+009F, and
 * what breaks a line, U+2028 and U+2029. */
bool identity_text_valid(const char *text, size_t n);

/* Borrowed from the identity. */
const char *identity_user(const struct identity *);
const char *identity_name(const struct identity *, size_t i);  /* < n_attrs */
const char *identity_value(const struct identity *, size_t i); /* < n_attrs */
/* The value of that name, or NULL. */
const char *identity_find(const struct identity *, const char *name);
/* Is the value of that name this, or a list of which this is a part? */
bool
identity_says(const struct identity *, const char *name, const char *value);

#endif
