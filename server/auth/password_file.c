/* SPDX-License-Identifier: MIT
 *
 * password_file.c - see password_file.h.
 */
#include "config.h"

#include "auth/password_file.h"

#include <crypt.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/secret_file.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/table.h"

/* The kinds of hash, how long what stands behind the last $ of each is, and
 * the most that one may cost: what takes minutes keeps everybody out. */
static const struct kind {
	const char *prefix;
	size_t tail;
	unsigned long rounds; /* of "rounds=N", 0: it knows none */
	const char *costs;    /* where it stands otherwise, as its "?" */
	const char *most;     /* the greatest of that */
} kinds[] = {
	{ "$y$", 43, 0, "$y$j?", "F" },
	{ "$gy$", 43, 0, "$gy$j?", "F" },
	{ "$7$", 43, 0, "$7$?", "F" },
	{ "$2b$", 53, 0, "$2b$??", "15" },
	{ "$2y$", 53, 0, "$2y$??", "15" },
	{ "$2a$", 53, 0, "$2a$??", "15" },
	{ "$6$", 86, 5000000, NULL, NULL },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

struct password {
	struct table_node node;
	const char *user, *hash; /* borrow from the text */
};

_Static_assert((int)PASSWORD_HASH_MAX >= CRYPT_OUTPUT_SIZE, "a hash");

struct password_file {
	struct secret_file text;
	struct hash_seed seed;
	struct table table;
	struct password *passwords;
	size_t n;
};

static uint64_t
hash_of(const struct password_file *f, const char *user)
{
	return hash_name(&f->seed, 0, user, strlen(user));
}

static const struct password *
find(const struct password_file *f, const char *user)
{
	for (struct table_node *n = table_first(&f->table, hash_of(f, user)); n;
	     n = table_next(n)) {
		const struct password *p =
		    container_of(n, struct password, node);

		if (strcmp(p->user, user) == 0)
			return p;
	}
	return NULL;
}

/* --- reading ------------------------------------------------------------ */

/* The alphabet of crypt(3) in its order, in which costs are written. */
static const char alphabet[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz";

static bool
costs_too_much(const struct kind *k, const char *hash)
{
	const char *rounds = strstr(hash, "$rounds=");

	if (k->rounds > 0)
		return rounds && strtoul(rounds + 8, NULL, 10) > k->rounds;
	for (const char *want = k->costs, *most = k->most; *want; want++) {
		const char *is;

		if (*want != '?') {
			if (*hash++ != *want)
				return true; /* of unusual parameters */
			continue;
		}
		is = *hash ? strchr(alphabet, *hash++) : NULL;
		if (!is || is > strchr(alphabet, *most))
			return true;
		/* "09" is less than "15" in all that follows */
		if (is < strchr(alphabet, *most++))
			return false;
	}
	return false;
}

/* NULL, or what is wrong. */
static const char *
check_hash(const char *hash)
{
	const char *tail = strrchr(hash, '$');

	for (const struct kind *k = kinds; k < kinds + KINDS; k++) {
		if (strncmp(hash, k->prefix, strlen(k->prefix)) != 0)
			continue;
		if (strlen(tail + 1) != k->tail ||
		    strlen(hash) >= CRYPT_OUTPUT_SIZE ||
		    strspn(tail + 1, alphabet) != k->tail ||
		    crypt_checksalt(hash) != CRYPT_SALT_OK)
			break;
		return costs_too_much(k, hash)
			   ? "the hash costs too much to check"
			   : NULL;
	}
	return "behind the colon comes a hash of yescrypt, scrypt, bcrypt or "
	       "SHA-512 crypt: make it with cleat password";
}

static const char *
read_line(void *file, char *line)
{
	struct password_file *f = file;
	struct password *p = &f->passwords[f->n];
	char *colon = strchr(line, ':');
	struct identity who;
	const char *wrong;

	identity_init(&who);
	if (!colon)
		return "a line is NAME:HASH";
	*colon = '\0';
	if (identity_set_user(&who, line, strlen(line)) != IDENTITY_OK)
		return "the name is empty, not printable, or too long";
	if (find(f, line))
		return "this name stands in the file already";
	wrong = check_hash(colon + 1);
	if (wrong)
		return wrong;
	*p = (struct password){ .user = line, .hash = colon + 1 };
	table_add(&f->table, &p->node, hash_of(f, line));
	f->n++;
	return NULL;
}

struct password_file *
password_file_load(const char *path, char *error, size_t size)
{
	struct password_file *f = calloc(1, sizeof(*f));
	const char *wrong = "no memory";
	unsigned line = 0;

	snprintf(error, size, "%s", wrong);
	if (!f || table_init(&f->table) < 0) {
		free(f);
		return NULL;
	}
	hash_seed_init(&f->seed);
	if (secret_read(&f->text, path, PASSWORD_FILE_MAX, true, error, size) <
	    0) {
		password_file_free(&f);
		return NULL;
	}
	f->passwords = calloc(secret_lines(&f->text), sizeof(*f->passwords));
	if (f->passwords)
		wrong = secret_each_line(
		    &f->text, PASSWORD_LINES_MAX, read_line, f, &line);
	if (!wrong && f->n > 0)
		return f;
	secret_say(error, size, wrong, line);
	password_file_free(&f);
	return NULL;
}

void
password_file_free(struct password_file **file)
{
	struct password_file *f = *file;

	*file = NULL;
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		table_remove(&f->table, &f->passwords[i].node);
	table_fini(&f->table);
	free(f->passwords);
	secret_free(&f->text);
	free(f);
}

/* --- checking ----------------------------------------------------------- */

/* Both are as long as the setting that made them says. */
static bool
same(const char *a, const char *b)
{
	size_t n = strlen(a);

	return n == strlen(b) && gnutls_memcmp(a, b, n) == 0;
}

bool
password_file_check(const struct password_file *f, const char *user,
    const char *password, struct identity *who)
{
	const struct password *p = find(f, user);
	const char *setting =
	    p ? p->hash : f->passwords[hash_of(f, user) % f->n].hash;
	struct crypt_data *data = calloc(1, sizeof(*data));
	const char *hash;
	bool good;

	identity_init(who);
	if (!data)
		return false;
	hash = crypt_rn(password, setting, data, (int)sizeof(*data));
	good = hash && same(hash, setting) && p;
	explicit_bzero(data, sizeof(*data));
	free(data);
	return good &&
	       identity_set_user(who, user, strlen(user)) == IDENTITY_OK;
}

bool
password_hash(char hash[PASSWORD_HASH_MAX], const char *password)
{
	char *setting = crypt_gensalt_ra("$y$", 0, NULL, 0);
	struct crypt_data *data = calloc(1, sizeof(*data));
	const char *made = NULL;

	if (setting && data)
		made = crypt_rn(password, setting, data, (int)sizeof(*data));
	if (made)
		snprintf(hash, PASSWORD_HASH_MAX, "%s", made);
	if (data)
		explicit_bzero(data, sizeof(*data));
	free(data);
	free(setting);
	return made != NULL;
}
