/* SPDX-License-Identifier: MIT
 *
 * test_handshake.c - requests that are wrong in one way each, then what a
 * good one is answered, then the digest below it.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../suite.h"
#include "wire/handshake.h"
#include "wire/sha1.h"

static const char *const offered[] = { "chat.v2", "chat.v1", "soap" };
enum { OFFERED = 3 };

/* The example of section 1.3. */
static struct handshake_request
good(void)
{
	return (struct handshake_request){
		.method = "GET",
		.version = "HTTP/1.1",
		.host = "server.example.com",
		.upgrade = "websocket",
		.connection = "Upgrade",
		.key = "dGhlIHNhbXBsZSBub25jZQ==",
		.ws_version = "13",
		.hosts = 1,
		.keys = 1,
		.ws_versions = 1,
	};
}

static void
refused(
    const struct handshake_request *r, enum ws_refusal refusal, unsigned status)
{
	struct handshake_verdict v;

	handshake_judge(r, offered, OFFERED, &v);
	ck_assert_msg(
	    v.refusal == refusal, "expected %s", ws_refusal(refusal)->label);
	ck_assert_uint_eq(v.status, status);
	ck_assert_str_eq(v.accept, "");
	ck_assert_ptr_null(v.protocol);
}

static struct handshake_verdict
accepted(const struct handshake_request *r)
{
	struct handshake_verdict v;

	handshake_judge(r, offered, OFFERED, &v);
	ck_assert_int_eq(v.refusal, WS_R_NONE);
	ck_assert_uint_eq(v.status, 101);
	return v;
}

START_TEST(a_method_other_than_get_is_405)
{
	static const char *const methods[] = { "POST", "HEAD", "get", "",
		NULL };
	struct handshake_request r = good();

	for (size_t i = 0; i < 5; i++) {
		r.method = methods[i];
		refused(&r, WS_R_METHOD, 405);
	}
}
END_TEST

START_TEST(http_before_1_1_is_400)
{
	static const char *const versions[] = { "HTTP/1.0", "HTTP/0.9", NULL };
	struct handshake_request r = good();

	for (size_t i = 0; i < 3; i++) {
		r.version = versions[i];
		refused(&r, WS_R_HTTP, 400);
	}
}
END_TEST

START_TEST(host_must_come_exactly_once)
{
	struct handshake_request r = good();

	r.hosts = 2;
	refused(&r, WS_R_HOST, 400);
	r.hosts = 0;
	r.host = NULL;
	refused(&r, WS_R_HOST, 400);
}
END_TEST

START_TEST(a_plain_get_is_told_to_upgrade)
{
	static const char *const values[] = { NULL, "", "h2c", "web",
		"websockets", "web socket", "websocket/13" };
	struct handshake_request r = good();

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		r.upgrade = values[i];
		refused(&r, WS_R_UPGRADE, 426);
	}
}
END_TEST

START_TEST(connection_must_name_upgrade)
{
	static const char *const values[] = { NULL, "", "keep-alive",
		"upgraded", "keep-alive upgrade" };
	struct handshake_request r = good();

	for (size_t i = 0; i < 5; i++) {
		r.connection = values[i];
		refused(&r, WS_R_CONNECTION, 400);
	}
}
END_TEST

START_TEST(a_version_other_than_13_is_426)
{
	static const char *const values[] = { NULL, "", "8", "14", "013",
		"13, 8", "+13" };
	struct handshake_request r = good();

	for (size_t i = 0; i < 7; i++) {
		r.ws_version = values[i];
		refused(&r, WS_R_VERSION, 426);
	}
	r = good();
	r.ws_versions = 2;
	refused(&r, WS_R_VERSION, 426);
}
END_TEST

START_TEST(the_key_must_be_16_bytes_in_base64)
{
	static const char *const values[] = { NULL, "",
		"dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===",
		"dGhlIHNhbXBsZSBub25jZQAA", "dGhlIHNhbXBsZSBub25jZQ=A",
		"dGhlIHNhbXBsZSBub25jZQA=", "dGhlIHNhbXBs=SBub25jZQ==",
		"dGhlIHNhbXBsZSBub25jZ-==", "dGhlIHNhbXBsZSBub25j ZQ==",
		"AAAA====================" };
	struct handshake_request r = good();

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		r.key = values[i];
		refused(&r, WS_R_KEY, 400);
	}
	r = good();
	r.keys = 2;
	refused(&r, WS_R_KEY, 400);
}
END_TEST

START_TEST(subprotocols_that_are_not_tokens_are_400)
{
	static const char *const values[] = { "", " , ", "a b", "soap, a/b",
		"\"soap\"", "soap, \xc3\xa4", "soap;q=1" };
	struct handshake_request r = good();

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		r.protocols = values[i];
		refused(&r, WS_R_PROTOCOL, 400);
	}
}
END_TEST

START_TEST(malformed_extensions_are_400)
{
	static const char *const values[] = { "", ",", "a,", "a;",
		"a; b=", "a=b", "a; =b", "a b", "a; b=\"c", "a; b=\"\"",
		"a; b=\"c d\"", "a; b=\"c\\", "a; b=\"\\\"\"", "a; b=c d",
		"a, , b", "a; b=\"c\"d" };
	struct handshake_request r = good();

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		r.extensions = values[i];
		refused(&r, WS_R_EXTENSIONS, 400);
	}
}
END_TEST

START_TEST(the_first_mistake_is_the_one_that_is_named)
{
	struct handshake_request r = {
		.method = "GET", .version = "HTTP/1.1", .host = "a", .hosts = 1
	};

	refused(&r, WS_R_UPGRADE, 426);
	r.method = "POST";
	refused(&r, WS_R_METHOD, 405);
}
END_TEST

START_TEST(the_example_of_section_1_3_is_accepted)
{
	struct handshake_request r = good();
	struct handshake_verdict v = accepted(&r);

	ck_assert_str_eq(v.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	ck_assert_ptr_null(v.protocol);
}
END_TEST

START_TEST(list_headers_are_read_as_lists_in_any_case)
{
	struct handshake_request r = good();

	r.upgrade = "h2c, WebSocket";
	r.connection = "keep-alive,\tUPGRADE ,, close";
	accepted(&r);
	r.connection = ",upgrade";
	accepted(&r);
}
END_TEST

START_TEST(good_extensions_are_accepted_whatever_they_are)
{
	static const char *const values[] = { "permessage-deflate",
		"permessage-deflate; client_max_window_bits",
		"a; b=10;c ; d = \"e\", f", "a;b=\"1\\0\"" };
	struct handshake_request r = good();

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		r.extensions = values[i];
		accepted(&r);
	}
}
END_TEST

START_TEST(the_clients_first_known_subprotocol_is_chosen)
{
	static const struct {
		const char *list, *chosen;
	} rows[] = { { "soap", "soap" }, { "x, chat.v1,chat.v2", "chat.v1" },
		{ "chat.v2, chat.v1", "chat.v2" }, { "x, y", NULL },
		{ "SOAP", NULL }, { "chat", NULL }, { "chat.v11", NULL },
		{ " , soap ,", "soap" } };
	struct handshake_request r = good();

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct handshake_verdict v;

		r.protocols = rows[i].list;
		v = accepted(&r);
		if (rows[i].chosen)
			ck_assert_str_eq(v.protocol, rows[i].chosen);
		else
			ck_assert_ptr_null(v.protocol);
	}
}
END_TEST

START_TEST(a_route_without_subprotocols_chooses_none)
{
	struct handshake_request r = good();
	struct handshake_verdict v;

	r.protocols = "soap";
	handshake_judge(&r, NULL, 0, &v);
	ck_assert_uint_eq(v.status, 101);
	ck_assert_ptr_null(v.protocol);
}
END_TEST

START_TEST(tokens_have_no_blanks_and_separators)
{
	ck_assert(!handshake_token_valid(""));
	ck_assert(!handshake_token_valid("a b"));
	ck_assert(!handshake_token_valid("a,b"));
	ck_assert(!handshake_token_valid("a/b"));
	ck_assert(handshake_token_valid("v1.json-rpc_2!"));
}
END_TEST

START_TEST(a_key_that_we_make_is_one_that_we_accept)
{
	const uint8_t nonce[16] = "the sample nonce";
	const uint8_t bits[16] = { 0xfb, 0xff, 0xbf, 0xfb, 0xff, 0xbf };
	char key[HANDSHAKE_KEY_LEN + 1];

	handshake_key_make(nonce, key);
	ck_assert_str_eq(key, "dGhlIHNhbXBsZSBub25jZQ==");
	handshake_key_make(bits, key);
	ck_assert_str_eq(key, "+/+/+/+/AAAAAAAAAAAAAA==");
	ck_assert(handshake_key_valid(key));
}
END_TEST

static void
check_digest(const uint8_t *p, size_t n, const char *expected)
{
	uint8_t digest[SHA1_LEN];
	char hex[2 * SHA1_LEN + 1];

	sha1(p, n, digest);
	for (size_t i = 0; i < SHA1_LEN; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	ck_assert_str_eq(hex, expected);
}

START_TEST(sha1_gives_the_digests_of_the_standard)
{
	static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklm"
				  "klmnlmnomnopnopq";

	check_digest(
	    (const uint8_t *)"", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	check_digest((const uint8_t *)"abc", 3,
	    "a9993e364706816aba3e25717850c26c9cd0d89d");
	check_digest((const uint8_t *)two, sizeof two - 1,
	    "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}
END_TEST

START_TEST(sha1_pads_right_around_a_block)
{
	static const struct {
		size_t n;
		const char *digest;
	} rows[] = {
		{ 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a" },
		{ 56, "c2db330f6083854c99d4b5bfb6e8f29f201be699" },
		{ 63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5" },
		{ 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d" },
		{ 65, "11655326c708d70319be2610e8a57d9a5b959d3b" },
		{ 119, "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56" },
		{ 120, "f34c1488385346a55709ba056ddd08280dd4c6d6" },
		{ 128, "ad5b3fdbcb526778c2839d2f151ea753995e26a0" },
		{ 200, "e61cfffe0d9195a525fc6cf06ca2d77119c24a40" },
	};
	uint8_t text[200];

	memset(text, 'a', sizeof text);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check_digest(text, rows[i].n, rows[i].digest);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("handshake");
	TCase *tc = suite_case(suite, "handshake");

	tcase_add_test(tc, a_method_other_than_get_is_405);
	tcase_add_test(tc, http_before_1_1_is_400);
	tcase_add_test(tc, host_must_come_exactly_once);
	tcase_add_test(tc, a_plain_get_is_told_to_upgrade);
	tcase_add_test(tc, connection_must_name_upgrade);
	tcase_add_test(tc, a_version_other_than_13_is_426);
	tcase_add_test(tc, the_key_must_be_16_bytes_in_base64);
	tcase_add_test(tc, subprotocols_that_are_not_tokens_are_400);
	tcase_add_test(tc, malformed_extensions_are_400);
	tcase_add_test(tc, the_first_mistake_is_the_one_that_is_named);
	tcase_add_test(tc, the_example_of_section_1_3_is_accepted);
	tcase_add_test(tc, list_headers_are_read_as_lists_in_any_case);
	tcase_add_test(tc, good_extensions_are_accepted_whatever_they_are);
	tcase_add_test(tc, the_clients_first_known_subprotocol_is_chosen);
	tcase_add_test(tc, a_route_without_subprotocols_chooses_none);
	tcase_add_test(tc, tokens_have_no_blanks_and_separators);
	tcase_add_test(tc, a_key_that_we_make_is_one_that_we_accept);
	tcase_add_test(tc, sha1_gives_the_digests_of_the_standard);
	tcase_add_test(tc, sha1_pads_right_around_a_block);
	return suite_run_forked(suite);
}
