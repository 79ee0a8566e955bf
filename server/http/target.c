/* SPDX-License-Identifier: MIT
 *
 * target.c - see target.h.
 */
#include "config.h"

#include "http/target.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"

/* Bytes that no URI contains unescaped. */
static bool
must_be_escaped(unsigned char c)
{
	return c <= ' ' || c >= 0x7f || strchr("\"#<>\\^`{|}", c) != NULL;
}

static enum refusal
decode(const char *raw, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++) {
		int high, low, c;

		if (raw[i] != '%') {
			*out++ = raw[i];
			continue;
		}
		/* a NUL ends the second look, so this stays inside */
		high = hex_value(raw[i + 1]);
		low = high < 0 ? -1 : hex_value(raw[i + 2]);
		if (low < 0)
			return REFUSAL_TARGET_ESCAPE;
		c = high * 16 + low;
		if (c < ' ' || c == 0x7f || c == '/' || c == '\\')
			return REFUSAL_TARGET_HIDDEN;
		*out++ = (char)c;
		i += 2;
	}
	*out = '\0';
	return REFUSAL_NONE;
}

static bool
has_dot_segment(const char *path)
{
	for (const char *s = path; s; s = strchr(s + 1, '/')) {
		size_t n = strcspn(s + 1, "/");

		if ((n == 1 && s[1] == '.') ||
		    (n == 2 && s[1] == '.' && s[2] == '.'))
			return true;
	}
	return false;
}

enum refusal
target_read(struct target *t, const char *raw, char *path)
{
	enum refusal r;

	*t = (struct target){ .raw = raw, .path = path };
	if (raw[0] != '/')
		return REFUSAL_TARGET_FORM;
	for (const char *c = raw; *c; c++)
		if (must_be_escaped((unsigned char)*c))
			return REFUSAL_TARGET_BYTE;
	t->raw_path = strcspn(raw, "?");
	if (raw[t->raw_path] == '?')
		t->query = raw + t->raw_path + 1;
	r = decode(raw, t->raw_path, path);
	if (r == REFUSAL_NONE && has_dot_segment(path))
		return REFUSAL_TARGET_DOTS;
	return r;
}

bool
target_is_hidden(const char *path)
{
	return strstr(path, "/.") != NULL;
}

char *
target_with_slash(const struct target *t)
{
	const char *name = memrchr(t->raw, '/', t->raw_path);
	char *where;

	name = name ? name + 1 : t->raw;
	if (asprintf(&where, "./%.*s/%s%s",
		(int)(t->raw_path - (size_t)(name - t->raw)), name,
		t->query ? "?" : "", t->query ? t->query : "") < 0)
		return NULL;
	return where;
}
