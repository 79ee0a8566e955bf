/* SPDX-License-Identifier: MIT
 *
 * token_file.c - see token_file.h. The file's text stays as it was cut into
 * words; a table finds the line of a digest.
 */
#include "config.h"

#include "auth/token_file.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "auth/digest.h"
#include "auth/secret_file.h"
#include "base/list.h"
#include "base/table.h"

struct token {
	struct table_node node;
	uint8_t digest[DIGEST_LEN];
	int64_t until;	   /* seconds since 1970; 0: for ever */
	const char *user;  /* both borrow from the text */
	const char *attrs; /* "name=value" each with a NUL, then another NUL */
};

struct token_file {
	struct secret_file text;
	struct table table;
	struct token *tokens;
	size_t n;
};

/* A digest is as good as random: any part of it is a hash. */
static uint64_t
hash_of(const uint8_t digest[DIGEST_LEN])
{
	uint64_t hash;

	memcpy(&hash, digest, sizeof(hash));
	return hash;
}

static const struct token *
find(const struct token_file *f, const uint8_t digest[DIGEST_LEN])
{
	const struct token *found = NULL;

	for (struct table_node *n = table_first(&f->table, hash_of(digest)); n;
	     n = table_next(n)) {
		const struct token *t = container_of(n, struct token, node);

		if (digest_same(t->digest, digest))
			found = t;
	}
	return found;
}

/* --- reading ------------------------------------------------------------ */

/* "2027-01-31T00:00:00Z", or the day alone, which ends with its beginning. */
static bool
read_time(const char *text, int64_t *out)
{
	struct tm tm = { .tm_mday = 1 };
	const char *end = strptime(text, "%Y-%m-%d", &tm);

	if (end && *end != '\0')
		end = strptime(end, "T%H:%M:%SZ", &tm);
	if (!end || *end != '\0' || strspn(text, "0123456789") != 4)
		return false;
	*out = (int64_t)timegm(&tm);
	return *out > 0;
}

/* AUTH_TYPE says how somebody came in, so no attribute has this name. */
static const char *
add_attribute(struct identity *who, char *word)
{
	char *equals = strchr(word, '=');
	const char *value = equals + 1;

	*equals = '\0';
	if (strcmp(word, "TYPE") == 0)
		return "an attribute cannot be named TYPE";
	switch (identity_add(who, word, value, strlen(value))) {
	case IDENTITY_OK:
		*equals = '=';
		return NULL;
	case IDENTITY_NAME:
		return "an attribute's name must be letters, digits and '_', "
		       "and stand there once";
	case IDENTITY_VALUE:
		return "an attribute's value is not printable";
	case IDENTITY_FULL:
		break;
	}
	return "there are too many attributes";
}

/* Moves the words that are attributes together, to where the digest stood,
 * so that there is room behind the last. NULL, or what is wrong. */
static const char *
read_rest(struct token *t, char *to, char *rest, struct identity *who)
{
	const char *wrong = NULL;
	char *word;

	t->attrs = to;
	while (!wrong && (word = secret_word(&rest)) != NULL) {
		size_t n = strlen(word) + 1;

		if (strncmp(word, "until=", 6) == 0) {
			if (t->until != 0 || !read_time(word + 6, &t->until))
				return "until is one time, such as "
				       "2027-01-31T00:00:00Z";
		} else if (!strchr(word, '=')) {
			return "behind the digest come until=TIME and "
			       "NAME=VALUE";
		} else {
			wrong = add_attribute(who, word);
			memmove(to, word, n);
			to += n;
		}
	}
	*to = '\0';
	return wrong;
}

/* NULL, or what is wrong with the line. */
static const char *
read_line(void *file, char *line)
{
	struct token_file *f = file;
	struct token *t = &f->tokens[f->n];
	bool long_one = strlen(line) > TOKEN_LINE_MAX;
	const char *user = secret_word(&line);
	char *hex = secret_word(&line);
	struct identity who;
	const char *wrong;

	if (long_one)
		return "the line is too long";
	identity_init(&who);
	if (identity_set_user(&who, user, strlen(user)) != IDENTITY_OK)
		return "the name is not printable, or too long";
	if (!hex || strlen(hex) != DIGEST_HEX_LEN ||
	    !digest_read(t->digest, hex))
		return "behind the name comes the SHA-256 of a token in hex: "
		       "make it with cleat token";
	if (find(f, t->digest))
		return "this token stands in the file already";
	t->user = user;
	wrong = read_rest(t, hex, line, &who);
	if (wrong)
		return wrong;
	table_add(&f->table, &t->node, hash_of(t->digest));
	f->n++;
	return NULL;
}

struct token_file *
token_file_load(const char *path, char *error, size_t size)
{
	struct token_file *f = calloc(1, sizeof(*f));
	const char *wrong = "no memory";
	unsigned line = 0;

	snprintf(error, size, "%s", wrong);
	if (!f || table_init(&f->table) < 0) {
		free(f);
		return NULL;
	}
	if (secret_read(&f->text, path, TOKEN_FILE_MAX, false, error, size) <
	    0) {
		token_file_free(&f);
		return NULL;
	}
	f->tokens = calloc(secret_lines(&f->text), sizeof(*f->tokens));
	if (f->tokens)
		wrong = secret_each_line(
		    &f->text, TOKEN_LINES_MAX, read_line, f, &line);
	if (!wrong && f->n > 0)
		return f;
	secret_say(error, size, wrong, line);
	token_file_free(&f);
	return NULL;
}

void
token_file_free(struct token_file **file)
{
	struct token_file *f = *file;

	*file = NULL;
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		table_remove(&f->table, &f->tokens[i].node);
	table_fini(&f->table);
	free(f->tokens);
	secret_free(&f->text);
	free(f);
}

size_t
token_file_count(const struct token_file *f)
{
	return f->n;
}

/* --- looking up --------------------------------------------------------- */

/* It was done once, when the file was read, and so does not fail. */
static bool
introduce(const struct token *t, struct identity *who)
{
	identity_init(who);
	if (identity_set_user(who, t->user, strlen(t->user)) != IDENTITY_OK)
		return false;
	for (const char *a = t->attrs; *a; a += strlen(a) + 1) {
		char name[IDENTITY_NAME_MAX + 1];
		size_t n = strcspn(a, "=");

		snprintf(name, sizeof(name), "%.*s", (int)n, a);
		if (identity_add(who, name, a + n + 1, strlen(a + n + 1)) !=
		    IDENTITY_OK)
			return false;
	}
	who->expires = t->until;
	return true;
}

enum token_answer
token_file_find(const struct token_file *f, const char *token, size_t n,
    int64_t now, struct identity *who)
{
	uint8_t digest[DIGEST_LEN];
	const struct token *t;

	identity_init(who);
	if (!digest_make(digest, token, n))
		return TOKEN_UNKNOWN;
	t = find(f, digest);
	if (!t || !introduce(t, who))
		return TOKEN_UNKNOWN;
	if (t->until == 0 || now < t->until)
		return TOKEN_GOOD;
	identity_init(who);
	return TOKEN_EXPIRED;
}
