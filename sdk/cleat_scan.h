/* SPDX-License-Identifier: MIT
 *
 * cleat_scan.h - a JSON object read where it stands. C99 and C++17.
 *
 * Nothing is copied or allocated: what comes of it are pieces of the text.
 * All of the text is judged, as cj_parse() would; but what is rare is left to
 * that, so that this is short: it says yes only to what cj_parse() takes, too,
 * and whoever hears no asks that.
 *
 *	cj_scan s;
 *	char type[65];
 *
 *	if (cj_scan_object(&s, data, len, NULL) &&
 *	    cj_scan_str(&s, "type", type, sizeof(type)) == 1)
 *		...
 *	else
 *		o = cj_parse(data, len, NULL);
 *
 * Left to cj_parse(): escapes in keys, \u, integers of more than 18 digits,
 * exponents of more than two, and more than 32 keys in the objects that are
 * open at one place.
 *
 * THREADS: any. MEMORY: the pieces live as long as the text.
 */
#ifndef CLEAT_SCAN_H
#define CLEAT_SCAN_H

#include <cleat.h>
#include <string.h>

enum { CJ_DEPTH = 16, CJ_VALUES = 10000, CJ_MEMBERS = 32 };

/* What a message may be at most. 0 is the default, which is what NULL gives
 * too: any size (the route's max_message bounds it), 16 brackets within
 * brackets, 10,000 of brackets, braces and commas in all, which bounds the
 * memory that the values take. */
typedef struct cj_limits {
	size_t bytes;
	unsigned depth, values;
} cj_limits;

typedef struct cj_member {
	cleat_str key;	 /* without its quotes; it has no escapes */
	cleat_str value; /* as it stands there */
} cj_member;

typedef struct cj_scan {
	unsigned n; /* members of the object */
	cj_member members[CJ_MEMBERS];

	/* While it reads: what is left of the limits; behind the members of
	 * an object stand those of the objects within it. */
	const char *end;
	unsigned depth, values;
} cj_scan;

/* --- inside: each takes where something begins and returns what is behind
 * it, or NULL ---------------------------------------------------------------- */

static inline const char *cj_scan_value(cj_scan *, const char *);

static inline const char *
cj_scan_space(const cj_scan *s, const char *p)
{
	while (
	    p < s->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* Eight bytes, the first of them the least. */
static inline uint64_t
cj_scan_load(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		   ? word
		   : __builtin_bswap64(word);
}

/* Skips what a string says for itself: no quote, backslash or control
 * character. In `odd` the top bit of the first such byte is the first that
 * is set: what borrows of subtraction add stands behind it. */
static inline const char *
cj_scan_plain(const cj_scan *s, const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);

	for (; s->end - p >= 8; p += 8) {
		uint64_t word = cj_scan_load(p);
		uint64_t quote = word ^ (ones * '"');
		uint64_t slash = word ^ (ones * '\\');
		uint64_t odd = ((quote - ones) & ~quote) |
			       ((slash - ones) & ~slash) |
			       ((word - ones * 0x20) & ~word);

		odd &= ones << 7;
		if (odd)
			return p + __builtin_ctzll(odd) / 8;
	}
	while (
	    p < s->end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	return p;
}

/* From behind the quote to the one that ends it. */
static inline const char *
cj_scan_quoted(const cj_scan *s, const char *p)
{
	for (;;) {
		p = cj_scan_plain(s, p);
		if (p == s->end || (*p != '"' && *p != '\\'))
			return NULL;
		if (*p == '"')
			return p;
		if (s->end - p < 2 || !p[1] || !strchr("\"\\/bfnrt", p[1]))
			return NULL;
		p += 2;
	}
}

static inline const char *
cj_scan_digits(const cj_scan *s, const char *p)
{
	while (p < s->end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

static inline const char *
cj_scan_number(const cj_scan *s, const char *p)
{
	const char *at = p += *p == '-';

	p = cj_scan_digits(s, p);
	if (p == at || p - at > 18 || (*at == '0' && p - at > 1))
		return NULL;
	if (p < s->end && *p == '.') {
		at = ++p;
		p = cj_scan_digits(s, p);
		if (p == at)
			return NULL;
	}
	if (p < s->end && (*p == 'e' || *p == 'E')) {
		p++;
		p += p < s->end && (*p == '+' || *p == '-');
		at = p;
		p = cj_scan_digits(s, p);
		if (p == at || p - at > 2)
			return NULL;
	}
	return p;
}

static inline const char *
cj_scan_word(const cj_scan *s, const char *p, const char *word, size_t n)
{
	return (size_t)(s->end - p) >= n && memcmp(p, word, n) == 0 ? p + n
								    : NULL;
}

/* A bracket or a brace opens. */
static inline int
cj_scan_enter(cj_scan *s)
{
	if (s->depth == 0 || s->values == 0)
		return 0;
	s->depth--;
	s->values--;
	return 1;
}

/* Behind a value: 1 if the end follows, 0 if another value does, -1. */
static inline int
cj_scan_next(cj_scan *s, const char *p, char end)
{
	if (p < s->end && *p == end) {
		s->depth++;
		return 1;
	}
	if (p == s->end || *p != ',' || s->values == 0)
		return -1;
	s->values--;
	return 0;
}

static inline const char *
cj_scan_array(cj_scan *s, const char *p)
{
	int rc = 0;

	if (!cj_scan_enter(s))
		return NULL;
	p = cj_scan_space(s, p + 1);
	if (p < s->end && *p == ']')
		rc = cj_scan_next(s, p, ']');
	while (rc == 0) {
		p = cj_scan_value(s, p);
		if (!p)
			return NULL;
		p = cj_scan_space(s, p);
		rc = cj_scan_next(s, p, ']');
		if (rc == 0)
			p = cj_scan_space(s, p + 1);
	}
	return rc > 0 ? p + 1 : NULL;
}

/* Notes a key that none of its object, from `first` on, has; to its value. */
static inline const char *
cj_scan_key(cj_scan *s, const char *p, unsigned first)
{
	cleat_str key;
	unsigned i;

	if (p == s->end || *p != '"' || s->n == CJ_MEMBERS)
		return NULL;
	key.p = p + 1;
	p = cj_scan_plain(s, key.p);
	if (p == s->end || *p != '"')
		return NULL;
	key.n = (size_t)(p - key.p);
	for (i = first; i < s->n; i++)
		if (s->members[i].key.n == key.n &&
		    memcmp(s->members[i].key.p, key.p, key.n) == 0)
			return NULL;
	s->members[s->n++].key = key;
	p = cj_scan_space(s, p + 1);
	return p < s->end && *p == ':' ? cj_scan_space(s, p + 1) : NULL;
}

/* Its members stay behind those that were there. */
static inline const char *
cj_scan_members(cj_scan *s, const char *p)
{
	unsigned first = s->n;
	int rc = 0;

	if (!cj_scan_enter(s))
		return NULL;
	p = cj_scan_space(s, p + 1);
	if (p < s->end && *p == '}')
		rc = cj_scan_next(s, p, '}');
	while (rc == 0) {
		cj_member *m = &s->members[s->n];
		const char *value = cj_scan_key(s, p, first);

		p = value ? cj_scan_value(s, value) : NULL;
		if (!p)
			return NULL;
		m->value.p = value;
		m->value.n = (size_t)(p - value);
		p = cj_scan_space(s, p);
		rc = cj_scan_next(s, p, '}');
		if (rc == 0)
			p = cj_scan_space(s, p + 1);
	}
	return rc > 0 ? p + 1 : NULL;
}

static inline const char *
cj_scan_value(cj_scan *s, const char *p)
{
	unsigned n = s->n;

	if (p == s->end)
		return NULL;
	switch (*p) {
	case '"':
		p = cj_scan_quoted(s, p + 1);
		return p ? p + 1 : NULL;
	case '{':
		p = cj_scan_members(s, p);
		s->n = n;
		return p;
	case '[':
		return cj_scan_array(s, p);
	case 't':
		return cj_scan_word(s, p, "true", 4);
	case 'f':
		return cj_scan_word(s, p, "false", 5);
	case 'n':
		return cj_scan_word(s, p, "null", 4);
	default:
		return cj_scan_number(s, p);
	}
}

/* --- to be called ----------------------------------------------------------- */

/* Reads a text that is valid UTF-8, as each message of the kind CLEAT_TEXT
 * is. 1: it is an object, and s->members[0..s->n) are its members in their
 * order; 0: cj_parse() knows. */
static inline int
cj_scan_object(cj_scan *s, const void *data, size_t len, const cj_limits *l)
{
	const char *p = (const char *)data;

	if (!p || (l && l->bytes && len > l->bytes))
		return 0;
	s->n = 0;
	s->end = p + len;
	s->depth = l && l->depth ? l->depth : (unsigned)CJ_DEPTH;
	s->values = l && l->values ? l->values : (unsigned)CJ_VALUES;
	p = cj_scan_space(s, p);
	if (p == s->end || *p != '{')
		return 0;
	p = cj_scan_members(s, p);
	return p && cj_scan_space(s, p) == s->end;
}

/* The value of a key as it stands there; .p is NULL: there is none. */
static inline cleat_str
cj_scan_find(const cj_scan *s, const char *key)
{
	const cleat_str none = { NULL, 0 };
	size_t n = strlen(key);
	unsigned i;

	for (i = 0; i < s->n; i++)
		if (s->members[i].key.n == n &&
		    memcmp(s->members[i].key.p, key, n) == 0)
			return s->members[i].value;
	return none;
}

/* Copies the string of a key, with a NUL behind it: 1, or 0: there is no such
 * key. -1: it is something else, has escapes, or does not fit. */
static inline int
cj_scan_str(const cj_scan *s, const char *key, char *out, size_t size)
{
	cleat_str v = cj_scan_find(s, key);

	if (!v.p)
		return 0;
	if (*v.p != '"' || v.n - 2 >= size || memchr(v.p, '\\', v.n))
		return -1;
	memcpy(out, v.p + 1, v.n - 2);
	out[v.n - 2] = '\0';
	return 1;
}

#endif
