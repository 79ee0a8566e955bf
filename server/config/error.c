/* SPDX-License-Identifier: MIT
 *
 * error.c - the one place that writes FILE:LINE: messages, and the guess
 * behind "did you mean".
 *
 * The arguments of a message are strings only, so the table needs no
 * printf, and a row with too few arguments is caught by must() instead of
 * reading garbage.
 */
#include <config.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "config/error.h"

static const char *const messages[] = {
#define MESSAGE(id, text) [CONF_E_##id] = text,
#include "config/errors.def"
#undef MESSAGE
};

/* A line under construction; what does not fit is cut, visibly. */
struct line {
	char *text;
	size_t len, size;
};

static void
append(struct line *l, const char *s, size_t n)
{
	for (; n > 0; s++, n--) {
		if (l->len + 1 == l->size) {
			memcpy(l->text + l->size - 4, "...", 4);
			return;
		}
		/* The configuration's own text must not break the line. */
		unsigned char c = (unsigned char)*s;
		l->text[l->len++] = c < ' ' || c == 0x7f ? '?' : *s;
		l->text[l->len] = '\0';
	}
}

int
conf_fail_args(struct conf_error *err, const char *file, int line,
    enum conf_message id, const char *const *args)
{
	struct line out = { .text = err->text, .size = sizeof(err->text) };
	char number[16];

	err->message = id;
	err->text[0] = '\0';
	if (file != NULL) {
		append(&out, file, strlen(file));
		snprintf(number, sizeof(number), ":%d", line);
		if (line > 0)
			append(&out, number, strlen(number));
		append(&out, ": ", 2);
	}
	const char *s = messages[id];
	for (const char *mark; (mark = strstr(s, "%s")) != NULL; s = mark + 2) {
		append(&out, s, (size_t)(mark - s));
		must(*args != NULL);
		append(&out, *args, strlen(*args));
		args++;
	}
	append(&out, s, strlen(s));
	must(*args == NULL);
	return -1;
}

enum { WORD_MAX = 32 };

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Edit distance of two words with neighbours swapped as one edit, capped:
 * words that are too long to be keys are far from everything. */
static unsigned
distance(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);
	unsigned d[WORD_MAX + 1][WORD_MAX + 1];

	if (na > WORD_MAX || nb > WORD_MAX)
		return UINT32_MAX;
	for (size_t i = 0; i <= na; i++)
		d[i][0] = (unsigned)i;
	for (size_t j = 0; j <= nb; j++)
		d[0][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		for (size_t j = 1; j <= nb; j++) {
			unsigned swap = a[i - 1] != b[j - 1];
			d[i][j] = least(d[i - 1][j - 1] + swap,
			    least(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[na][nb];
}

const char *
conf_suggest(char *buf, size_t size, const char *word, const char *const *known,
    size_t n)
{
	/* A third of the word may be wrong; more is a guess about nothing. */
	unsigned best = (least((unsigned)strlen(word), WORD_MAX) + 1) / 3;
	const char *found = NULL;

	for (size_t i = 0; i < n; i++) {
		unsigned far = distance(word, known[i]);
		if (far == 0)
			return ""; /* known in another place: no misspelling */
		if (far <= best && (found == NULL || far < best)) {
			best = far;
			found = known[i];
		}
	}
	if (found == NULL)
		return "";
	snprintf(buf, size, " (did you mean \"%s\"?)", found);
	return buf;
}
