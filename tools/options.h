/* SPDX-License-Identifier: MIT
 *
 * options.h - the options of a verb as rows of a table.
 *
 * One row says an option's letter, name, argument, bounds, where its value
 * goes and what it does. options_parse() and --help read the rows; a test
 * holds the man page against what --help prints. It deliberately knows no
 * default: that is what the caller's struct holds before the call.
 *
 * THREADS: main thread. MEMORY: values of kind TEXT and TEXTS borrow from
 * argv; nothing is allocated.
 */
#ifndef CLEAT_TOOLS_OPTIONS_H
#define CLEAT_TOOLS_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#define OPTIONS_TEXTS_MAX 64
#define OPTIONS_SIZES_MAX 16
#define OPTIONS_ROWS_MAX  48
#define OPTIONS_SECONDS	  UINT64_C(1000000000) /* a bound of kind SECONDS */

/* The kind says what the row's offset points at. */
enum option_kind {
	OPTION_FLAG,	/* bool */
	OPTION_NUMBER,	/* uint64_t; K and M multiply by 1024 and 1024^2 */
	OPTION_NUMBERS, /* struct option_numbers: a list with commas */
	OPTION_SECONDS, /* uint64_t, nanoseconds; "0.5" is half a second */
	OPTION_CHOICE,	/* unsigned: which of the words of `arg`, from 0 */
	OPTION_TEXT,	/* const char * */
	OPTION_TEXTS,	/* struct option_texts: the option may be repeated */
};

struct option_texts {
	const char *text[OPTIONS_TEXTS_MAX];
	size_t count;
};

struct option_numbers {
	uint64_t number[OPTIONS_SIZES_MAX];
	size_t count;
};

struct option_row {
	char letter; /* 0: has none */
	const char *name;
	const char *arg; /* as --help shows it; CHOICE: "this|that" */
	enum option_kind kind;
	size_t offset;
	uint64_t min, max; /* NUMBER, NUMBERS and SECONDS */
	const char *help;
};

/* A verb of the command: what its usage says and what it accepts. */
struct verb {
	const char *name;
	const char *arguments;
	const char *summary;
	const struct option_row *rows;
	size_t row_count;
	int (*run)(int argc, char **argv);
};

/* Exit codes; cleat(1) explains them. */
enum exit_code {
	EXIT_FINE = 0,
	EXIT_FAILED = 1,
	EXIT_REFUSED = 2,
	EXIT_TOO_FEW = 3,
	EXIT_USAGE = 64,
};

#define OPTIONS_BAD  (-1) /* said why on standard error */
#define OPTIONS_HELP 0	  /* printed the help */

/* Reads argv[1...] into `into`. Returns the index in argv of the first
 * argument that is no option (argc where there is none), OPTIONS_BAD or
 * OPTIONS_HELP. */
int options_parse(const struct verb *v, void *into, int argc, char **argv)
    __attribute__((warn_unused_result));

/* The verb's --help on standard output. */
void options_help(const struct verb *v);

#endif
