/* SPDX-License-Identifier: MIT
 *
 * test_deflate.c - permessage-deflate from the handshake to the close, with a
 * client that uses zlib. What may be agreed on is tests/unit/test_extension's,
 * what is done with it tests/unit/test_conn_deflate's.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

#include "daemon.h"
#include "raw.h"
#include "suite.h"

enum { ROOM = 1 << 16, RSV1_TEXT = 0xc1 };

#define OFFER(parameters) \
	"Sec-WebSocket-Extensions: permessage-deflate" parameters "\r\n"

static struct daemon d;
static uint8_t packed[ROOM];
static char large[ROOM];

static void
start(void)
{
	daemon_prepare(&d);
	daemon_start(&d,
	    "routes = (\n"
	    "  { path = \"/plain\"; handler = \"echo\"; },\n"
	    "  { path = \"/small\"; handler = \"echo\"; deflate = true; "
	    "max_message = 1000; },\n"
	    "  { path = \"/deflate\"; handler = \"echo\"; deflate = true; },\n"
	    "  { path = \"/keep\"; handler = \"echo\"; deflate = true; "
	    "deflate_takeover = true; deflate_window = 10; }\n"
	    ");");
	for (size_t n = 0; n < sizeof large - 60;)
		n += (size_t)snprintf(large + n, sizeof large - n,
		    "{\"id\": %zu, \"name\": \"someone\"}, ", n);
}

static void
stop(void)
{
	daemon_end(&d);
}

/* Upgrades and says what was agreed on; NULL: nothing. */
static const char *
agree(struct raw *r, const char *path, const char *offer)
{
	static char head[4096];
	char line[200];
	const char *at;

	raw_open(r, d.port);
	snprintf(line, sizeof line, "GET %s", path);
	ck_assert_int_eq(raw_request(r, line, offer, head, sizeof head), 101);
	at = strstr(head, "Sec-WebSocket-Extensions: ");
	r->deflate = at != NULL;
	if (!at)
		return NULL;
	at += strlen("Sec-WebSocket-Extensions: ");
	head[at - head + (long)strcspn(at, "\r\n")] = '\0';
	return at;
}

#define UPGRADE                                         \
	"Upgrade: websocket\r\nConnection: Upgrade\r\n" \
	"Sec-WebSocket-Version: 13\r\n"                 \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

START_TEST(it_is_agreed_on_where_the_route_says_so)
{
	static const struct {
		const char *path, *offer, *answer;
	} rows[] = {
		{ "/plain", UPGRADE OFFER(""), NULL },
		{ "/deflate", UPGRADE, NULL },
		{ "/deflate", UPGRADE OFFER("; what=1"), NULL },
		{ "/deflate", UPGRADE OFFER("; client_max_window_bits"),
		    "permessage-deflate; server_no_context_takeover; "
		    "client_no_context_takeover" },
		{ "/deflate", UPGRADE OFFER("; what=1") OFFER(""),
		    "permessage-deflate; server_no_context_takeover; "
		    "client_no_context_takeover" },
		{ "/keep", UPGRADE OFFER("; client_max_window_bits"),
		    "permessage-deflate; server_max_window_bits=10; "
		    "client_max_window_bits=10" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct raw r;
		const char *answer = agree(&r, rows[i].path, rows[i].offer);

		if (rows[i].answer)
			ck_assert_str_eq(answer, rows[i].answer);
		else
			ck_assert_ptr_null(answer);
		raw_shut(&r);
	}
}
END_TEST

/* A message, compressed with a window of 10 bits; returns its size. */
static size_t
pack(z_stream *z, const char *text)
{
	z->next_in = (const Bytef *)text;
	z->avail_in = (uInt)strlen(text);
	z->next_out = packed;
	z->avail_out = ROOM;
	ck_assert_int_eq(deflate(z, Z_SYNC_FLUSH), Z_OK);
	return ROOM - z->avail_out - 4;
}

static void
expect_packed(struct raw *r, z_stream *z, const char *text)
{
	static char out[2 * ROOM];
	struct raw_frame f = raw_next(r);

	ck_assert(f.fin && f.compressed);
	ck_assert_uint_lt(f.len, strlen(text));
	memcpy(packed, f.data, f.len);
	memcpy(packed + f.len, "\0\0\xff\xff", 4);
	z->next_in = packed;
	z->avail_in = (uInt)f.len + 4;
	z->next_out = (Bytef *)out;
	z->avail_out = sizeof out - 1;
	ck_assert_int_ge(inflate(z, Z_SYNC_FLUSH), Z_OK);
	*z->next_out = '\0';
	ck_assert_str_eq(out, text);
}

START_TEST(messages_come_back_as_they_were)
{
	static const char *const paths[] = { "/deflate", "/keep" };

	for (int i = 0; i < 2; i++) {
		z_stream out = { 0 }, in = { 0 };
		struct raw r;

		ck_assert_int_eq(
		    deflateInit2(&out, 6, Z_DEFLATED, -10, 8, 0), Z_OK);
		ck_assert_int_eq(inflateInit2(&in, -15), Z_OK);
		ck_assert_ptr_nonnull(agree(
		    &r, paths[i], UPGRADE OFFER("; client_max_window_bits")));
		for (int n = 0; n < 5; n++) {
			raw_frame(&r, RSV1_TEXT, packed, pack(&out, large + n));
			expect_packed(&r, &in, large + n);
			if (i == 0) {
				deflateReset(&out);
				inflateReset(&in);
			}
		}
		raw_text(&r, "plain"); /* and too small to be compressed */
		raw_expect(&r, "plain");
		raw_close(&r, 1000, "");
		raw_expect_close(&r, 1000, "");
		raw_shut(&r);
		deflateEnd(&out);
		inflateEnd(&in);
	}
}
END_TEST

START_TEST(bombs_and_damage_are_answered_and_counted)
{
	z_stream out = { 0 };
	struct raw r;

	ck_assert_int_eq(deflateInit2(&out, 9, Z_DEFLATED, -10, 8, 0), Z_OK);
	ck_assert_ptr_nonnull(agree(&r, "/small", UPGRADE OFFER("")));
	memset(large, 'x', sizeof large - 1);
	ck_assert_uint_lt(pack(&out, large), 1000);
	raw_frame(&r, RSV1_TEXT, packed, ROOM - out.avail_out - 4);
	raw_expect_close(&r, 1009, "max_message");
	raw_shut(&r);
	ck_assert_ptr_nonnull(agree(&r, "/deflate", UPGRADE OFFER("")));
	raw_frame(&r, RSV1_TEXT, "\xff\xff", 2);
	raw_expect_close(&r, 1002, "damaged");
	raw_shut(&r);
	daemon_await(&d,
	    "cleat_closes_by_host_total{route=\"/deflate\",reason=\"deflate\"}",
	    1);
	deflateEnd(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("deflate");
	TCase *tc = suite_case(s, "permessage-deflate");

	tcase_add_unchecked_fixture(tc, start, stop);
	tcase_add_test(tc, it_is_agreed_on_where_the_route_says_so);
	tcase_add_test(tc, messages_come_back_as_they_were);
	tcase_add_test(tc, bombs_and_damage_are_answered_and_counted);
	return suite_run(s);
}
