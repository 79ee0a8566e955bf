/* SPDX-License-Identifier: MIT
 *
 * chat.c - see chat.h.
 */
#include "config.h"

#include "chat.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static json_t *covered; /* an object with a key for each */

static void
compose(char *more, size_t size, const char *config, const char *limits,
    const char *options)
{
	int n = snprintf(more, size,
	    "workers = 2;\n%s\n"
	    "routes = ( { path = \"/chat/*\"; handler = \"chat-hub\"; %s\n"
	    "config: { %s }; } );",
	    options, limits, config);

	ck_assert_int_lt(n, (int)size);
}

void
chat_start(struct daemon *d, const char *config, const char *limits,
    const char *options)
{
	char more[65536];

	compose(more, sizeof(more), config, limits, options);
	daemon_prepare(d);
	daemon_install(d, "plugins/chat-hub.so", "chat-hub.so");
	daemon_start(d, more);
}

void
chat_configure(struct daemon *d, const char *config)
{
	char more[65536];

	compose(more, sizeof(more), config, "", "");
	daemon_config(d, more);
}

const char *
chat_complaint(struct daemon *d, const char *config)
{
	static char said[8192];
	const char *const args[] = { "-t", "-l", "127.0.0.1:0", "-c", d->conf,
		NULL };
	char *start;

	chat_configure(d, config);
	ck_assert_msg(
	    daemon_run(said, sizeof(said), args) == 78, "taken: %s", config);
	start = strstr(said, "cleat.conf:");
	ck_assert_msg(start != NULL, "no file and line: %s", said);
	start[strcspn(start, "\n")] = '\0';
	return start;
}

/* --- JSON with ' ----------------------------------------------------------- */

static void
write_json(char *out, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(out, size, fmt, ap);

	ck_assert(n >= 0 && (size_t)n < size);
	for (; *out; out++)
		if (*out == '\'')
			*out = '"';
}

static bool fits(const json_t *wanted, const json_t *got);

static bool
object_fits(json_t *wanted, const json_t *got)
{
	const char *key;
	json_t *value;

	json_object_foreach(wanted, key, value)
	{
		const json_t *is = json_object_get(got, key);

		if (json_is_null(value) ? is != NULL : !fits(value, is))
			return false;
	}
	return true;
}

static bool
fits(const json_t *wanted, const json_t *got)
{
	if (!got)
		return false;
	if (json_is_string(wanted) &&
	    strcmp(json_string_value(wanted), "*") == 0)
		return true;
	if (json_is_object(wanted))
		return object_fits((json_t *)(uintptr_t)wanted, got);
	if (!json_is_array(wanted))
		return json_equal(wanted, got) != 0;
	if (json_array_size(wanted) != json_array_size(got))
		return false;
	for (size_t i = 0; i < json_array_size(wanted); i++)
		if (!fits(json_array_get(wanted, i), json_array_get(got, i)))
			return false;
	return true;
}

static void
cover(const char *what)
{
	if (!covered)
		covered = json_object();
	if (what)
		json_object_set_new(covered, what, json_true());
}

bool
chat_covered(const char *what)
{
	return json_object_get(covered, what) != NULL;
}

/* --- clients ------------------------------------------------------------------ */

static void
next(struct chat *c, const char *wanted)
{
	struct raw_frame f = raw_next(&c->raw);

	ck_assert_msg(f.opcode == 1, "expected %s, got opcode %d (%d %s)",
	    wanted, f.opcode, f.code, f.reason);
	json_decref(c->last);
	c->last = json_loadb((char *)f.data, f.len, 0, NULL);
	ck_assert_msg(c->last != NULL, "no JSON: %s", (char *)f.data);
	if (strcmp(chat_str(c, "type"), "error") == 0)
		cover(chat_str(c, "code"));
}

static void
say(struct chat *c, const char *text)
{
	json_t *o = json_loads(text, 0, NULL);

	cover(json_string_value(json_object_get(o, "type")));
	json_decref(o);
	raw_text(&c->raw, text);
}

static void
hear(struct chat *c, const char *wanted)
{
	json_t *w = json_loads(wanted, 0, NULL);
	char *got;

	ck_assert_msg(w != NULL, "no JSON: %s", wanted);
	next(c, wanted);
	got = json_dumps(c->last, 0);
	ck_assert_msg(fits(w, c->last), "expected %s, got %s", wanted, got);
	free(got);
	json_decref(w);
}

static void
say_formatted(struct chat *c, const char *fmt, va_list ap)
{
	static char text[200000];

	write_json(text, sizeof(text), fmt, ap);
	say(c, text);
}

void
chat_say(struct chat *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_formatted(c, fmt, ap);
	va_end(ap);
}

void
chat_hear(struct chat *c, const char *fmt, ...)
{
	char wanted[4096];
	va_list ap;

	va_start(ap, fmt);
	write_json(wanted, sizeof(wanted), fmt, ap);
	va_end(ap);
	hear(c, wanted);
}

void
chat_error(struct chat *c, const char *code, const char *id)
{
	chat_hear(c, "{'type':'error','code':'%s','message':'*','id':%s%s%s}",
	    code, id ? "'" : "", id ? id : "null", id ? "'" : "");
}

void
chat_refused(struct chat *c, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_formatted(c, fmt, ap);
	va_end(ap);
	chat_error(c, code, NULL);
}

void
chat_until(struct chat *c, const char *request, const char *json)
{
	json_t *w;
	char wanted[1024], *p = wanted;
	struct timespec now;
	time_t last;

	snprintf(wanted, sizeof(wanted), "%s", json);
	for (; *p; p++)
		if (*p == '\'')
			*p = '"';
	w = json_loads(wanted, 0, NULL);
	ck_assert_ptr_nonnull(w);
	clock_gettime(CLOCK_MONOTONIC, &now);
	last = now.tv_sec + PATIENCE_MS / 1000;
	do {
		chat_say(c, "%s", request);
		next(c, wanted);
		clock_gettime(CLOCK_MONOTONIC, &now);
		ck_assert_msg(now.tv_sec <= last, "never came: %s", wanted);
	} while (!fits(w, c->last));
	json_decref(w);
}

int
chat_knock(
    struct daemon *d, struct chat *c, const char *query, const char *headers)
{
	char path[256];

	memset(c, 0, sizeof(*c));
	snprintf(path, sizeof(path), "/chat/%s", query);
	raw_open(&c->raw, d->port);
	return raw_upgrade(&c->raw, path, headers);
}

void
chat_open(struct daemon *d, struct chat *c, const char *user)
{
	char query[128] = "";

	if (user)
		snprintf(query, sizeof(query), "?user=%s", user);
	ck_assert_int_eq(chat_knock(d, c, query, NULL), 101);
	chat_hear(c, "{'type':'hello','protocol':'cleat-chat','version':1}");
	snprintf(c->user, sizeof(c->user), "%s", chat_str(c, "user"));
}

void
chat_shut(struct chat *c)
{
	raw_shut(&c->raw);
	json_decref(c->last);
	c->last = NULL;
}

void
chat_join(struct chat *c, const char *room)
{
	chat_say(c, "{'type':'join','room':'%s'}", room);
	chat_hear(c, "{'type':'joined','room':'%s'}", room);
}

void
chat_text(struct chat *c, const char *room, const char *id)
{
	chat_say(c, "{'type':'say','id':'%s','room':'%s','text':'%s'}", id,
	    room, id);
	chat_hear(c, "{'type':'message','room':'%s','text':'%s'}", room, id);
	chat_hear(c, "{'type':'ack','room':'%s','id':'%s'}", room, id);
}

json_int_t
chat_int(const struct chat *c, const char *key)
{
	const json_t *v = json_object_get(c->last, key);

	ck_assert_msg(json_is_integer(v), "no integer %s", key);
	return json_integer_value(v);
}

const char *
chat_str(const struct chat *c, const char *key)
{
	const char *s = json_string_value(json_object_get(c->last, key));

	ck_assert_msg(s != NULL, "no string %s", key);
	return s;
}

void
chat_await(struct daemon *d, const char *metric, double value)
{
	char name[128];

	snprintf(name, sizeof(name), "%s{route=\"/chat/*\"}", metric);
	daemon_await(d, name, value);
}
