/* SPDX-License-Identifier: MIT
 *
 * password.c - `cleat password`: a line for the server's file of passwords.
 *
 * THREADS: main thread. MEMORY: the password is wiped.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "auth/credential.h"
#include "auth/password_file.h"
#include "trial_file.h"
#include "verbs.h"

enum { PASSWORD_SIZE = CREDENTIAL_BASIC_MAX + 2 };

const struct verb password_verb = { "password", "NAME",
	"Make a line for the server's file of passwords.", NULL, 0,
	password_main };

static int
failed(const char *why, int code)
{
	fprintf(stderr, "cleat password: %s\n", why);
	return code;
}

/* The first line of standard input, without its end; NULL, or what is wrong. */
static const char *
read_line(char *to)
{
	size_t n;

	if (!fgets(to, PASSWORD_SIZE, stdin))
		return "there is no password on standard input";
	n = strlen(to);
	if (n > 0 && to[n - 1] == '\n')
		to[--n] = '\0';
	if (n == 0)
		return "the password is empty";
	return n > CREDENTIAL_BASIC_MAX ? "the password is too long" : NULL;
}

/* At a terminal, which does not show it. */
static const char *
ask(const char *prompt, char *to)
{
	struct termios before, quiet;
	const char *wrong;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return read_line(to);
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	fprintf(stderr, "%s: ", prompt);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	wrong = read_line(to);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	return wrong;
}

static const char *
read_password(char *to)
{
	char again[PASSWORD_SIZE];
	const char *wrong = ask("Password", to);

	if (wrong || !isatty(STDIN_FILENO))
		return wrong;
	wrong = ask("Again", again);
	if (!wrong && strcmp(to, again) != 0)
		wrong = "the two are not the same";
	explicit_bzero(again, sizeof(again));
	return wrong;
}

/* NULL, or what the server would say of it. */
static const char *
judge(const char *line)
{
	static char why[256];
	char path[TRIAL_PATH_MAX];
	int fd = trial_file(path, line);
	struct password_file *f;

	if (fd < 0)
		return strerror(-fd);
	f = password_file_load(path, why, sizeof(why));
	close(fd);
	if (!f)
		return strncmp(why, "line 1: ", 8) == 0 ? why + 8 : why;
	password_file_free(&f);
	return NULL;
}

static int
make(const char *name)
{
	char password[PASSWORD_SIZE], hash[PASSWORD_HASH_MAX], line[1024];
	const char *wrong = read_password(password);

	if (!wrong &&
	    strlen(name) + 1 + strlen(password) > CREDENTIAL_BASIC_MAX)
		wrong = "name and password have more than 511 bytes";
	if (!wrong && !password_hash(hash, password))
		wrong = "crypt(3) has failed";
	explicit_bzero(password, sizeof(password));
	if (!wrong) {
		snprintf(line, sizeof(line), "%s:%s", name, hash);
		wrong = judge(line);
	}
	if (wrong)
		return failed(wrong, EXIT_FAILED);
	printf("%s\n", line);
	return fflush(stdout) == 0 ? EXIT_FINE
				   : failed(strerror(errno), EXIT_FAILED);
}

int
password_main(int argc, char **argv)
{
	int first = options_parse(&password_verb, NULL, argc, argv);

	if (first == OPTIONS_HELP)
		return EXIT_FINE;
	if (first == OPTIONS_BAD)
		return EXIT_USAGE;
	if (first + 1 != argc)
		return failed("usage: cleat password NAME", EXIT_USAGE);
	if (*argv[first] == '\0' || strpbrk(argv[first], ":\n\r") ||
	    strspn(argv[first], " \t#") > 0)
		return failed("a name is not empty, has no colon, and begins "
			      "with no blank and no #",
		    EXIT_USAGE);
	return make(argv[first]);
}
