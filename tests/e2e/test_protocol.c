/* SPDX-License-Identifier: MIT
 *
 * test_protocol.c - RFC 6455 against the real host, over a raw socket.
 *
 * The wire's own tests hold every rule against every cut of the bytes; what
 * is shown here is that a peer on the network meets those rules: statuses,
 * close codes, reason texts, and what happens to the connection after them.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "raw.h"
#include "suite.h"

static struct daemon d;

static void
start(void)
{
	daemon_prepare(&d);
	daemon_start(&d,
	    "routes = (\n"
	    "  { path = \"/echo\"; handler = \"echo\";\n"
	    "    protocols = [ \"chat.v2\", \"chat.v1\" ]; },\n"
	    "  { path = \"/guarded\"; handler = \"echo\";\n"
	    "    origins = [ \"https://app.example.com\",\n"
	    "                \"https://*.example.org\" ]; },\n"
	    "  { path = \"/polite\"; handler = \"echo\"; refuse = \"close\";\n"
	    "    origins = [ \"https://app.example.com\" ]; },\n"
	    "  { path = \"/anyone\"; handler = \"echo\"; origins = [ \"*\" ]; "
	    "}\n"
	    ");");
}

static void
stop(void)
{
	daemon_end(&d);
}

/* The status of a handshake whose lines are these. */
static int
status_of(const char *lines, char *head, size_t size)
{
	struct raw r;

	raw_open(&r, d.port);
	raw_puts(&r, lines);
	int status = raw_head(&r, head, size);
	raw_shut(&r);
	return status;
}

#define KEY	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define V13	"Sec-WebSocket-Version: 13\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define HOST	"Host: localhost\r\n"

static const struct {
	const char *request;
	int status;
	const char *header; /* that the answer must have, or NULL */
} handshakes[] = {
	{ "POST /echo HTTP/1.1\r\n" HOST UPGRADE KEY V13
	  "Content-Length: 0\r\n\r\n",
	    405, "Allow:" },
	{ "GET /echo HTTP/1.0\r\n" HOST UPGRADE KEY V13 "\r\n", 400, NULL },
	{ "GET /echo HTTP/1.1\r\n" UPGRADE KEY V13 "\r\n", 400, NULL },
	{ "GET /echo HTTP/1.1\r\n" HOST UPGRADE V13 "\r\n", 400, NULL },
	{ "GET /echo HTTP/1.1\r\n" HOST UPGRADE
	  "Sec-WebSocket-Key: c2hvcnQ=\r\n" V13 "\r\n",
	    400, NULL },
	{ "GET /echo HTTP/1.1\r\n" HOST UPGRADE KEY
	  "Sec-WebSocket-Version: 8\r\n\r\n",
	    426, "Sec-WebSocket-Version: 13" },
	{ "GET /echo HTTP/1.1\r\n" HOST UPGRADE KEY "\r\n", 426,
	    "Sec-WebSocket-Version: 13" },
	{ "GET /echo HTTP/1.1\r\n" HOST "\r\n", 426, "Upgrade: websocket" },
	{ "GET /nowhere HTTP/1.1\r\n" HOST UPGRADE KEY V13 "\r\n", 404, NULL },
	{ "GET /echo HTTP/1.1\r\n" HOST HOST UPGRADE KEY V13 "\r\n", 400,
	    NULL },
	{ "GET /guarded HTTP/1.1\r\n" HOST UPGRADE KEY V13
	  "Origin: https://evil.example\r\n\r\n",
	    403, NULL },
	{ "GET /guarded HTTP/1.1\r\n" HOST UPGRADE KEY V13
	  "Origin: https://app.example.com\r\n\r\n",
	    101, NULL },
	{ "GET /guarded HTTP/1.1\r\n" HOST UPGRADE KEY V13
	  "Origin: https://a.b.example.org\r\n\r\n",
	    101, NULL },
	{ "GET /guarded HTTP/1.1\r\n" HOST UPGRADE KEY V13 "\r\n", 101, NULL },
	{ "GET /echo HTTP/1.1\r\n" HOST UPGRADE KEY V13
	  "Origin: http://localhost\r\n\r\n",
	    101, NULL },
	{ "GET /echo HTTP/1.1\r\n" HOST UPGRADE KEY V13
	  "Origin: http://localhost:81\r\n\r\n",
	    403, NULL },
	{ "GET /anyone HTTP/1.1\r\n" HOST UPGRADE KEY V13
	  "Origin: https://evil.example\r\n\r\n",
	    101, NULL },
	{ "GET /echo HTTP/1.1\r\n" HOST UPGRADE KEY V13
	  "Sec-WebSocket-Protocol: nope, chat.v1\r\n\r\n",
	    101, "Sec-WebSocket-Protocol: chat.v1" },
	{ "GET /echo HTTP/1.1\r\nHost: localhost\r\n"
	  "upgrade: WebSocket\r\nconnection: keep-alive, UPGRADE\r\n" KEY V13
	  "\r\n",
	    101, "Upgrade: websocket" },
};

START_TEST(every_handshake_gets_its_status)
{
	char head[8192];
	int status = status_of(handshakes[_i].request, head, sizeof head);

	ck_assert_msg(status == handshakes[_i].status, "%d for %s", status,
	    handshakes[_i].request);
	if (handshakes[_i].header)
		ck_assert_msg(strstr(head, handshakes[_i].header) != NULL,
		    "no \"%s\" in %s", handshakes[_i].header, head);
}
END_TEST

START_TEST(a_foreign_origin_is_told_apart_in_the_log)
{
	char head[8192];

	ck_assert_int_eq(
	    status_of("GET /guarded HTTP/1.1\r\n" HOST UPGRADE KEY V13
		      "Origin: https://evil.example\r\n\r\n",
		head, sizeof head),
	    403);
	daemon_log(&d, "https://evil.example", "localhost", NULL);
}
END_TEST

START_TEST(a_polite_route_says_why_in_a_close_frame)
{
	struct raw r;

	raw_open(&r, d.port);
	ck_assert_int_eq(
	    raw_upgrade(&r, "/polite", "Origin: https://evil.example\r\n"),
	    101);
	raw_expect_close(&r, 4403, "rigin");
	raw_shut(&r);
}
END_TEST

/* What a peer may not send, and what it is told. */
static const struct {
	const char *bytes;
	size_t n;
	int code;
} violations[] = {
#define V(bytes, code)                        \
	{                                     \
		bytes, sizeof bytes - 1, code \
	}
	V("\x81\x02hi", 1002),			       /* not masked */
	V("\xc1\x80\1\2\3\4", 1002),		       /* RSV1 */
	V("\x83\x80\1\2\3\4", 1002),		       /* opcode 3 */
	V("\x8b\x80\1\2\3\4", 1002),		       /* opcode 11 */
	V("\x80\x80\1\2\3\4", 1002),		       /* continues nothing */
	V("\x09\x80\1\2\3\4", 1002),		       /* ping in fragments */
	V("\x89\xfe\x00\x7e\1\2\3\4", 1002),	       /* ping of 126 */
	V("\x81\xfe\x00\x05\1\2\3\4", 1002),	       /* length not minimal */
	V("\x81\xff\x80\0\0\0\0\0\0\1\1\2\3\4", 1002), /* top bit */
	V("\x88\x81\0\0\0\0\x03", 1002),	       /* close of one byte */
	V("\x88\x82\0\0\0\0\x03\xed", 1002),	       /* close 1005 */
	V("\x88\x82\0\0\0\0\x00\x00", 1002),	       /* close 0 */
	V("\x88\x83\0\0\0\0\x03\xe8\xff", 1007),       /* reason not UTF-8 */
	V("\x81\x82\0\0\0\0\xc0\xaf", 1007),	       /* overlong */
	V("\x01\x81\0\0\0\0\xff", 1007),     /* at once, not at the end */
	V("\x81\x8a\0\0\0\0\xed\xa0", 1007), /* surrogate, cut */
#undef V
};

START_TEST(every_violation_gets_its_close_code_and_then_the_end)
{
	struct raw r;

	raw_ws(&r, d.port, "/echo");
	raw_put(&r, violations[_i].bytes, violations[_i].n);
	raw_text(&r, "after the fault nothing is heard");
	raw_expect_close(&r, violations[_i].code, "");
	raw_expect_end(&r);
	raw_shut(&r);
}
END_TEST

START_TEST(text_and_binary_come_back_in_every_length_form)
{
	static const size_t sizes[] = { 0, 1, 125, 126, 65535, 65536, 1000000 };
	struct raw r;
	uint8_t *data = malloc(1000000);

	ck_assert_ptr_nonnull(data);
	for (size_t i = 0; i < 1000000; i++)
		data[i] = (uint8_t)('a' + i * i % 26);
	raw_ws(&r, d.port, "/echo");
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (int opcode = 1; opcode <= 2; opcode++) {
			raw_frame(&r, 0x80 | opcode, data, sizes[i]);
			struct raw_frame f = raw_next(&r);
			ck_assert_int_eq(f.opcode, opcode);
			ck_assert_uint_eq(f.len, sizes[i]);
			ck_assert_int_eq(memcmp(f.data, data, f.len), 0);
		}
	raw_shut(&r);
	free(data);
}
END_TEST

START_TEST(fragments_join_and_control_frames_pass_between_them)
{
	struct raw r;

	raw_ws(&r, d.port, "/echo");
	raw_frame(&r, 0x01, "caf\xc3", 4);
	raw_frame(&r, 0x89, "are you there", 13);
	struct raw_frame pong = raw_next(&r);
	ck_assert_int_eq(pong.opcode, 10);
	ck_assert_str_eq((char *)pong.data, "are you there");
	raw_frame(&r, 0x00, "\xa9 au", 4);
	raw_frame(&r, 0x8a, "nobody asked", 12);
	raw_frame(&r, 0x80, " lait", 5);
	raw_expect(&r, "caf\xc3\xa9 au lait");
	raw_shut(&r);
}
END_TEST

START_TEST(a_close_is_answered_with_its_code)
{
	struct raw r;

	raw_ws(&r, d.port, "/echo");
	raw_close(&r, 1000, "done");
	raw_expect_close(&r, 1000, "");
	raw_expect_end(&r);
	raw_shut(&r);
	daemon_log(&d, "closed", "1000", "done", NULL);

	raw_ws(&r, d.port, "/echo");
	raw_frame(&r, 0x88, "", 0);
	raw_expect_close(&r, 1005, "");
	raw_expect_end(&r);
	raw_shut(&r);

	raw_ws(&r, d.port, "/echo");
	raw_close(&r, 4321, "my own");
	raw_expect_close(&r, 4321, "");
	raw_shut(&r);
}
END_TEST

START_TEST(frames_in_the_handshakes_own_segment_lose_no_byte)
{
	enum { MESSAGES = 4800, SIZE = 20 };
	static const char hello[] =
	    "GET /echo HTTP/1.1\r\n" HOST UPGRADE KEY V13 "\r\n";
	uint8_t *all = malloc(sizeof hello + MESSAGES * (SIZE + 14));
	char head[8192], text[SIZE + 1];
	struct raw r;
	size_t n = sizeof hello - 1;

	ck_assert_ptr_nonnull(all);
	memcpy(all, hello, n);
	for (int i = 0; i < MESSAGES; i++) {
		snprintf(text, sizeof text, "message %011d", i);
		n += raw_build(all + n, 0x81, text, strlen(text));
	}
	ck_assert_uint_ge(n, 115 * 1024);
	raw_open(&r, d.port);
	raw_put(&r, all, n);
	ck_assert_int_eq(raw_head(&r, head, sizeof head), 101);
	for (int i = 0; i < MESSAGES; i++) {
		snprintf(text, sizeof text, "message %011d", i);
		raw_expect(&r, text);
	}
	raw_shut(&r);
	free(all);
}
END_TEST

START_TEST(one_byte_at_a_time_is_as_good_as_all_at_once)
{
	uint8_t frame[64];
	struct raw r;

	raw_ws(&r, d.port, "/echo");
	size_t n = raw_build(frame, 0x81, "slow and steady", 15);
	for (size_t i = 0; i < n; i++)
		raw_put(&r, frame + i, 1);
	raw_expect(&r, "slow and steady");
	raw_shut(&r);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("protocol");
	TCase *c = suite_case(s, "over a raw socket");

	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_loop_test(c, every_handshake_gets_its_status, 0,
	    sizeof handshakes / sizeof *handshakes);
	tcase_add_test(c, a_foreign_origin_is_told_apart_in_the_log);
	tcase_add_test(c, a_polite_route_says_why_in_a_close_frame);
	tcase_add_loop_test(c,
	    every_violation_gets_its_close_code_and_then_the_end, 0,
	    sizeof violations / sizeof *violations);
	tcase_add_test(c, text_and_binary_come_back_in_every_length_form);
	tcase_add_test(c, fragments_join_and_control_frames_pass_between_them);
	tcase_add_test(c, a_close_is_answered_with_its_code);
	tcase_add_test(c, frames_in_the_handshakes_own_segment_lose_no_byte);
	tcase_add_test(c, one_byte_at_a_time_is_as_good_as_all_at_once);
	return suite_run(s);
}
