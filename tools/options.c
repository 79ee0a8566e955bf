/* SPDX-License-Identifier: MIT
 *
 * options.c - rows of options, read by getopt_long and by --help.
 *
 * getopt's tables are built from the rows for each call, on the stack and
 * bounded by OPTIONS_ROWS_MAX. A value out of its bounds is refused with a
 * sentence that names the option and the bounds.
 *
 * THREADS: main thread (getopt has globals). MEMORY: none allocated.
 */
#include "config.h"

#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/wrap.h"

#define HELP_COLUMN 31
#define CODE_HELP   'h'
#define CODE_ROW    256 /* getopt's value for a row is this plus its index */

static bool
number_read(const char *s, char **end, uint64_t *out)
{
	uint64_t unit = 1;

	if (!isdigit((unsigned char)s[0]))
		return false;
	errno = 0;
	unsigned long long n = strtoull(s, end, 10);
	if (**end == 'K')
		unit = 1024;
	else if (**end == 'M')
		unit = 1024 * 1024;
	if (unit > 1)
		(*end)++;
	return errno == 0 && !__builtin_mul_overflow(n, unit, out);
}

static bool
seconds_read(const char *s, uint64_t *ns)
{
	char *end;

	if (!isdigit((unsigned char)s[0]) && s[0] != '.')
		return false;
	double v = strtod(s, &end);
	if (*end || end == s || !isfinite(v) || v > 1e9)
		return false;
	*ns = (uint64_t)(v * 1e9 + 0.5);
	return true;
}

static bool
within(const struct option_row *r, uint64_t v)
{
	return v >= r->min && v <= r->max;
}

static bool
numbers_read(
    const struct option_row *r, struct option_numbers *list, const char *s)
{
	char *end;

	for (list->count = 0; list->count < OPTIONS_SIZES_MAX; s = end + 1) {
		uint64_t *v = &list->number[list->count];

		if (!number_read(s, &end, v) || !within(r, *v))
			return false;
		list->count++;
		if (*end == '\0')
			return true;
		if (*end != ',')
			return false;
	}
	return false;
}

static bool
choice_read(const char *words, const char *s, unsigned *out)
{
	size_t len = strlen(s);

	for (unsigned i = 0; words; i++) {
		size_t n = strcspn(words, "|");

		if (n == len && memcmp(words, s, n) == 0) {
			*out = i;
			return true;
		}
		words = words[n] ? words + n + 1 : NULL;
	}
	return false;
}

static bool
texts_add(struct option_texts *list, const char *s)
{
	if (list->count == OPTIONS_TEXTS_MAX)
		return false;
	list->text[list->count++] = s;
	return true;
}

/* Stores one value; false where the row does not admit it. */
static bool
row_store(const struct option_row *r, void *into, const char *s)
{
	void *at = (char *)into + r->offset;
	char *end;

	switch (r->kind) {
	case OPTION_FLAG:
		*(bool *)at = true;
		return true;
	case OPTION_NUMBER:
		return number_read(s, &end, at) && *end == '\0' &&
		       within(r, *(uint64_t *)at);
	case OPTION_NUMBERS:
		return numbers_read(r, at, s);
	case OPTION_SECONDS:
		return seconds_read(s, at) && within(r, *(uint64_t *)at);
	case OPTION_CHOICE:
		return choice_read(r->arg, s, at);
	case OPTION_TEXT:
		*(const char **)at = s;
		return true;
	case OPTION_TEXTS:
		return texts_add(at, s);
	}
	must(!"a row of a known kind");
	return false;
}

static void
refuse(const struct verb *v, const struct option_row *r, const char *s)
{
	fprintf(stderr, "cleat %s: --%s: \"%s\" is not ", v->name, r->name, s);
	if (r->kind == OPTION_CHOICE)
		fprintf(stderr, "one of %s\n", r->arg);
	else if (r->kind == OPTION_TEXTS)
		fprintf(stderr, "accepted: at most %d of them\n",
		    OPTIONS_TEXTS_MAX);
	else if (r->kind == OPTION_SECONDS)
		fprintf(stderr, "a number of seconds from %g to %g\n",
		    (double)r->min / 1e9, (double)r->max / 1e9);
	else
		fprintf(stderr, "%s from %llu to %llu\n",
		    r->kind == OPTION_NUMBERS ? "a list of numbers"
					      : "a number",
		    (unsigned long long)r->min, (unsigned long long)r->max);
}

/* An option in the left column, what it does in the right one. */
static void
put_row(const char *left, const char *help)
{
	int n = printf("  %-28s ", left);

	wrap_print(stdout, help, n > 0 ? (size_t)n : 0, HELP_COLUMN);
}

void
options_help(const struct verb *v)
{
	printf("usage: cleat %s [OPTION]... %s\n", v->name, v->arguments);
	wrap_print(stdout, v->summary, 0, 0);
	putchar('\n');
	for (size_t i = 0; i < v->row_count; i++) {
		const struct option_row *r = &v->rows[i];
		char left[64];
		int n = 0;

		if (r->letter)
			n = snprintf(left, sizeof(left), "-%c, ", r->letter);
		snprintf(left + n, sizeof(left) - (size_t)n, "--%s%s%s",
		    r->name, r->arg ? " " : "", r->arg ? r->arg : "");
		put_row(left, r->help);
	}
	put_row("-h, --help", "print this and exit");
}

/* Fills getopt's two tables; `brief` takes three bytes a row and four. */
static void
getopt_tables(const struct verb *v, struct option *full, char *brief)
{
	*brief++ = '+'; /* options end where the arguments begin */
	*brief++ = CODE_HELP;
	for (size_t i = 0; i < v->row_count; i++) {
		const struct option_row *r = &v->rows[i];
		bool has_arg = r->kind != OPTION_FLAG;

		full[i] = (struct option){ r->name,
			has_arg ? required_argument : no_argument, NULL,
			CODE_ROW + (int)i };
		if (r->letter)
			*brief++ = r->letter;
		if (r->letter && has_arg)
			*brief++ = ':';
	}
	*brief = '\0';
	full[v->row_count] =
	    (struct option){ "help", no_argument, NULL, CODE_HELP };
	full[v->row_count + 1] = (struct option){ NULL, 0, NULL, 0 };
}

static const struct option_row *
row_find(const struct verb *v, int code)
{
	if (code >= CODE_ROW)
		return &v->rows[code - CODE_ROW];
	for (size_t i = 0; i < v->row_count; i++)
		if (v->rows[i].letter == code)
			return &v->rows[i];
	return NULL;
}

int
options_parse(const struct verb *v, void *into, int argc, char **argv)
{
	struct option full[OPTIONS_ROWS_MAX + 2];
	char brief[2 * OPTIONS_ROWS_MAX + 4];
	int code;

	must(v->row_count <= OPTIONS_ROWS_MAX);
	getopt_tables(v, full, brief);
	optind = 0; /* glibc: start afresh */
	while ((code = getopt_long(argc, argv, brief, full, NULL)) != -1) {
		if (code == CODE_HELP) {
			options_help(v);
			return OPTIONS_HELP;
		}
		const struct option_row *r = row_find(v, code);
		if (!r) { /* getopt has said why */
			fprintf(stderr, "See cleat %s --help\n", v->name);
			return OPTIONS_BAD;
		}
		if (!row_store(r, into, optarg)) {
			refuse(v, r, optarg);
			return OPTIONS_BAD;
		}
	}
	return optind;
}
