/* SPDX-License-Identifier: MIT
 *
 * condition.c - see condition.h.
 */
#include "config.h"

#include "http/condition.h"

#include <sys/stat.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "http/head.h"

void
date_write(char out[DATE_SIZE], time_t t)
{
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(out, DATE_SIZE, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

bool
date_read(const char *s, time_t *t)
{
	static const char *const forms[] = {
		"%a, %d %b %Y %H:%M:%S GMT",
		"%A, %d-%b-%y %H:%M:%S GMT",
		"%a %b %e %H:%M:%S %Y",
	};

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct tm tm = { 0 };
		const char *end = strptime(s, forms[i], &tm);

		if (end && *end == '\0') {
			*t = timegm(&tm);
			return true;
		}
	}
	return false;
}

void
validators_make(struct validators *v, const struct stat *st, const char *tag)
{
	unsigned long long ns =
	    (unsigned long long)st->st_mtim.tv_sec * 1000000000ull +
	    (unsigned long long)st->st_mtim.tv_nsec;

	snprintf(v->etag, sizeof v->etag, "\"%llx-%llx%s\"", ns,
	    (unsigned long long)st->st_size, tag);
	v->modified = st->st_mtim.tv_sec;
	date_write(v->date, v->modified);
}

/* Reads the tag at *s, moves behind it and the comma; false at the end of
 * the list, or where it is no list of tags. */
static bool
next_tag(const char **s, bool *weak, const char **tag, size_t *len)
{
	const char *end;

	*s += strspn(*s, ", \t");
	*weak = strncmp(*s, "W/", 2) == 0;
	if (*weak)
		*s += 2;
	if (**s != '"' || !(end = strchr(*s + 1, '"')))
		return false;
	*tag = *s;
	*len = (size_t)(end + 1 - *s);
	*s = end + 1;
	return true;
}

/* Is the tag in the list? "*" names any. A weak tag equals ours only where
 * a weak comparison will do. */
static bool
names(const char *list, const char *etag, bool weakly)
{
	const char *tag;
	size_t len;
	bool weak;

	if (strcmp(list, "*") == 0)
		return true;
	while (next_tag(&list, &weak, &tag, &len))
		if ((weakly || !weak) && len == strlen(etag) &&
		    memcmp(tag, etag, len) == 0)
			return true;
	return false;
}

enum condition
condition_judge(const struct head *h, const struct validators *v)
{
	const char *match = h->value[HEAD_IF_MATCH];
	const char *none = h->value[HEAD_IF_NONE_MATCH];
	const char *unmodified = h->value[HEAD_IF_UNMODIFIED_SINCE];
	const char *since = h->value[HEAD_IF_MODIFIED_SINCE];
	time_t t;

	if (match && !names(match, v->etag, false))
		return CONDITION_FAILED;
	if (!match && unmodified && date_read(unmodified, &t) &&
	    v->modified > t)
		return CONDITION_FAILED;
	if (none && names(none, v->etag, true))
		return CONDITION_NOT_MODIFIED;
	if (!none && since && date_read(since, &t) && v->modified <= t)
		return CONDITION_NOT_MODIFIED;
	return CONDITION_HOLDS;
}

/* A date identifies a content only when the file cannot have changed again
 * within the same second. */
static bool
date_is_strong(time_t t)
{
	return (time_t)(clock_wall_ms() / 1000) > t + 1;
}

bool
condition_allows_range(const struct head *h, const struct validators *v)
{
	const char *s = h->value[HEAD_IF_RANGE];
	time_t t;

	if (!s)
		return true;
	if (s[0] == '"' || s[0] == 'W')
		return strcmp(s, v->etag) == 0;
	return date_read(s, &t) && t == v->modified && date_is_strong(t);
}
