/* SPDX-License-Identifier: MIT
 *
 * fuzz_jwt.c - tokens, and sets of keys.
 *
 * The input is lines. The first is "token", "signed" or "keys". A token is
 * taken as it is, and none that the fuzzer can invent may be good. A signed
 * one is a header and claims, which are signed here, so that the fuzzer gets
 * behind the signature. Keys are a file.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/jwt_rig.h"
#include "fuzz.h"

enum { NOW = 1700000000 };

static const char *const names[] = { "a", "https://b.example" };
static const struct jwt_claim claims[] = { { "role", "role" },
	{ "/a/b", "deep" }, { "groups", "groups" } };
static struct jwt_keys *keys;

static struct jwt_rules
rules_of(size_t n)
{
	struct jwt_rules r = { .algorithms = JWT_ALL,
		.skew_s = (uint32_t)(n % 3),
		.max_age_s = n % 5 == 0 ? 1000 : 0,
		.may_last = n % 2 == 0,
		.claims = claims,
		.n_claims = 3 };

	if (n % 7 == 0)
		r.audiences = r.issuers = (struct jwt_names){ names, 2 };
	return r;
}

static void
judge_identity(const struct identity *who, const struct jwt_rules *r)
{
	const char *user = identity_user(who);

	DEMAND(*user && strlen(user) <= IDENTITY_USER_MAX);
	DEMAND(identity_text_valid(user, strlen(user)));
	DEMAND(who->n_attrs <= r->n_claims && who->used <= IDENTITY_TEXT_MAX);
	for (size_t i = 0; i < who->n_attrs; i++) {
		const char *v = identity_value(who, i);

		DEMAND(identity_name_valid(identity_name(who, i)));
		DEMAND(identity_text_valid(v, strlen(v)));
	}
	DEMAND(who->expires > NOW || (who->expires == 0 && r->may_last));
}

static void
judge_nobody(const struct identity *who)
{
	DEMAND(*identity_user(who) == '\0' && who->n_attrs == 0);
	DEMAND(who->expires == 0);
}

/* Whatever it is: one that this fuzzer did not sign is not good. */
static void
judge_token(const char *token, size_t n)
{
	struct jwt_rules r = rules_of(n);
	struct identity who;

	DEMAND(jwt_check(keys, &r, token, n, NOW, &who) != JWT_OK);
	judge_nobody(&who);
}

static void
judge_signed(const char *text, size_t n)
{
	struct jwt_rules r = rules_of(n);
	char *copy = strndup(text, n), *line, *token;
	struct identity who;
	enum jwt_reason reason;

	DEMAND(copy);
	line = strchr(copy, '\n');
	if (line)
		*line++ = '\0';
	token = rig_sign(HS, copy, line ? line : "");
	n = strlen(token);
	reason = jwt_check(keys, &r, token, n, NOW, &who);
	DEMAND(reason != JWT_FORM || n == 0);
	if (reason == JWT_OK) {
		judge_identity(&who, &r);
		/* the same with another last letter, as many bits or not */
		token[n - 1] = token[n - 1] == 'A' ? 'B' : 'A';
		DEMAND(jwt_check(keys, &r, token, n, NOW, &who) != JWT_OK);
	}
	if (reason != JWT_OK)
		judge_nobody(&who);
	free(token);
	free(copy);
}

static void
judge_keys(const char *text, size_t n)
{
	int fd = memfd_create("keys", MFD_CLOEXEC);
	char path[64], error[256] = "";
	struct jwt_keys *k;

	DEMAND(fd >= 0 && write(fd, text, n) == (ssize_t)n);
	DEMAND(fchmod(fd, 0600) == 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	for (int kind = JWT_KEYS_SET; kind <= JWT_KEYS_SECRET; kind++) {
		k = jwt_keys_load(path, kind, error, sizeof error);
		if (k) {
			DEMAND(jwt_keys_count(k) > 0);
			DEMAND(jwt_keys_count(k) + jwt_keys_left_out(k) <=
			       JWT_KEYS_MAX);
			DEMAND(jwt_keys_algorithms(k) != 0);
		} else {
			DEMAND(*error && strlen(error) < 128);
			DEMAND(identity_text_valid(error, strlen(error)));
		}
		jwt_keys_unref(&k);
	}
	close(fd);
}

static void
start(void)
{
	static const char set[] =
	    "{\"keys\":[{\"kty\":\"oct\",\"k\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0"
	    "NTY3ODlhYmNkZWY\"},"
	    "{\"kty\":\"EC\",\"crv\":\"P-256\","
	    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
	    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k\","
	    "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";
	char error[256];

	keys = rig_load(
	    JWT_KEYS_SET, set, sizeof set - 1, 0600, error, sizeof error);
	DEMAND(keys);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct {
		const char *line;
		void (*judge)(const char *, size_t);
	} kinds[] = { { "token\n", judge_token }, { "signed\n", judge_signed },
		{ "keys\n", judge_keys } };

	if (!keys)
		start();
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		size_t head = strlen(kinds[i].line);

		if (n >= head && memcmp(p, kinds[i].line, head) == 0)
			kinds[i].judge((const char *)p + head, n - head);
	}
	return 0;
}
