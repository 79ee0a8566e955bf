/* SPDX-License-Identifier: MIT
 *
 * fuzz_json.c - what handlers that speak JSON do with it before they ask the
 * host for anything: limits, schemas, topics, URLs. What reads and writes JSON
 * without jansson agrees with it.
 *
 * The input is lines: a template, a pattern, a user, a URL; the rest is a
 * message, whose members "schema" and "payload" are tried on each other.
 */
#include "config.h"

#include <string.h>

#include "cleat_json.h"
#include "limits.h"
#include "same.h"
#include "schema.h"
#include "target.h"
#include "topic.h"
#include "fuzz.h"

enum { INPUT_MAX = 1 << 14, DEPTH = 6, VALUES = 40, TEXTS = 4 };

/* limits.c asks it for what is not reached here. */
const cleat_api *cleat;

/* How deep a value is, and how many brackets and commas it has at least. */
static unsigned
depth_of(const json_t *v, unsigned *values)
{
	size_t n = json_is_array(v) ? json_array_size(v) : json_object_size(v);
	unsigned deepest = 0, d;
	const char *name;
	json_t *inner;

	if (!json_is_array(v) && !json_is_object(v))
		return 0;
	*values += 1 + (n > 0 ? (unsigned)n - 1 : 0);
	for (size_t i = 0; i < json_array_size(v); i++) {
		d = depth_of(json_array_get(v, i), values);
		deepest = d > deepest ? d : deepest;
	}
	json_object_foreach((json_t *)(uintptr_t)v, name, inner)
	{
		d = depth_of(inner, values);
		deepest = d > deepest ? d : deepest;
	}
	return 1 + deepest;
}

/* What was accepted is within the limits, and its text is the same again. */
static void
judge_message(json_t *o, const cj_limits *limits)
{
	char *text = cj_text(json_incref(o));
	unsigned values = 0;
	json_t *again;

	DEMAND(text);
	DEMAND(depth_of(o, &values) <= limits->depth);
	DEMAND(values <= limits->values);
	again = cj_parse(text, strlen(text), limits);
	DEMAND(again && json_equal(o, again) && same_value(o, again));
	json_decref(again);
	free(text);
}

/* Has a text what cleat_scan.h leaves to jansson? It may say so too often.
 * (A NUL behind a digit is a blank to jansson.) */
static bool
rare(const char *text, size_t n)
{
	size_t keys = 0, digits = 0;

	for (const char *end = text + n; text < end; text++) {
		bool digit = *text >= '0' && *text <= '9';

		keys += *text == ':';
		digits = digit ? digits + 1 : 0;
		if (*text == '\\' || *text == '\0' || digits > 18 ||
		    keys > CJ_MEMBERS ||
		    ((*text == 'e' || *text == 'E') &&
			strspn(text + 1, "+-0123456789") > 2))
			return true;
	}
	return false;
}

static void
judge_member(const json_t *o, const cj_scan *s, const cj_member *m)
{
	json_t *v = json_loadb(m->value.p, m->value.n,
	    JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	char key[INPUT_MAX + 1], text[INPUT_MAX + 1];
	const char *is;

	memcpy(key, m->key.p, m->key.n);
	key[m->key.n] = '\0';
	DEMAND(v && json_equal(v, json_object_get(o, key)));
	DEMAND(cj_scan_find(s, key).p == m->value.p);
	is = cj_str(o, key);
	switch (cj_scan_str(s, key, text, sizeof text)) {
	case 1:
		DEMAND(is && strcmp(is, text) == 0);
		break;
	default:
		DEMAND(!is || memchr(m->value.p, '\\', m->value.n));
	}
	json_decref(v);
}

/* o: what jansson makes of it, or NULL. */
static void
judge_scan(const char *p, size_t n, const json_t *o, const cj_limits *limits)
{
	json_t *is_text = json_stringn(p, n); /* NULL: it is not UTF-8 */
	cj_scan s;

	if (is_text && cj_scan_object(&s, p, n, limits)) {
		DEMAND(o && json_object_size(o) == s.n);
		for (unsigned i = 0; i < s.n; i++)
			judge_member(o, &s, &s.members[i]);
	} else if (is_text && o) {
		DEMAND(rare(p, n));
	}
	json_decref(is_text);
}

static void
judge_out(const json_t *v, const char *text)
{
	json_t *string = json_string(text);
	char *as = cj_text(json_pack("[O,o*]", v, string));
	cj_out o;

	cj_out_begin(&o);
	cj_put(&o, "[");
	cj_put_value(&o, v);
	if (string) {
		cj_put(&o, ",");
		cj_put_str(&o, text);
	}
	cj_put(&o, "]");
	DEMAND(as && o.n == strlen(as) && memcmp(o.p, as, o.n) == 0);
	cj_out_end(&o);
	free(as);
}

/* A client is told what is wrong, and where. */
static void
judge_place(const struct place *p)
{
	json_t *text = json_string(p->text); /* NULL: it is not UTF-8 */

	DEMAND(p->wrong && strlen(p->text) < sizeof(p->text));
	DEMAND(text && strlen(p->sentence) < sizeof(p->sentence));
	json_decref(text);
}

static void
judge_schema(json_t *schema, json_t *payload)
{
	struct place place;

	place_init(&place, "schema");
	if (!schema_ok(schema, &place)) {
		judge_place(&place);
		return;
	}
	place_init(&place, "payload");
	if (!schema_fits(schema, payload, &place))
		judge_place(&place);
	else
		DEMAND(payload && strcmp(place.text, "payload") == 0);
}

/* A schema that is made of a value takes it. */
static void
judge_value(json_t *v)
{
	json_t *schema = json_pack("{s:O,s:[O]}", "const", v, "enum", v);
	struct place place;

	place_init(&place, "payload");
	DEMAND(schema && schema_ok(schema, &place));
	DEMAND(schema_fits(schema, v, &place));
	json_decref(schema);
}

static size_t
slashes(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == '/';
	return n;
}

static void
judge_topic(const char *template, const char *pattern, const char *user,
    const json_t *payload)
{
	char topic[TOPIC_MAX + 1], member[TOPIC_NAME_MAX + 1] = "";

	if (!template_ok(template))
		return;
	switch (
	    topic_make(topic, sizeof topic, template, payload, user, member)) {
	case TOPIC_MADE:
		DEMAND(topic_ok(topic));
		DEMAND(slashes(topic) == slashes(template));
		DEMAND(topic_matches(topic, topic, user));
		DEMAND(!pattern_ok(pattern) ||
		       !topic_matches(topic, pattern, user) ||
		       slashes(pattern) == slashes(topic));
		break;
	case TOPIC_NO_USER:
		DEMAND(!name_ok(user, strlen(user)));
		break;
	case TOPIC_NO_MEMBER:
		DEMAND(name_ok(member, strlen(member)));
		break;
	case TOPIC_TOO_LONG:
		break;
	}
}

/* With a UNIX socket, so that no host is looked up. */
static void
judge_url(const char *url)
{
	struct target t;
	bool of_socket;

	if (target_read(&t, url, "/run/socket", false, &of_socket))
		return;
	DEMAND(of_socket && t.path[0] == '/');
	DEMAND(strncmp(url, "http://", 7) == 0);
	DEMAND(strncmp(url + 7, t.host, strlen(t.host)) == 0);
	for (const char *s = url; *s; s++)
		DEMAND(*s > ' ' && *s < 127);
}

static void
judge_words(const char *a, const char *b)
{
	char name[80];
	struct rate rate;

	if (cj_name(name, sizeof name, "in/", a) == 0)
		DEMAND(topic_ok(name) && strcmp(name + 3, a) == 0);
	if (rate_read(b, &rate))
		DEMAND(rate.burst >= 1 && rate.per_s > 0);
	if (*a && !strpbrk(a, ", \t"))
		DEMAND(cj_word(a, a));
	(void)cj_word(b, a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const cj_limits limits = { .depth = DEPTH, .values = VALUES };
	char *text = malloc(n + 1), *rest = text;
	const char *line[TEXTS];
	json_t *o = NULL;

	DEMAND(text);
	memcpy(text, p, n);
	text[n] = '\0';
	for (int i = 0; i < TEXTS; i++) {
		line[i] = strsep(&rest, "\n");
		if (!line[i])
			line[i] = "";
	}
	if (n <= INPUT_MAX) {
		judge_url(line[3]);
		judge_words(line[2], line[1]);
		if (rest)
			o = cj_parse(rest, n - (size_t)(rest - text), &limits);
		if (rest)
			judge_scan(rest, n - (size_t)(rest - text), o, &limits);
		judge_topic(
		    line[0], line[1], line[2], json_object_get(o, "payload"));
	}
	if (o) {
		judge_message(o, &limits);
		judge_out(o, line[2]);
		judge_value(o);
		judge_schema(json_object_get(o, "schema"),
		    json_object_get(o, "payload"));
	}
	json_decref(o);
	free(text);
	return 0;
}
