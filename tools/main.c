/* SPDX-License-Identifier: MIT
 *
 * main.c - cleat: one command, one file per verb.
 *
 * The table of verbs is the usage, and the dispatch. Exit codes are those
 * of enum exit_code; cleat(1) explains them.
 *
 * THREADS: main thread. MEMORY: none.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/wrap.h"
#include "verbs.h"

static const struct verb *const verbs[] = {
	&connect_verb,
	&load_verb,
	&password_verb,
	&publish_verb,
	&token_verb,
};

static void
usage(FILE *f)
{
	fputs("usage: cleat VERB [OPTION]... [ARGUMENT]...\n\n", f);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		fprintf(f, "  %-10s ", verbs[i]->name);
		wrap_print(f, verbs[i]->summary, 13, 13);
	}
	fputs("\n\"cleat VERB --help\" explains a verb.\n", f);
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(name, verbs[i]->name) == 0)
			return verbs[i]->run(argc - 1, argv + 1);
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		usage(stdout);
		return EXIT_FINE;
	}
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
		puts("cleat " PACKAGE_VERSION);
		return EXIT_FINE;
	}
	if (*name)
		fprintf(stderr, "cleat: no verb \"%s\"\n\n", name);
	usage(stderr);
	return EXIT_USAGE;
}
