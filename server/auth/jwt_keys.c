/* SPDX-License-Identifier: MIT
 *
 * jwt_keys.c - see jwt_keys.h.
 *
 * THREADS, MEMORY: see jwt_keys.h.
 */
#include "config.h"

#include "auth/jwt_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/jwt_json.h"
#include "auth/jwt_key.h"
#include "auth/jwt_keys_struct.h"

/* Where the one line goes that says why. */
struct why {
	char *text;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static bool
fail(struct why *why, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(why->text, why->size, format, ap);
	va_end(ap);
	return false;
}

unsigned
jwt_algorithm(const char *name)
{
	return strcmp(name, "HS256") == 0   ? JWT_HS256
	       : strcmp(name, "RS256") == 0 ? JWT_RS256
	       : strcmp(name, "ES256") == 0 ? JWT_ES256
	       : strcmp(name, "EdDSA") == 0 ? JWT_EDDSA
					    : 0;
}

/* --- the file ------------------------------------------------------------- */

struct file {
	char *text;
	size_t n;
	bool exposed; /* everybody may read it */
};

static bool
check(struct file *f, int fd, struct why *why)
{
	struct stat s;

	if (fstat(fd, &s) < 0)
		return fail(why, "%s", strerror(errno));
	if (!S_ISREG(s.st_mode))
		return fail(why, "it is not a file");
	if (s.st_mode & S_IWOTH)
		return fail(why, "everybody may write to it (chmod o-w)");
	f->exposed = (s.st_mode & S_IROTH) != 0;
	return true;
}

static bool
slurp(struct file *f, int fd, struct why *why)
{
	ssize_t got;

	f->text = malloc(JWT_KEYS_FILE_MAX + 1);
	if (!f->text)
		return fail(why, "out of memory");
	do {
		got = read(fd, f->text + f->n, JWT_KEYS_FILE_MAX + 1 - f->n);
		if (got > 0)
			f->n += (size_t)got;
	} while (f->n <= JWT_KEYS_FILE_MAX &&
		 (got > 0 || (got < 0 && errno == EINTR)));
	if (got < 0)
		return fail(why, "%s", strerror(errno));
	if (f->n > JWT_KEYS_FILE_MAX)
		return fail(why, "it is larger than 256 KiB");
	return f->n > 0 || fail(why, "it is empty");
}

/* O_NONBLOCK: a FIFO without a writer holds nobody up. */
static bool
file_read(struct file *f, const char *path, struct why *why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool ok;

	if (fd < 0)
		return fail(why, "%s", strerror(errno));
	ok = check(f, fd, why) && slurp(f, fd, why);
	close(fd);
	return ok;
}

static void
file_fini(struct file *f)
{
	if (f->text)
		explicit_bzero(f->text, f->n);
	free(f->text);
}

/* --- its keys ------------------------------------------------------------- */

static bool
secret_kept(const struct file *f, struct why *why)
{
	return !f->exposed || fail(why, "there is a secret in it, and everybody"
					" may read it (chmod o-r)");
}

/* `which` counts from 1, for people. */
static bool
add(struct jwt_keys *keys, const json_t *json, size_t which,
    const struct file *f, struct why *why)
{
	struct jwt_key *key = &keys->v[keys->n];
	const char *fault;

	switch (jwt_key_from_json(key, json, &fault)) {
	case JWT_KEY_REFUSED:
		jwt_key_fini(key);
		return fail(why, "key %zu %s", which, fault);
	case JWT_KEY_LEFT_OUT:
		jwt_key_fini(key);
		keys->left_out++;
		return true;
	case JWT_KEY_TAKEN:
		break;
	}
	keys->n++;
	return key->algorithm != JWT_HS256 || secret_kept(f, why);
}

static bool
add_all(struct jwt_keys *keys, const json_t *json, const struct file *f,
    struct why *why)
{
	const json_t *list = json_object_get(json, "keys"), *each;
	size_t i;

	if (!json_is_object(json))
		return fail(why, "it is not a JSON object");
	if (!list)
		return add(keys, json, 1, f, why);
	if (!json_is_array(list))
		return fail(why, "its \"keys\" is not a list");
	if (json_array_size(list) > JWT_KEYS_MAX)
		return fail(why, "it has more than %d keys", JWT_KEYS_MAX);
	json_array_foreach(list, i, each)
	{
		if (!add(keys, each, i + 1, f, why))
			return false;
	}
	return true;
}

static bool
add_set(struct jwt_keys *keys, const struct file *f, struct why *why)
{
	json_error_t e = { 0 }; /* jansson may leave its end as it was */
	json_t *json = json_loadb(f->text, f->n, JSON_REJECT_DUPLICATES, &e);
	bool ok;

	/* the text of `e` would show what stands there */
	if (!json && f->n > 10 && memcmp(f->text, "-----BEGIN", 10) == 0)
		return fail(why, "it is PEM, and no set: add form = \"pem\"");
	if (!json)
		return jwt_json_no_memory(&e)
			   ? fail(why, "out of memory")
			   : fail(why, "it is not JSON (line %d, column %d)",
				 e.line, e.column);
	ok = add_all(keys, json, f, why);
	json_decref(json);
	if (ok && keys->n == 0)
		return fail(why,
		    "none of its %zu keys is for HS256, RS256,"
		    " ES256 or EdDSA",
		    keys->left_out);
	return ok;
}

static bool
add_pem(struct jwt_keys *keys, const struct file *f, struct why *why)
{
	const char *fault =
	    jwt_key_from_pem(&keys->v[keys->n++], f->text, f->n);

	return !fault || fail(why, "what is in it %s", fault);
}

static bool
add_secret(struct jwt_keys *keys, const struct file *f, struct why *why)
{
	size_t n = f->n - (f->text[f->n - 1] == '\n');
	const char *fault = jwt_key_from_secret(
	    &keys->v[keys->n++], (const uint8_t *)f->text, n);

	if (fault)
		return fail(why, "what is in it %s", fault);
	return secret_kept(f, why);
}

struct jwt_keys *
jwt_keys_load(
    const char *path, enum jwt_keys_kind kind, char *error, size_t size)
{
	struct jwt_keys *keys = calloc(1, sizeof *keys);
	struct why why = { error, size };
	struct file f = { 0 };
	bool ok;

	if (!keys) {
		fail(&why, "out of memory");
		return NULL;
	}
	keys->refs = 1;
	/* now, when it may read /dev/urandom, and not at the first token */
	json_object_seed(0);
	ok = file_read(&f, path, &why) &&
	     (kind == JWT_KEYS_SET	? add_set(keys, &f, &why)
		 : kind == JWT_KEYS_PEM ? add_pem(keys, &f, &why)
					: add_secret(keys, &f, &why));
	file_fini(&f);
	if (!ok)
		jwt_keys_unref(&keys);
	return keys;
}

struct jwt_keys *
jwt_keys_ref(struct jwt_keys *keys)
{
	__atomic_fetch_add(&keys->refs, 1, __ATOMIC_RELAXED);
	return keys;
}

void
jwt_keys_unref(struct jwt_keys **kp)
{
	struct jwt_keys *keys = *kp;

	*kp = NULL;
	if (!keys || __atomic_fetch_sub(&keys->refs, 1, __ATOMIC_ACQ_REL) > 1)
		return;
	for (size_t i = 0; i < keys->n; i++)
		jwt_key_fini(&keys->v[i]);
	free(keys);
}

size_t
jwt_keys_count(const struct jwt_keys *keys)
{
	return keys->n;
}

size_t
jwt_keys_left_out(const struct jwt_keys *keys)
{
	return keys->left_out;
}

unsigned
jwt_keys_algorithms(const struct jwt_keys *keys)
{
	unsigned all = 0;

	for (size_t i = 0; i < keys->n; i++)
		all |= keys->v[i].algorithm;
	return all;
}
