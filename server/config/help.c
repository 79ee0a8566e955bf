/* SPDX-License-Identifier: MIT
 *
 * help.c - the table of keys for people: on the terminal and as man markup.
 * Both walk over the same sections and rows; only the dress differs.
 */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "base/wrap.h"
#include "config/config.h"
#include "config/key.h"

enum { INDENT = 6 };

/* How a section is written in the file, and its title. */
static const struct {
	const char *title;
	enum key_group group;
} chapters[] = {
	{ "The file itself", GROUP_TOP },
	{ "listen = ( { } )", GROUP_LISTEN },
	{ "tls: { } of a listener, or tls = ( { } )", GROUP_TLS },
	{ "http: { }", GROUP_HTTP },
	{ "plugins: { }", GROUP_PLUGINS },
	{ "status: { }", GROUP_STATUS },
	{ "log: { }", GROUP_LOG },
	{ "sandbox: { }", GROUP_SANDBOX },
	{ "topics: { }", GROUP_TOPICS },
	{ "routes = ( { } )", GROUP_ROUTE },
	{ "defaults: { } and each route", GROUP_LIMIT },
	{ "auth: { } of defaults or of a route", GROUP_AUTH },
	{ "jwt: { } of auth", GROUP_JWT },
};
enum { CHAPTERS = sizeof(chapters) / sizeof(chapters[0]) };

/* What a value may be: "a whole number, from 1 to 64; default 4". */
static const char *
facts_text(char *buf, size_t size, const struct key *k)
{
	char words[128], min[32], max[32], bounds[96] = "";

	if (k->words != NULL)
		key_words(words, sizeof(words), k);
	key_bound(min, sizeof(min), k, k->min);
	key_bound(max, sizeof(max), k, k->max);
	if (k->max > 0)
		snprintf(bounds, sizeof(bounds), ", %sfrom %s to %s",
		    k->off ? "0 or " : "", min, max);
	snprintf(buf, size, "%s%s%s%s",
	    k->words != NULL ? words : key_type_text(k->type), bounds,
	    k->initial != NULL ? "; default " : "",
	    k->initial != NULL ? k->initial : "");
	return buf;
}

void
config_help(FILE *out)
{
	char facts[256];
	int at;

	for (size_t i = 0; i < CHAPTERS; i++) {
		fprintf(out, "%s%s\n", i > 0 ? "\n" : "", chapters[i].title);
		for (const struct key *k = keys; k < keys + keys_count; k++) {
			if (k->group != chapters[i].group)
				continue;
			fputc('\n', out);
			at = fprintf(out, "  %s: ", k->name);
			wrap_print(out, facts_text(facts, sizeof(facts), k),
			    (size_t)at, INDENT + 2);
			fprintf(out, "%*s", INDENT, "");
			wrap_print(out, k->help, INDENT, INDENT);
		}
	}
}

/* Text that roff takes as it is, without escapes or requests; it wants each
 * sentence on a line of its own. */
static void
print_roff(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", out);
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\\')
			fputs("\\e", out);
		else if (*p == '-')
			fputs("\\-", out);
		else if (*p == ' ' && p > text && p[-1] == '.')
			fputc('\n', out);
		else
			fputc(*p, out);
	}
	fputc('\n', out);
}

void
config_man(FILE *out)
{
	char facts[256];

	for (size_t i = 0; i < CHAPTERS; i++) {
		fputs(".Ss ", out);
		print_roff(out, chapters[i].title);
		fputs(".Bl -tag -width Ds\n", out);
		for (const struct key *k = keys; k < keys + keys_count; k++) {
			if (k->group != chapters[i].group)
				continue;
			fprintf(out, ".It Cm %s\n", k->name);
			print_roff(out, k->help);
			fputs(".br\n", out);
			print_roff(out, facts_text(facts, sizeof(facts), k));
		}
		fputs(".El\n", out);
	}
}
