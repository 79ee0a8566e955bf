/* SPDX-License-Identifier: MIT
 *
 * jwt_json.c - see jwt_json.h.
 *
 * THREADS, MEMORY: see jwt_json.h.
 */
#include "config.h"

#include "auth/jwt_json.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "auth/jwt.h"
#include "base/buf.h"

/* jansson stops at a depth of 2048 only, by recursion. */
static bool
too_deep(const uint8_t *text, size_t n)
{
	bool in_string = false;
	unsigned depth = 0;

	for (size_t i = 0; i < n; i++) {
		uint8_t c = text[i];

		if (in_string) {
			if (c == '\\')
				i++;
			in_string = c != '"';
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > JWT_DEPTH_MAX)
				return true;
		} else if ((c == '}' || c == ']') && depth-- == 0) {
			return true; /* not JSON */
		}
	}
	return false;
}

bool
jwt_json_no_memory(const json_error_t *e)
{
	/* most allocations fail without a word: then nothing was wrong */
	return json_error_code(e) == json_error_out_of_memory ||
	       json_error_code(e) == json_error_unknown;
}

int
jwt_json_parse(json_t **out, const uint8_t *text, size_t n)
{
	json_error_t e = { 0 }; /* jansson may leave its end as it was */

	*out = NULL;
	if (too_deep(text, n))
		return -EBADMSG;
	*out = json_loadb((const char *)text, n, JSON_REJECT_DUPLICATES, &e);
	if (!*out)
		return jwt_json_no_memory(&e) ? -ENOMEM : -EBADMSG;
	if (json_is_object(*out))
		return 0;
	json_decref(*out);
	*out = NULL;
	return -EBADMSG;
}

/* One segment of a pointer without its escapes; false: too long for a name
 * that anybody would use, or not a pointer. */
static bool
unescape(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] != '~')
			buf_add_char(b, s[i]);
		else if (++i < n && (s[i] == '0' || s[i] == '1'))
			buf_add_char(b, s[i] == '0' ? '~' : '/');
		else
			return false;
	}
	return !buf_failed(b);
}

const json_t *
jwt_json_find(const json_t *json, const char *name)
{
	char storage[256];

	if (*name != '/')
		json = json_object_get(json, name);
	while (*name == '/' && json) {
		struct buf key;
		size_t n = strcspn(++name, "/");

		buf_init(&key, storage, sizeof storage);
		if (!unescape(&key, name, n))
			return NULL;
		json = json_object_get(json, key.data);
		name += n;
	}
	return json_is_null(json) ? NULL : json;
}
