/* SPDX-License-Identifier: MIT
 *
 * gen-man.c - manual pages from their templates: @KEYS@ becomes the keys of
 * the configuration as the parser knows them, @OPTIONS@ those of the command
 * line, @METRICS@ the rows that /metrics is made of, @...DIR@ the folders of
 * this build. Runs while building, is not installed.
 *
 *     gen-man TEMPLATE > cleat.conf.5
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "command_line.h"

static void
put_metric(const char *name, const char *type, const char *help)
{
	printf(".It Li %s\n%s:\n%s\n", name, type, help);
}

static void
put_metrics(void)
{
#define METRIC(id, name, type, help) put_metric(name, type, help);
#include "host/metrics.def"
#define COUNTER(member, name, type, help) put_metric(name, type, help);
#define FAMILY(NAME, name, type, help)	  put_metric(name, type, help);
#include "http/counters.def"
}

/* Writes a line, with the folders of the installation in their place. */
static void
put_line(const char *line)
{
	static const struct {
		const char *mark, *text;
	} marks[] = {
		{ "@CONFDIR@", CONFDIR },
		{ "@DOCDIR@", DOCDIR },
		{ "@PLUGINDIR@", PLUGINDIR },
	};

	while (*line != '\0') {
		size_t i = 0, n = sizeof(marks) / sizeof(marks[0]);
		while (i < n &&
		       strncmp(line, marks[i].mark, strlen(marks[i].mark)) != 0)
			i++;
		if (i == n) {
			putchar(*line++);
			continue;
		}
		fputs(marks[i].text, stdout);
		line += strlen(marks[i].mark);
	}
}

int
main(int argc, char **argv)
{
	FILE *in = argc == 2 ? fopen(argv[1], "r") : NULL;
	char line[512];

	if (in == NULL) {
		fputs("usage: gen-man TEMPLATE\n", stderr);
		return EXIT_FAILURE;
	}
	while (fgets(line, sizeof(line), in) != NULL) {
		if (strcmp(line, "@KEYS@\n") == 0)
			config_man(stdout);
		else if (strcmp(line, "@OPTIONS@\n") == 0)
			command_line_man(stdout);
		else if (strcmp(line, "@METRICS@\n") == 0)
			put_metrics();
		else
			put_line(line);
	}
	int failed = ferror(in);
	fclose(in);
	if (failed || fflush(stdout) != 0) {
		perror("gen-man");
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
