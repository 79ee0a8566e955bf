/* SPDX-License-Identifier: MIT
 *
 * secret_file.c - see secret_file.h.
 */
#include "config.h"

#include "auth/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
say(char *error, size_t size, const char *what)
{
	snprintf(error, size, "%s", what);
	return -1;
}

static int
judge(
    const struct stat *st, size_t max, bool guessable, char *error, size_t size)
{
	if (!S_ISREG(st->st_mode))
		return say(error, size, "it is no regular file");
	if (st->st_mode & S_IWOTH)
		return say(error, size, "everybody may write it: chmod o-w");
	if (guessable && (st->st_mode & S_IROTH))
		return say(error, size, "everybody may read it: chmod o-r");
	if ((size_t)st->st_size > max)
		return say(error, size, "it is too large");
	return 0;
}

/* Reads until the end or one byte too much: it may grow meanwhile. */
static int
read_all(int fd, struct secret_file *f, size_t max, char *error, size_t size)
{
	ssize_t n;

	while (f->n <= max) {
		n = read(fd, f->text + f->n, max + 1 - f->n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return say(error, size, strerror(errno));
		if (n == 0)
			break;
		f->n += (size_t)n;
	}
	if (f->n > max)
		return say(error, size, "it is too large");
	f->text[f->n] = '\0';
	if (memchr(f->text, '\0', f->n))
		return say(error, size, "there is a zero byte in it");
	return 0;
}

int
secret_read(struct secret_file *f, const char *path, size_t max, bool guessable,
    char *error, size_t size)
{
	struct stat st;
	int fd, result;

	*f = (struct secret_file){ .text = NULL };
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return say(error, size, strerror(errno));
	result = fstat(fd, &st) < 0 ? say(error, size, strerror(errno))
				    : judge(&st, max, guessable, error, size);
	/* What the file has now, and a byte to see that it has grown. */
	if (result == 0) {
		max = (size_t)st.st_size;
		f->text = malloc(max + 2);
		result = f->text ? read_all(fd, f, max, error, size)
				 : say(error, size, strerror(ENOMEM));
	}
	close(fd);
	if (result < 0)
		secret_free(f);
	return result;
}

void
secret_free(struct secret_file *f)
{
	if (f->text)
		explicit_bzero(f->text, f->n);
	free(f->text);
	*f = (struct secret_file){ .text = NULL };
}

static const char blanks[] = " \t\r";

/* `at` begins at the text, `line` with 0; NULL: that was all. */
static char *
next_line(char **at, unsigned *line)
{
	while (*at && **at != '\0') {
		char *start = *at, *end = strchr(start, '\n');

		*at = end ? end + 1 : NULL;
		end = end ? end : strchr(start, '\0');
		*end = '\0';
		++*line;
		start += strspn(start, blanks);
		while (end > start && strchr(blanks, end[-1]))
			*--end = '\0';
		if (*start != '\0' && *start != '#')
			return start;
	}
	return NULL;
}

const char *
secret_each_line(struct secret_file *f, size_t most,
    const char *(*take)(void *, char *), void *arg, unsigned *line)
{
	char *at = f->text, *one;
	const char *wrong = NULL;

	*line = 0;
	while (!wrong && (one = next_line(&at, line)) != NULL)
		wrong =
		    most-- == 0 ? "there are too many lines" : take(arg, one);
	return wrong;
}

size_t
secret_lines(const struct secret_file *f)
{
	size_t n = 1;

	for (const char *p = f->text; (p = strchr(p, '\n')) != NULL; p++)
		n++;
	return n;
}

void
secret_say(char *error, size_t size, const char *wrong, unsigned line)
{
	if (wrong && line > 0)
		snprintf(error, size, "line %u: %s", line, wrong);
	else
		snprintf(error, size, "%s", wrong ? wrong : "it has no line");
}

char *
secret_word(char **line)
{
	char *word = *line + strspn(*line, blanks);

	*line = word + strcspn(word, blanks);
	if (**line != '\0')
		*(*line)++ = '\0';
	return *word != '\0' ? word : NULL;
}
