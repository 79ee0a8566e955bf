/* SPDX-License-Identifier: MIT
 *
 * cleat_json.h - for handlers that speak JSON, over jansson. C99 and C++17.
 *
 * Not part of the ABI: all of it is compiled into the handler, which is
 * linked with jansson:
 *
 *	cc -shared -fPIC $(pkg-config --cflags cleat jansson) add.c -o add.so \
 *	    $(pkg-config --libs jansson)
 *
 * What comes in is parsed within limits; what goes out is valid UTF-8, or
 * nothing is sent. Where a handler has much to do, cleat_scan.h reads a message
 * without making values of it, and cleat_out.h writes one. THREADS: any, as far as cleat.h allows the call that a
 * function makes; one json_t belongs to one thread at a time.
 * MEMORY: "steals" means that the object is no longer yours, whatever the
 * answer; NULL may be given, so that json_pack() can stand there.
 *
 * Example: add.c - {"a":1,"b":2} is answered with {"sum":3}, thrice a second.
 *
 *	#include <cleat_json.h>
 *
 *	static void
 *	on_message(cleat_conn *c, int kind, const void *data, size_t len)
 *	{
 *		cj_bucket *b = (cj_bucket *)cleat->state(c);
 *		json_t *o = kind == CLEAT_TEXT ? cj_parse(data, len, NULL) : NULL;
 *		json_int_t sum = cj_int(o, "a", 0) + cj_int(o, "b", 0);
 *
 *		if (!o)
 *			cleat->close(c, 1007, "not an object");
 *		else if (!cj_take(b, 3, 3, cleat->now_ms()))
 *			cj_send(c, json_pack("{s:s}", "error", "slower, please"));
 *		else
 *			cj_send(c, json_pack("{s:I}", "sum", sum));
 *		json_decref(o);
 *	}
 *
 *	CLEAT_HANDLER("add", "1.0", .conn_size = sizeof(cj_bucket),
 *	    .on_message = on_message)
 */
#ifndef CLEAT_JSON_H
#define CLEAT_JSON_H

#include <cleat.h>
#include <cleat_out.h>
#include <cleat_scan.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Is a text, which need not be JSON, within the limits? 1 or 0. */
static inline int
cj_within(const void *data, size_t len, const cj_limits *l)
{
	const char *p = (const char *)data;
	unsigned max_depth = l && l->depth ? l->depth : (unsigned)CJ_DEPTH;
	unsigned max_values = l && l->values ? l->values : (unsigned)CJ_VALUES;
	unsigned depth = 0, values = 0;
	int quoted = 0;
	size_t i;

	if (l && l->bytes && len > l->bytes)
		return 0;
	for (i = 0; i < len; i++) {
		if (quoted) {
			quoted = p[i] != '"';
			i += p[i] == '\\';
			continue;
		}
		quoted = p[i] == '"';
		if (p[i] == '[' || p[i] == '{')
			depth++;
		else if ((p[i] == ']' || p[i] == '}') && depth > 0)
			depth--;
		if (p[i] == '[' || p[i] == '{' || p[i] == ',')
			values++;
		if (depth > max_depth || values > max_values)
			return 0;
	}
	return 1;
}

/* A new object, to be json_decref()ed. NULL: the text is anything else than
 * one JSON object in valid UTF-8, has a key twice, a NUL character, an integer
 * beyond 64 bits or a number beyond a double, or is not within the limits. */
static inline json_t *
cj_parse(const void *data, size_t len, const cj_limits *l)
{
	json_t *o;

	if (!cj_within(data, len, l))
		return NULL;
	o = json_loadb((const char *)data, len, JSON_REJECT_DUPLICATES, NULL);
	if (json_is_object(o))
		return o;
	json_decref(o);
	return NULL;
}

/* The string of a key, as long as the object lives; NULL: no string there. */
static inline const char *
cj_str(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* The integer of a key; def: no integer there. */
static inline json_int_t
cj_int(const json_t *o, const char *key, json_int_t def)
{
	const json_t *v = json_object_get(o, key);

	return json_is_integer(v) ? json_integer_value(v) : def;
}

/* Steals a value; its text in one line, to be free()d, or NULL. */
static inline char *
cj_text(json_t *o)
{
	char *s = o ? json_dumps(o, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	json_decref(o);
	return s;
}

/* Steals a value and sends it. As send(); CLEAT_ENOMEM also for NULL. */
static inline int
cj_send(cleat_conn *c, json_t *value)
{
	cj_out o;

	cj_out_begin(&o);
	cj_put_value(&o, value);
	json_decref(value);
	return cj_out_send(c, &o);
}

/* Publishes what was written, and frees it. As publish(); CLEAT_ENOMEM also if
 * there was no memory for it, CLEAT_EINVAL for what is no object. With
 * how->store it ends with "epoch" and "seq", which the host fills in: it shall
 * have none, and the stamps of `how` are not used. */
static inline int
cj_out_publish(
    cleat_route *r, const char *topic, cj_out *o, const cleat_pub *how)
{
	cleat_pub stamped;
	int rc;

	if (o->p && (o->p[0] != '{' || o->p[o->n - 1] != '}')) {
		cj_out_end(o);
		return CLEAT_EINVAL;
	}
	if (o->p && how && how->store) {
		stamped = *how;
		how = &stamped;
		o->n--; /* the brace that ends it */
		cj_put(o, o->n > 1 ? ",\"epoch\":" : "\"epoch\":");
		stamped.stamp_epoch = o->n;
		cj_put(o, CLEAT_STAMP ",\"seq\":");
		stamped.stamp = o->n;
		cj_put(o, CLEAT_STAMP "}");
	}
	rc = o->p ? cleat->publish(r, topic, CLEAT_TEXT, o->p, o->n, how)
		  : CLEAT_ENOMEM;
	cj_out_end(o);
	return rc;
}

/* Steals an object and publishes it. As cj_out_publish(), CLEAT_ENOMEM also
 * for NULL; "epoch" and "seq" that it has are lost when it is stored. */
static inline int
cj_publish(cleat_route *r, const char *topic, json_t *o, const cleat_pub *how)
{
	int object = !o || json_is_object(o);
	cj_out out;

	if (how && how->store) {
		json_object_del(o, "epoch");
		json_object_del(o, "seq");
	}
	cj_out_begin(&out);
	cj_put_value(&out, o);
	json_decref(o);
	if (object)
		return cj_out_publish(r, topic, &out, how);
	cj_out_end(&out);
	return CLEAT_EINVAL;
}

/* Writes a prefix and a name that a client gave, for a topic or a key: 0, or
 * -1 if the name is not 1 to 63 of A-Z a-z 0-9 . _ - or there is no room. */
static inline int
cj_name(char *out, size_t size, const char *prefix, const char *name)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t n = name ? strspn(name, plain) : 0, before = strlen(prefix);

	if (n < 1 || n > 63 || name[n] != '\0' || before >= size ||
	    n >= size - before)
		return -1;
	memcpy(out, prefix, before);
	memcpy(out + before, name, n + 1);
	return 0;
}

/* Is it `min` to `max` bytes without control characters (C1 too)? 1 or 0. */
static inline int
cj_line(const char *s, size_t min, size_t max)
{
	size_t n = s ? strlen(s) : 0, i;

	for (i = 0; i < n; i++) {
		unsigned char b = (unsigned char)s[i];

		if (b < 0x20 || b == 0x7f ||
		    (b == 0xc2 && (unsigned char)s[i + 1] < 0xa0))
			return 0;
	}
	return s && n >= min && n <= max;
}

/* Is a word one of a list's, such as a user's roles, with blanks or commas
 * between them? 1 or 0; NULL is an empty list. */
static inline int
cj_word(const char *list, const char *word)
{
	static const char between[] = ", \t";
	size_t n = strlen(word);

	while (list && *list) {
		size_t part = strcspn(list, between);

		if (part == n && n > 0 && memcmp(list, word, n) == 0)
			return 1;
		list += part + strspn(list + part, between);
	}
	return 0;
}

/* Writes the variable that var() has for a request's header, HTTP_X_USER for
 * X-User: 0, or -1 if that is no name of A-Z a-z 0-9 - or there is no room. */
static inline int
cj_header(char *out, size_t size, const char *header)
{
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz-";
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	size_t before = 5, n = header ? strlen(header) : 0, i;

	if (n < 1 || size <= before || n >= size - before)
		return -1;
	memcpy(out, "HTTP_", before);
	for (i = 0; i <= n; i++) { /* its NUL, too */
		const char *at = strchr(lower, header[i]);

		if (at && *at)
			out[before + i] = upper[at - lower];
		else if (header[i] != '_' && strchr(upper, header[i]))
			out[before + i] = header[i];
		else
			return -1;
	}
	return 0;
}

/* The same for a header that a key names; without one nothing is written.
 * Non-zero: it is no name, and conf_fail() has been told. */
static inline int
cj_conf_header(cleat_route *r, const cleat_conf *conf, const char *key,
    char *out, size_t size)
{
	const char *header = cleat->conf_str(conf, key, NULL);

	if (!header || cj_header(out, size, header) == 0)
		return 0;
	return cleat->conf_fail(
	    r, conf, key, "must be the name of a header, such as X-User");
}

/* How many more may pass; all zero is full. */
typedef struct cj_bucket {
	double tokens;
	uint64_t at; /* when they were counted; 0: never */
} cj_bucket;

/* Takes one of at most `burst` tokens, which come back at `rate` a second:
 * 1, or 0 when there is none. The time is cleat->now_ms(), never 0. */
static inline int
cj_take(cj_bucket *b, double rate, double burst, uint64_t now_ms)
{
	if (b->at == 0)
		b->tokens = burst;
	else if (now_ms > b->at)
		b->tokens += (double)(now_ms - b->at) * rate / 1000;
	if (b->tokens > burst)
		b->tokens = burst;
	if (now_ms > b->at)
		b->at = now_ms;
	if (b->tokens < 1)
		return 0;
	b->tokens -= 1;
	return 1;
}

#endif
