/* SPDX-License-Identifier: MIT
 *
 * test_jwt_recipes.c - docs/JWT.md does what it says, and tokens of an issuer
 * that shares nothing with Cleat (rnbyc, which is made of librhonabwy) are
 * good. What needs a program that is not there is not run, and says so.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "auth/jwt.h"
#include "../suite.h"

static char page[64 * 1024]; /* docs/JWT.md */
static char folder[] = "/tmp/cleat-jwt-XXXXXX";

static size_t
read_file(const char *path, char *out, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n;

	ck_assert_msg(f, "%s is not there", path);
	n = fread(out, 1, size - 1, f);
	fclose(f);
	out[n] = '\0';
	return n;
}

static void
setup(void)
{
	read_file(TESTS_DOCS "/JWT.md", page, sizeof page);
	ck_assert(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static void
teardown(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static bool
there(const char *program)
{
	char command[128];

	snprintf(command, sizeof command, "command -v %s >/dev/null", program);
	if (system(command) == 0)
		return true;
	printf("not run: there is no %s\n", program);
	return false;
}

/* Runs a script, which leaves the token and the key. */
static void
run(const char *script, size_t n)
{
	FILE *sh = popen("sh -eu 2>said", "w");
	char said[1024];

	ck_assert(sh && fwrite(script, 1, n, sh) == n);
	if (pclose(sh) == 0)
		return;
	read_file("said", said, sizeof said);
	ck_abort_msg("%.*s: %s", (int)n, script, said);
}

static void
judge(const char *key, enum jwt_keys_kind kind, unsigned algorithm)
{
	struct jwt_rules rules = { .algorithms = algorithm };
	char token[JWT_TOKEN_MAX + 2], error[256];
	size_t n = read_file("token", token, sizeof token);
	struct jwt_keys *keys = jwt_keys_load(key, kind, error, sizeof error);
	struct identity who;
	enum jwt_reason reason;

	ck_assert_msg(keys, "%s: %s", key, error);
	n = strcspn(token, "\n");
	reason = jwt_check(keys, &rules, token, n, time(NULL), &who);
	ck_assert_msg(
	    reason == JWT_OK, "%s: %s", jwt_reason_text(reason), token);
	ck_assert_str_eq(identity_user(&who), "jane");
	ck_assert_int_gt(who.expires, time(NULL));
	jwt_keys_unref(&keys);
}

static void
recipe(const char *program, const char *key, enum jwt_keys_kind kind)
{
	char mark[64];
	const char *from, *to;

	snprintf(
	    mark, sizeof mark, "<!-- run: %s %s -->\n```sh\n", program, key);
	from = strstr(page, mark);
	ck_assert_msg(from, "the page has no %s", mark);
	from += strlen(mark);
	to = strstr(from, "```\n");
	ck_assert(to);
	if (!there(program))
		return;
	run(from, (size_t)(to - from));
	judge(key, kind, JWT_ALL);
}

START_TEST(the_recipe_with_a_key_in_pem)
{
	recipe("openssl", "public.pem", JWT_KEYS_PEM);
}
END_TEST

START_TEST(the_recipe_with_a_secret)
{
	recipe("openssl", "secret", JWT_KEYS_SECRET);
}
END_TEST

START_TEST(the_recipe_with_a_set)
{
	recipe("rnbyc", "public.jwks", JWT_KEYS_SET);
}
END_TEST

START_TEST(tokens_of_another_issuer)
{
	static const struct {
		const char *key, *algorithm;
	} v[] = { { "oct256", "HS256" }, { "RSA2048", "RS256" },
		{ "EC256", "ES256" }, { "Ed25519", "EdDSA" } };
	char script[512];

	if (!there("rnbyc"))
		return;
	for (size_t i = 0; i < sizeof v / sizeof v[0]; i++) {
		bool secret = v[i].key[0] == 'o';
		int n = snprintf(script, sizeof script,
		    "umask 077; rm -f *.jwks\n"
		    "rnbyc -j -g %s -k 1 -a %s -o private.jwks %s\n"
		    "rnbyc -s '{\"sub\":\"jane\",\"exp\":%lld}' "
		    "-K private.jwks -a %s >token\n",
		    v[i].key, v[i].algorithm, secret ? "" : "-p public.jwks",
		    (long long)time(NULL) + 3600, v[i].algorithm);

		run(script, (size_t)n);
		judge(secret ? "private.jwks" : "public.jwks", JWT_KEYS_SET,
		    jwt_algorithm(v[i].algorithm));
	}
}
END_TEST

START_TEST(every_reason_is_on_the_page)
{
	for (int r = JWT_OK + 1; r < JWT_REASONS; r++) {
		char row[256];

		snprintf(row, sizeof row, "\n| %s |", jwt_reason_text(r));
		ck_assert_msg(strstr(page, row), "it does not explain%s", row);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("jwt_recipes");
	TCase *c = suite_case(s, "recipes");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, the_recipe_with_a_key_in_pem);
	tcase_add_test(c, the_recipe_with_a_secret);
	tcase_add_test(c, the_recipe_with_a_set);
	tcase_add_test(c, tokens_of_another_issuer);
	tcase_add_test(c, every_reason_is_on_the_page);
	return suite_run_forked(s);
}
