/* SPDX-License-Identifier: MIT
 *
 * token.c - `cleat token`: a fresh token, and its line for the file of them.
 *
 * THREADS: main thread. MEMORY: none.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "auth/digest.h"
#include "auth/token_file.h"
#include "trial_file.h"
#include "verbs.h"

#define AT(field) offsetof(struct token_options, field)

struct token_options {
	const char *until;
};

static const struct option_row rows[] = {
	{ 'u', "until", "TIME", OPTION_TEXT, AT(until), 0, 0,
	    "when it ends: 2027-01-31, or 2027-01-31T18:00:00Z (default: "
	    "never)" },
};

const struct verb token_verb = { "token", "NAME [ATTRIBUTE=VALUE]...",
	"Make a token, and its line for the server's file of tokens.", rows,
	sizeof(rows) / sizeof(rows[0]), token_main };

/* What scanners for secrets that have leaked can look for. */
static const char prefix[] = "cleat_";

enum { TOKEN_SIZE = sizeof(prefix) + DIGEST_HEX_LEN };

static int
failed(const char *why, int code)
{
	fprintf(stderr, "cleat token: %s\n", why);
	return code;
}

/* 256 bits that nobody can guess. */
static int
make_token(char token[TOKEN_SIZE])
{
	uint8_t bytes[DIGEST_LEN];
	char hex[DIGEST_HEX_LEN + 1];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -errno;
	digest_write(bytes, hex);
	snprintf(token, TOKEN_SIZE, "%s%s", prefix, hex);
	return 0;
}

/* 0, or what became of it. */
static int
make_line(
    char *line, size_t size, const char *token, const char *until, char **words)
{
	uint8_t digest[DIGEST_LEN];
	char hex[DIGEST_HEX_LEN + 1];
	size_t n;

	if (!digest_make(digest, token, strlen(token)))
		return -ENOMEM;
	digest_write(digest, hex);
	n = (size_t)snprintf(line, size, "%s %s", *words++, hex);
	if (until && n < size)
		n += (size_t)snprintf(line + n, size - n, " until=%s", until);
	for (; *words && n < size; words++)
		n += (size_t)snprintf(line + n, size - n, " %s", *words);
	return n < size ? 0 : -E2BIG;
}

/* NULL, or what the server would say of it. */
static const char *
judge(const char *line, const char *token)
{
	struct identity who;
	enum token_answer answer;
	static char why[256];
	char path[TRIAL_PATH_MAX];
	int fd = trial_file(path, line);
	struct token_file *f;

	if (fd < 0)
		return strerror(-fd);
	f = token_file_load(path, why, sizeof(why));
	close(fd);
	if (!f)
		return strncmp(why, "line 1: ", 8) == 0 ? why + 8 : why;
	answer =
	    token_file_find(f, token, strlen(token), (int64_t)time(NULL), &who);
	token_file_free(&f);
	return answer == TOKEN_EXPIRED ? "until is in the past: nobody would "
					 "ever come in with it"
				       : NULL;
}

int
token_main(int argc, char **argv)
{
	struct token_options o = { .until = NULL };
	char token[TOKEN_SIZE], line[TOKEN_LINE_MAX];
	int first = options_parse(&token_verb, &o, argc, argv), error;
	const char *wrong;

	if (first == OPTIONS_HELP)
		return EXIT_FINE;
	if (first == OPTIONS_BAD)
		return EXIT_USAGE;
	if (first == argc)
		return failed("whose? usage: cleat token NAME "
			      "[ATTRIBUTE=VALUE]...",
		    EXIT_USAGE);
	for (int i = first; i < argc; i++)
		if (strpbrk(argv[i], " \t\r\n") || *argv[i] == '\0' ||
		    *argv[i] == '#')
			return failed("neither the name nor an attribute can "
				      "be empty, have blanks or begin with #",
			    EXIT_USAGE);
	error = make_token(token);
	if (error == 0)
		error =
		    make_line(line, sizeof(line), token, o.until, argv + first);
	if (error != 0)
		return failed(strerror(-error), EXIT_FAILED);
	wrong = judge(line, token);
	if (wrong)
		return failed(wrong, EXIT_USAGE);
	printf("%s\n%s\n", token, line);
	return fflush(stdout) == 0 ? EXIT_FINE
				   : failed(strerror(errno), EXIT_FAILED);
}
