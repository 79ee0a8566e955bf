/* SPDX-License-Identifier: MIT
 *
 * command_line.c - the command line, read by getopt from the rows of
 * command_line.def.
 */
#include "config.h"

#include "command_line.h"

#include <getopt.h>
#include <string.h>

#include "base/must.h"

struct row {
	char letter;
	const char *name, *argument, *help;
};

/* In the order of enum option_id; the first is OPTION_RUN's. */
static const struct row rows[] = {
	{ .name = "" },
#define OPTION(letter, name, argument, id, help) \
	{ letter, name, argument, help },
#include "command_line.def"
#undef OPTION
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* Long options answer with their id above every letter. */
enum { LONG = 256 };

static void
make_tables(char *letters, struct option *names)
{
	for (int i = 1; i < ROWS; i++) {
		if (rows[i].letter != 0) {
			*letters++ = rows[i].letter;
			if (rows[i].argument != NULL)
				*letters++ = ':';
		}
		*names++ = (struct option){
			.name = rows[i].name,
			.has_arg =
			    rows[i].argument ? required_argument : no_argument,
			.val = LONG + i,
		};
	}
	*letters = '\0';
	*names = (struct option){ 0 };
}

static enum option_id
id_of(int answer)
{
	int i = 1;

	if (answer >= LONG)
		return (enum option_id)(answer - LONG);
	while (i < ROWS && rows[i].letter != answer)
		i++;
	must(i < ROWS); /* getopt gives only what it was given */
	return (enum option_id)i;
}

static int
take(struct command_line *o, enum option_id id, char *argument)
{
	if (id == OPTION_CONFIG) {
		o->config = argument;
	} else if (id == OPTION_LISTEN) {
		if (o->n_listen == COMMAND_LINE_LISTEN_MAX) {
			fprintf(stderr, "cleatd: -l more than %d times\n",
			    COMMAND_LINE_LISTEN_MAX);
			return -1;
		}
		o->listen[o->n_listen++] = argument;
	} else {
		o->action = id;
	}
	return 0;
}

int
command_line_parse(struct command_line *o, int argc, char **argv)
{
	char letters[2 * ROWS + 1];
	struct option names[ROWS];
	int answer;

	*o = (struct command_line){ .config = CLEAT_CONFIG_FILE };
	make_tables(letters, names);
	optind = 1;
	while ((answer = getopt_long(argc, argv, letters, names, NULL)) >= 0)
		if (answer == '?') { /* getopt has said why */
			fputs("See cleatd --help\n", stderr);
			return -1;
		} else if (take(o, id_of(answer), optarg) < 0) {
			return -1;
		}
	if (optind < argc) {
		fprintf(stderr, "cleatd: what is \"%s\"? See cleatd --help\n",
		    argv[optind]);
		return -1;
	}
	return 0;
}

/* Breaks a sentence between words, so that it stands beside its option. */
static void
print_help(FILE *out, const char *text)
{
	enum { INDENT = 26, WIDTH = 78 - INDENT };
	size_t column = 0;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (column > 0 && column + 1 + n > WIDTH) {
			fprintf(out, "\n%*s", INDENT, "");
			column = 0;
		}
		fprintf(out, "%s%.*s", column > 0 ? " " : "", (int)n, text);
		column += n + (column > 0);
		text += n + strspn(text + n, " ");
	}
	fputc('\n', out);
}

void
command_line_help(FILE *out)
{
	fputs("usage: cleatd [OPTION...]\n"
	      "Serves WebSocket connections with handlers written in C.\n\n",
	    out);
	for (int i = 1; i < ROWS; i++) {
		const struct row *r = &rows[i];
		char form[64];

		snprintf(form, sizeof(form), "%c%c%s --%s%s%s",
		    r->letter ? '-' : ' ', r->letter ? r->letter : ' ',
		    r->letter ? "," : " ", r->name, r->argument ? " " : "",
		    r->argument ? r->argument : "");
		fprintf(out, "%-25s ", form);
		print_help(out, r->help);
	}
	fputs("\nThe configuration is " CLEAT_CONFIG_FILE " unless -c is given;"
	      "\nsee cleatd(8) and cleat.conf(5).\n",
	    out);
}

void
command_line_man(FILE *out)
{
	for (int i = 1; i < ROWS; i++) {
		const struct row *r = &rows[i];

		fputs(".It", out);
		if (r->letter != 0)
			fprintf(out, " Fl %c ,", r->letter);
		fprintf(out, " Fl \\-%s", r->name);
		if (r->argument != NULL)
			fprintf(out, " Ar %s", r->argument);
		fprintf(out, "\n%s\n", r->help);
	}
}
