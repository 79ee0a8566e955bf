/* SPDX-License-Identifier: MIT
 *
 * topic.c - names of topics.
 */
#include "topic.h"

#include <stdio.h>
#include <string.h>

#include "router.h"

static const char user_variable[] = "${user}";
static const char member_variable[] = "${payload.";

/* How many of A-Z a-z 0-9 . _ - a text begins with. */
static size_t
name_span(const char *s)
{
	size_t n = 0;

	while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') ||
	       (s[n] >= '0' && s[n] <= '9') || s[n] == '.' || s[n] == '_' ||
	       s[n] == '-')
		n++;
	return n;
}

bool
name_ok(const char *s, size_t n)
{
	return n >= 1 && n <= TOPIC_NAME_MAX && name_span(s) >= n;
}

bool
name_chars(const char *s)
{
	return *s && s[name_span(s)] == '\0';
}

/* Are all the parts between the slashes good? */
static bool
parts_ok(const char *s, bool (*ok)(const char *, size_t))
{
	size_t parts = 0;

	if (strlen(s) > TOPIC_MAX)
		return false;
	for (;;) {
		size_t n = strcspn(s, "/");

		if (!ok(s, n) || ++parts > TOPIC_PARTS_MAX)
			return false;
		if (s[n] == '\0')
			return true;
		s += n + 1;
	}
}

bool
topic_ok(const char *s)
{
	return parts_ok(s, name_ok);
}

/* The length of the variable that a text begins with, 0: there is none. */
static size_t
variable(const char *s)
{
	const size_t n = sizeof(member_variable) - 1;
	size_t name;

	if (strncmp(s, user_variable, sizeof(user_variable) - 1) == 0)
		return sizeof(user_variable) - 1;
	if (strncmp(s, member_variable, n) != 0)
		return 0;
	name = strcspn(s + n, "}");
	return s[n + name] == '}' && name_ok(s + n, name) ? n + name + 1 : 0;
}

static bool
template_part_ok(const char *s, size_t n)
{
	size_t at = 0;

	while (at < n) {
		size_t v = variable(s + at);

		if (v == 0 && !name_ok(s + at, 1))
			return false;
		at += v ? v : 1;
	}
	return n > 0 && at == n;
}

bool
template_ok(const char *s)
{
	return parts_ok(s, template_part_ok);
}

static bool
pattern_part_ok(const char *s, size_t n)
{
	return name_ok(s, n) || (n == 1 && *s == '*') ||
	       (n == sizeof(user_variable) - 1 && variable(s) == n &&
		   s[2] == 'u');
}

bool
pattern_ok(const char *s)
{
	return parts_ok(s, pattern_part_ok);
}

/* The text of a payload's member: a string, or an integer. */
static const char *
member_text(const json_t *payload, const char *name, char number[24])
{
	const json_t *v = json_object_get(payload, name);

	if (!json_is_integer(v))
		return json_string_value(v);
	snprintf(number, 24, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	return number;
}

enum topic_result
topic_make(char *out, size_t size, const char *template, const json_t *payload,
    const char *user, char *member)
{
	size_t len = 0;

	while (*template) {
		const char *text = template;
		size_t v = variable(template), n = 1;
		char number[24];

		if (v && template[2] == 'u') {
			text = user;
			if (!text || !name_ok(text, strlen(text)))
				return TOPIC_NO_USER;
			n = strlen(text);
		} else if (v) {
			size_t name = v - sizeof(member_variable);

			memcpy(member, template + sizeof(member_variable) - 1,
			    name);
			member[name] = '\0';
			text = member_text(payload, member, number);
			if (!text || !name_ok(text, strlen(text)))
				return TOPIC_NO_MEMBER;
			n = strlen(text);
		}
		if (n >= size - len)
			return TOPIC_TOO_LONG;
		memcpy(out + len, text, n);
		len += n;
		template += v ? v : 1;
	}
	out[len] = '\0';
	return topic_ok(out) ? TOPIC_MADE : TOPIC_TOO_LONG;
}

bool
topic_matches(const char *topic, const char *pattern, const char *user)
{
	for (;;) {
		size_t n = strcspn(topic, "/"), m = strcspn(pattern, "/");

		if (*pattern == '$') {
			if (!user || strlen(user) != n ||
			    memcmp(user, topic, n) != 0)
				return false;
		} else if (*pattern != '*' &&
			   (n != m || memcmp(topic, pattern, n) != 0)) {
			return false;
		}
		if (topic[n] != pattern[m])
			return false;
		if (topic[n] == '\0')
			return true;
		topic += n + 1;
		pattern += m + 1;
	}
}
