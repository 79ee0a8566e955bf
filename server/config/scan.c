/* SPDX-License-Identifier: MIT
 *
 * scan.c - the tokens of libconfig 1.5, as far as they can do harm.
 *
 * It must see a string, a comment or an @include exactly where libconfig's
 * scanner.l does; the rules are repeated beside each function. A file that
 * ends inside a string or a comment is refused, since libconfig would go on
 * in the file that included it.
 */
#include <config.h>

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/quantity.h"
#include "config/scan.h"
#include "config/tree.h"

/* Shared by a file and those it includes. */
struct scan {
	const char *dir;
	struct conf_error *err;
	size_t bytes;
	int depth;    /* of brackets, across files as libconfig counts */
	int includes; /* that are open */
};

struct text {
	struct scan *scan;
	const char *file;
	const char *p; /* ends in a zero byte */
	int line;
	bool fresh; /* at the start of a line */
};

#define REFUSE(t, id, ...)                                 \
	conf_fail_at((t)->scan->err, (t)->file, (t)->line, \
	    id __VA_OPT__(, ) __VA_ARGS__)

static int scan_text(struct text *);

/* Steps over one character. */
static void
step(struct text *t)
{
	t->fresh = *t->p == '\n';
	t->line += t->fresh;
	t->p++;
}

static void
step_over(struct text *t, size_t n)
{
	while (n-- > 0)
		step(t);
}

/* The whole text of a regular file, at most `max` bytes, with a newline
 * added: libconfig wants one behind a comment. NULL and errno: EINVAL is no
 * regular file, EFBIG is too much. */
static char *
read_regular(const char *file, size_t max, size_t *len)
{
	struct stat st;
	char *text = NULL;
	int error = 0;
	int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) < 0)
		error = errno;
	else if (!S_ISREG(st.st_mode))
		error = EINVAL;
	else if ((uint64_t)st.st_size > max)
		error = EFBIG;
	else if ((text = malloc((size_t)st.st_size + 2)) == NULL)
		error = ENOMEM;
	for (*len = 0; error == 0 && *len < (size_t)st.st_size;) {
		ssize_t n = read(fd, text + *len, (size_t)st.st_size - *len);
		if (n < 0 && errno != EINTR)
			error = errno;
		if (n == 0)
			break;
		if (n > 0)
			*len += (size_t)n;
	}
	close(fd);
	if (error != 0) {
		free(text);
		errno = error;
		return NULL;
	}
	memcpy(text + *len, "\n", 2);
	return text;
}

/* Reads and walks over `file`, which `t` names or, at first, is. */
static char *
scan_open(const struct text *t, const char *file)
{
	struct scan *s = t->scan;
	char *text, size[32];
	size_t len;

	text = read_regular(file, CONF_MAX_BYTES - s->bytes, &len);
	if (text == NULL && errno == EINVAL)
		REFUSE(t, NOT_FILE, file);
	else if (text == NULL && errno == EFBIG)
		REFUSE(t, BYTES,
		    quantity_print(
			size, sizeof(size), QUANTITY_SIZE, CONF_MAX_BYTES));
	else if (text == NULL)
		REFUSE(t, READ, file, strerror(errno));
	if (text == NULL)
		return NULL;
	s->bytes += len;
	struct text in = { s, file, text, 1, true };
	bool zero = memchr(text, '\0', len) != NULL;
	if (!zero && scan_text(&in) == 0)
		return text;
	if (zero) {
		step_over(&in, strlen(text));
		REFUSE(&in, ZERO_BYTE);
	}
	free(text);
	return NULL;
}

static int
scan_include(struct text *t, const char *name)
{
	struct scan *s = t->scan;
	char *file, *text, max[16];

	snprintf(max, sizeof(max), "%d", CONF_MAX_INCLUDES);
	if (s->includes == CONF_MAX_INCLUDES)
		return REFUSE(t, INCLUDES, max);
	if (asprintf(&file, "%s%s", s->dir, name) < 0)
		return REFUSE(t, READ, name, strerror(ENOMEM));
	s->includes++;
	text = scan_open(t, file);
	s->includes--;
	int r = text == NULL ? -1 : 0;
	free(text);
	free(file);
	return r;
}

/* ^[ \t]*@include[ \t]+\"  then all up to the quote, \\ and \" being
 * escapes. 1: there is no such thing here. */
static int
take_include(struct text *t)
{
	char name[PATH_MAX];
	size_t blanks = strspn(t->p, " \t"), n = 0;
	const char *p = t->p + blanks;

	if (!t->fresh || strncmp(p, "@include", 8) != 0)
		return 1;
	p += 8;
	blanks = strspn(p, " \t");
	if (blanks == 0 || p[blanks] != '"')
		return 1;
	step_over(t, (size_t)(p + blanks + 1 - t->p));
	while (*t->p != '"') {
		if (*t->p == '\\' && (t->p[1] == '\\' || t->p[1] == '"'))
			step(t);
		if (*t->p == '\0' || n == sizeof(name) - 1)
			return REFUSE(t, SYNTAX);
		name[n++] = *t->p;
		step(t);
	}
	step(t);
	name[n] = '\0';
	return scan_include(t, name);
}

/* \"  up to the next that has no backslash before it. */
static int
take_string(struct text *t)
{
	const struct text start = *t;

	for (step(t); *t->p != '"'; step(t)) {
		if (strncmp(t->p, "\\x00", 4) == 0)
			return REFUSE(t, ESCAPE);
		if (*t->p == '\\')
			step(t);
		if (*t->p == '\0')
			return REFUSE(&start, SYNTAX);
	}
	step(t);
	return 0;
}

/* (#|\/\/).*$  and  \/\* up to \*\/  */
static int
take_comment(struct text *t)
{
	const struct text start = *t;

	if (t->p[0] == '#' || t->p[1] == '/') {
		step_over(t, strcspn(t->p, "\n"));
		return 0;
	}
	const char *end = strstr(t->p + 2, "*/");
	if (end == NULL)
		return REFUSE(&start, SYNTAX);
	step_over(t, (size_t)(end + 2 - t->p));
	return 0;
}

/* [-+]?[0-9]+ or 0[Xx][0-9A-Fa-f]+, either with L or LL behind it. Floats
 * are stepped over, and so is a sign that is no number. */
static int
take_number(struct text *t)
{
	static const char digits[] = "0123456789";
	size_t sign = *t->p == '-' || *t->p == '+';
	bool hex = sign == 0 && t->p[0] == '0' && (t->p[1] | 0x20) == 'x';
	size_t n = sign;
	char word[48];

	if (hex)
		n = 2 + strspn(t->p + 2, "0123456789abcdefABCDEF");
	else
		n += strspn(t->p + n, digits);
	if (!hex && (t->p[n] == '.' || (t->p[n] | 0x20) == 'e')) {
		n += 1 + strspn(t->p + n + 1, digits);
		step_over(t, n);
		return 0;
	}
	if (n == sign) {
		step(t);
		return 0;
	}
	snprintf(word, sizeof(word), "%.*s", (int)(n < 40 ? n : 40), t->p);
	errno = 0;
	long long v = strtoll(word, NULL, hex ? 16 : 10);
	if (errno == ERANGE || n > 40)
		return REFUSE(t, INT64, word);
	if (t->p[n] != 'L' && (v < INT32_MIN || v > INT32_MAX))
		return REFUSE(t, INT32, word, word);
	step_over(t, n + strspn(t->p + n, "L"));
	return 0;
}

static int
take_bracket(struct text *t)
{
	char max[16];

	snprintf(max, sizeof(max), "%d", CONF_MAX_DEPTH);
	t->scan->depth += strchr("([{", *t->p) != NULL ? 1 : -1;
	if (t->scan->depth > CONF_MAX_DEPTH)
		return REFUSE(t, DEPTH, max);
	step(t);
	return 0;
}

/* One token, or one character that can do no harm. */
static int
take_token(struct text *t)
{
	unsigned char c = (unsigned char)*t->p;
	int r = take_include(t);

	if (r <= 0)
		return r;
	if (c == '"')
		return take_string(t);
	if (c == '#' || (c == '/' && (t->p[1] == '/' || t->p[1] == '*')))
		return take_comment(t);
	if (strchr("()[]{}", c) != NULL)
		return take_bracket(t);
	if (strchr("-+.0123456789", c) != NULL)
		return take_number(t);
	/* [A-Za-z\*][-A-Za-z0-9_\*]*  holds digits that are no number. */
	size_t n =
	    strspn(t->p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789*-_");
	step_over(t, n > 0 ? n : 1);
	return 0;
}

static int
scan_text(struct text *t)
{
	int r = 0;

	while (r == 0 && *t->p != '\0')
		r = take_token(t);
	return r;
}

char *
scan_file(const char *file, const char *dir, struct conf_error *err)
{
	struct scan s = { .dir = dir, .err = err };
	const struct text whole = { .scan = &s, .file = file };

	return scan_open(&whole, file);
}
