/* SPDX-License-Identifier: MIT
 *
 * test_jwt_vectors.c - the tokens of RFC 7515 (appendix A.1 to A.3) and RFC
 * 8037 (appendix A.4), byte by byte: signed by nobody here. And many threads
 * that check with the same keys.
 */
#include "config.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "jwt_want.h"
#include "../suite.h"

/* {"iss":"joe", "exp":1300819380, "http://example.com/is_root":true} */
#define JOE                                                            \
	"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9l" \
	"eGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

static const struct vector {
	const char *key, *token;
	enum jwt_reason reason;
} vectors[] = {
	{ "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr"
	  "_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}",
	    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." JOE
	    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
	    JWT_OK },
	{ "{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQo"
	  "Tbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2l"
	  "ZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaS"
	  "HSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4u"
	  "DZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q"
	  "2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\",\"e\":\"AQAB\"}",
	    "eyJhbGciOiJSUzI1NiJ9." JOE
	    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7"
	    "AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4"
	    "BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"
	    "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv"
	    "hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB"
	    "p0igcN_IoypGlUPQGe77Rw",
	    JWT_OK },
	{ "{\"kty\":\"EC\",\"crv\":\"P-256\","
	  "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
	  "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
	    "eyJhbGciOiJFUzI1NiJ9." JOE
	    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA"
	    "pmWQxfKTUJqPP3-Kg6NU1Q",
	    JWT_OK },
	/* "Example of Ed25519 signing" is no claims */
	{ "{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
	  "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
	    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
	    ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5B"
	    "hVsPt9g7sVvpAr_MuM0KAg",
	    JWT_CLAIMS },
};

enum { VECTORS = sizeof vectors / sizeof vectors[0] };

static void
other_letter(char *c)
{
	*c = *c == 'A' ? 'B' : 'A';
}

START_TEST(the_tokens_of_the_rfcs)
{
	const struct vector *v = &vectors[_i];
	char *changed = strdup(v->token);

	jwt_keys_unref(&keys);
	keys = load_text(JWT_KEYS_SET, strdup(v->key));
	rules.user = "iss";
	ck_assert_int_eq(jwt_check(keys, &rules, v->token, strlen(v->token),
			     1300819379, &who),
	    v->reason);
	if (v->reason == JWT_OK) {
		ck_assert_str_eq(identity_user(&who), "joe");
		ck_assert_int_eq(who.expires, 1300819380);
		ck_assert_int_eq(check_text(v->token), JWT_EXPIRED);
	}
	/* the first letter of the signature */
	*strrchr(changed, '.') = '\0';
	other_letter(&changed[strlen(changed) + 1]);
	changed[strlen(changed)] = '.';
	ck_assert_int_eq(check_text(changed), JWT_SIGNATURE);
	free(changed);
}
END_TEST

/* --- threads -------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 25 };

static char *good[ED + 1], *bad[ED + 1];

static void *
check_all(void *unused)
{
	struct jwt_keys *mine = jwt_keys_ref(keys);
	struct identity id;
	size_t right = 0;

	(void)unused;
	for (int i = 0; i < ROUNDS; i++)
		for (int k = HS; k <= ED; k++) {
			right += jwt_check(mine, &rules, good[k],
				     strlen(good[k]), NOW, &id) == JWT_OK;
			right += jwt_check(mine, &rules, bad[k], strlen(bad[k]),
				     NOW, &id) == JWT_SIGNATURE;
		}
	jwt_keys_unref(&mine);
	return (void *)right;
}

START_TEST(many_threads_check_with_the_same_keys)
{
	pthread_t t[THREADS];
	void *right;

	for (int k = HS; k <= ED; k++) {
		good[k] = rig_sign(k, header_of[k], CLAIMS);
		bad[k] = rig_sign(k == ED ? OTHER_ED : k, header_of[k], CLAIMS);
		if (k != ED)
			other_letter(&bad[k][strlen(bad[k]) - 5]);
	}
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(
		    pthread_create(&t[i], NULL, check_all, NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(t[i], &right);
		ck_assert_uint_eq((size_t)right, 2 * (ED + 1) * ROUNDS);
	}
	for (int k = HS; k <= ED; k++) {
		free(good[k]);
		free(bad[k]);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("jwt_vectors");
	TCase *v = suite_case(s, "vectors"), *t = suite_case(s, "threads");
	int status;

	tcase_add_checked_fixture(v, want_setup, want_teardown);
	tcase_add_loop_test(v, the_tokens_of_the_rfcs, 0, VECTORS);
	tcase_add_checked_fixture(t, want_setup, want_teardown);
	tcase_add_test(t, many_threads_check_with_the_same_keys);
	rig_start();
	status = suite_run_forked(s);
	rig_stop();
	return status;
}
