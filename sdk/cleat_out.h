/* SPDX-License-Identifier: MIT
 *
 * cleat_out.h - JSON written as text, piece by piece. C99 and C++17.
 *
 *	cj_out o;
 *
 *	cj_out_begin(&o);
 *	cj_put(&o, "{\"type\":\"pong\",\"id\":");
 *	cj_put_str(&o, id);
 *	cj_put(&o, "}");
 *	cj_out_send(c, &o);
 *
 * What is short needs no memory; without memory for what is long nothing is
 * sent, and the last call says so. Text is as cj_text() makes it.
 *
 * THREADS: any, as far as cleat.h allows it. MEMORY: cj_out_end() frees, and
 * so does cj_out_send().
 */
#ifndef CLEAT_OUT_H
#define CLEAT_OUT_H

#include <cleat.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

typedef struct cj_out {
	char *p; /* NULL: there was no memory */
	size_t n, room;
	char small[512];
} cj_out;

static inline void
cj_out_begin(cj_out *o)
{
	o->p = o->small;
	o->n = 0;
	o->room = sizeof(o->small);
}

static inline void
cj_out_end(cj_out *o)
{
	if (o->p != o->small)
		free(o->p);
	o->p = NULL;
	o->n = o->room = 0;
}

/* Room for n bytes more: 1, or 0 without memory, and then for ever. */
static inline int
cj_out_grow(cj_out *o, size_t n)
{
	size_t len = o->n, room = 2 * o->room + n;
	char *p = o->p ? (char *)malloc(room) : NULL;

	if (p)
		memcpy(p, o->p, len);
	cj_out_end(o);
	if (!p)
		return 0;
	o->p = p;
	o->n = len;
	o->room = room;
	return 1;
}

/* Bytes as they are. */
static inline void
cj_put_bytes(cj_out *o, const char *s, size_t n)
{
	if (n == 0 || (n > o->room - o->n && !cj_out_grow(o, n)))
		return;
	memcpy(o->p + o->n, s, n);
	o->n += n;
}

static inline void
cj_put(cj_out *o, const char *json)
{
	cj_put_bytes(o, json, strlen(json));
}

/* A string, with its quotes and escapes. */
static inline void
cj_put_str(cj_out *o, const char *s)
{
	static const char names[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	static const char hex[] = "0123456789ABCDEF";
	const char *from, *name;

	cj_put_bytes(o, "\"", 1);
	for (;; s++) {
		for (from = s; (unsigned char)*s >= 0x20; s++)
			if (*s == '"' || *s == '\\')
				break;
		cj_put_bytes(o, from, (size_t)(s - from));
		if (*s == '\0')
			break;
		for (name = names; *name && *name != *s;)
			name += 2;
		cj_put_bytes(o, *name ? "\\" : "\\u00", *name ? 1 : 4);
		cj_put_bytes(o, *name ? name + 1 : &hex[*s >> 4], 1);
		if (!*name)
			cj_put_bytes(o, &hex[*s & 15], 1);
	}
	cj_put_bytes(o, "\"", 1);
}

static inline int
cj_out_take(const char *s, size_t n, void *out)
{
	cj_put_bytes((cj_out *)out, s, n);
	return 0;
}

/* A value of jansson's, which stays yours. NULL: there was no memory. */
static inline void
cj_put_value(cj_out *o, const json_t *value)
{
	const size_t how = JSON_COMPACT | JSON_ENCODE_ANY;

	if (json_dump_callback(value, cj_out_take, o, how) != 0)
		cj_out_end(o);
}

/* As send(); CLEAT_ENOMEM also if there was no memory for it. */
static inline int
cj_out_send(cleat_conn *c, cj_out *o)
{
	int rc = o->p ? cleat->send(c, CLEAT_TEXT, o->p, o->n) : CLEAT_ENOMEM;

	cj_out_end(o);
	return rc;
}

#endif
