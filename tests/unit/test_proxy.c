/* SPDX-License-Identifier: MIT
 *
 * test_proxy.c - headers of the PROXY protocol as bytes, whole, cut off and
 * wrong. The header stands in an allocation of exactly its size.
 */
#include "config.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../suite.h"
#include "wire/proxy.h"

static struct proxy_header h;

static int
read_exactly(const void *p, size_t n)
{
	uint8_t *exact = malloc(n + (n == 0));
	int rc;

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, p, n);
	rc = proxy_read(&h, exact, n);
	free(exact);
	return rc;
}

/* As a whole, with something behind it, and at every cut before its end. */
static int
read_everyhow(const void *p, size_t n)
{
	uint8_t *more = malloc(n + 8);
	int rc = read_exactly(p, n);

	ck_assert_ptr_nonnull(more);
	memcpy(more, p, n);
	memcpy(more + n, "GET / HT", 8);
	ck_assert_int_eq(read_exactly(more, n + 8), rc);
	free(more);
	for (size_t cut = 0; rc > 0 && cut < n; cut++)
		ck_assert_int_eq(read_exactly(p, cut), 0);
	return read_exactly(p, n);
}

/* --- version 1 ----------------------------------------------------------- */

static const struct line {
	const char *text;
	int error;
} bad_lines[] = {
	{ "GET / HTTP/1.1\r\n", PROXY_ABSENT },
	{ "\x16\x03\x01", PROXY_ABSENT },
	{ "proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n", PROXY_ABSENT },
	{ "PROXYTCP4 192.0.2.1 192.0.2.2 1 2\r\n", PROXY_ABSENT },
	{ "PROXY \r\n", PROXY_MALFORMED },
	{ "PROXY TCP4\r\n", PROXY_MALFORMED },
	{ "PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP 192.0.2.1 192.0.2.2 1 2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP44 192.0.2.1 192.0.2.2 1 2\r\n", PROXY_MALFORMED },
	{ "PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n", PROXY_MALFORMED },
	{ "PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n", PROXY_MALFORMED },
	{ "PROXY UNKNOWNX\r\n", PROXY_MALFORMED },
	{ "PROXY UNKNOWN\n", PROXY_MALFORMED },
	{ "PROXY UNKNOWN a\rb\r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 22\n", PROXY_MALFORMED },
	{ "PROXY \n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.1  192.0.2.2 1 2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.1\t192.0.2.2 1 2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 \r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.1 192.0.2.2  2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 99999\r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.1 192.0.2.2 1 655350\r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.1 192.0.2.x 1 2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 ::1 ::1 1 2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP4 192.0.2.1 ::1 1 2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP6 ::1%lo ::1 1 2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP6 [::1] ::1 1 2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2\r\n", PROXY_MALFORMED },
	{ "PROXY TCP6 1111:1111:1111:1111:1111:1111:11:22.33.44.5555 ::1 1 "
	  "2\r\n",
	    PROXY_MALFORMED },
	{ "PROXY TCP6 00001:2:3:4:5:6:7:8 ::1 1 2\r\n", PROXY_MALFORMED },
};

START_TEST(a_wrong_line_is_refused)
{
	const struct line *l = &bad_lines[_i];

	ck_assert_int_eq(read_everyhow(l->text, strlen(l->text)), -l->error);
}
END_TEST

START_TEST(an_address_is_not_cut_at_a_zero_byte)
{
	static const char line[] = "PROXY TCP4 192.0.2.1\0.9 192.0.2.2 1 2\r\n";

	ck_assert_int_eq(
	    read_everyhow(line, sizeof line - 1), -PROXY_MALFORMED);
}
END_TEST

START_TEST(a_line_has_107_bytes_at_most)
{
	char line[PROXY_V1_MAX + 1];

	memset(line, 'x', sizeof line);
	memcpy(line, "PROXY UNKNOWN ", 14);
	memcpy(line + PROXY_V1_MAX - 2, "\r\n", 2);
	ck_assert_int_eq(read_everyhow(line, PROXY_V1_MAX), PROXY_V1_MAX);
	memcpy(line + PROXY_V1_MAX - 2, "x\r\n", 3);
	ck_assert_int_eq(read_exactly(line, PROXY_V1_MAX - 1), 0);
	ck_assert_int_eq(read_exactly(line, PROXY_V1_MAX), -PROXY_TOO_LONG);
	ck_assert_int_eq(read_exactly(line, sizeof line), -PROXY_TOO_LONG);
}
END_TEST

static const struct good_line {
	const char *text;
	enum proxy_kind kind;
	uint8_t from[16];
	uint16_t port;
} good_lines[] = {
	{ "PROXY UNKNOWN\r\n", PROXY_UNKNOWN, { 0 }, 0 },
	{ "PROXY UNKNOWN \r\n", PROXY_UNKNOWN, { 0 }, 0 },
	{ "PROXY UNKNOWN ffff::1 ::1 65535 1\r\n", PROXY_UNKNOWN, { 0 }, 0 },
	{ "PROXY TCP4 192.0.2.1 10.0.0.2 4711 80\r\n", PROXY_IPV4,
	    { 192, 0, 2, 1 }, 4711 },
	{ "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
	    PROXY_IPV4, { 255, 255, 255, 255 }, 65535 },
	{ "PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", PROXY_IPV4, { 0 }, 0 },
	{ "PROXY TCP6 2001:db8::7 ::1 256 443\r\n", PROXY_IPV6,
	    { 0x20, 0x01, 0x0d, 0xb8, [15] = 7 }, 256 },
	{ "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
	    PROXY_IPV6,
	    { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
		255, 255, 255 },
	    65535 },
};

START_TEST(a_line_tells_who_the_client_is)
{
	const struct good_line *l = &good_lines[_i];
	int len = (int)strlen(l->text);

	ck_assert_int_eq(read_everyhow(l->text, strlen(l->text)), len);
	ck_assert_int_eq(h.kind, l->kind);
	ck_assert_mem_eq(h.from, l->from, 16);
	ck_assert_uint_eq(h.port, l->port);
	ck_assert(!h.tls);
}
END_TEST

/* --- version 2 ----------------------------------------------------------- */

#define START "\r\n\r\n\0\r\nQUIT\n"
#define V4    START "\x21\x11"
#define FROM4 "\xc0\x00\x02\x01\x0a\x00\x00\x02\x12\x67\x00\x50"

enum { FIXED = 16 };

struct bytes {
	const char *p;
	size_t n;
	int result;
	enum proxy_kind kind;
	bool tls;
};
#define BYTES(text) (text), sizeof(text) - 1

static const struct bytes bad_bytes[] = {
	{ BYTES("\r\n\r\n\r"), -PROXY_ABSENT, 0, 0 },
	{ BYTES("\r\n\r\n\0\r\nQUIT\r"), -PROXY_ABSENT, 0, 0 },
	/* version and command */
	{ BYTES(START "\x11"), -PROXY_MALFORMED, 0, 0 },
	{ BYTES(START "\x31"), -PROXY_MALFORMED, 0, 0 },
	{ BYTES(START "\x22"), -PROXY_MALFORMED, 0, 0 },
	{ BYTES(START "\x2f"), -PROXY_MALFORMED, 0, 0 },
	/* family and transport */
	{ BYTES(START "\x21\x01"), -PROXY_MALFORMED, 0, 0 },
	{ BYTES(START "\x21\x10"), -PROXY_MALFORMED, 0, 0 },
	{ BYTES(START "\x21\x13"), -PROXY_MALFORMED, 0, 0 },
	{ BYTES(START "\x21\x41"), -PROXY_MALFORMED, 0, 0 },
	{ BYTES(START "\x21\xf1"), -PROXY_MALFORMED, 0, 0 },
	/* a length without room for the addresses, or without an end */
	{ BYTES(V4 "\x00\x00"), -PROXY_MALFORMED, 0, 0 },
	{ BYTES(V4 "\x00\x0b"), -PROXY_MALFORMED, 0, 0 },
	{ BYTES(START "\x21\x21\x00\x23"), -PROXY_MALFORMED, 0, 0 },
	{ BYTES(START "\x21\x31\x00\xd7"), -PROXY_MALFORMED, 0, 0 },
	{ BYTES(V4 "\x0f\xf1"), -PROXY_TOO_LONG, 0, 0 },
	{ BYTES(V4 "\xff\xff"), -PROXY_TOO_LONG, 0, 0 },
	{ BYTES(START "\x20\x00\xff\xff"), -PROXY_TOO_LONG, 0, 0 },
	/* values that do not end where the header does */
	{ BYTES(V4 "\x00\x0d" FROM4 "\x04"), -PROXY_MALFORMED, 0, 0 },
	{ BYTES(V4 "\x00\x0e" FROM4 "\x04\x00"), -PROXY_MALFORMED, 0, 0 },
	{ BYTES(V4 "\x00\x0f" FROM4 "\x04\x00\x01"), -PROXY_MALFORMED, 0, 0 },
	{ BYTES(V4 "\x00\x10" FROM4 "\x04\x00\x02x"), -PROXY_MALFORMED, 0, 0 },
	{ BYTES(V4 "\x00\x11" FROM4 "\x04\x00\x01xy"), -PROXY_MALFORMED, 0, 0 },
	/* TLS: too short; values of its own that do not fit; twice */
	{ BYTES(V4 "\x00\x13" FROM4 "\x20\x00\x04\x01\0\0\0"), -PROXY_MALFORMED,
	    0, 0 },
	{ BYTES(V4 "\x00\x17" FROM4 "\x20\x00\x08\x01\0\0\0\0\x21\x00\x01"),
	    -PROXY_MALFORMED, 0, 0 },
	{ BYTES(V4 "\x00\x1c" FROM4 "\x20\x00\x05\x01\0\0\0\0"
		   "\x20\x00\x05\x01\0\0\0\0"),
	    -PROXY_MALFORMED, 0, 0 },
	/* a checksum of another size, and one that does not fit */
	{ BYTES(V4 "\x00\x12" FROM4 "\x03\x00\x03xyz"), -PROXY_MALFORMED, 0,
	    0 },
	{ BYTES(V4 "\x00\x13" FROM4 "\x03\x00\x04wxyz"), -PROXY_MALFORMED, 0,
	    0 },
	/* two checksums, each of which fits: one is enough to reckon */
	{ BYTES(V4 "\x00\x1a" FROM4 "\x03\x00\x04\xbc\x66\x06\x63"
		   "\x03\x00\x04\xfc\xa2\x28\xcb"),
	    -PROXY_MALFORMED, 0, 0 },
};

START_TEST(wrong_bytes_are_refused)
{
	const struct bytes *b = &bad_bytes[_i];

	ck_assert_int_eq(read_everyhow(b->p, b->n), b->result);
	/* not before the byte that shows it */
	if (b->n <= FIXED)
		ck_assert_int_eq(read_exactly(b->p, b->n - 1), 0);
}
END_TEST

#define SSL(flags) "\x20\x00\x05" flags "\0\0\0\0"

static const struct bytes good_bytes[] = {
	{ BYTES(START "\x20\x00\x00\x00"), 16, PROXY_ITSELF, 0 },
	/* of which nothing else is looked at */
	{ BYTES(START "\x20\xff\x00\x03\x20\xff\xff"), 19, PROXY_ITSELF, 0 },
	{ BYTES(START "\x20\x11\x00\x0c" FROM4), 28, PROXY_ITSELF, 0 },
	{ BYTES(START "\x21\x00\x00\x00"), 16, PROXY_UNKNOWN, 0 },
	{ BYTES(START "\x21\x00\x00\x02\xff\xff"), 18, PROXY_UNKNOWN, 0 },
	{ BYTES(V4 "\x00\x0c" FROM4), 28, PROXY_IPV4, 0 },
	{ BYTES(START "\x21\x12\x00\x0c" FROM4), 28, PROXY_IPV4, 0 },
	{ BYTES(V4 "\x00\x0f" FROM4 "\x04\x00\x00"), 31, PROXY_IPV4, 0 },
	{ BYTES(V4 "\x00\x15" FROM4 "\x01\x00\x02h2\xee\x00\x01x"), 37,
	    PROXY_IPV4, 0 },
	{ BYTES(V4 "\x00\x14" FROM4 SSL("\x01")), 36, PROXY_IPV4, true },
	{ BYTES(V4 "\x00\x14" FROM4 SSL("\x07")), 36, PROXY_IPV4, true },
	{ BYTES(V4 "\x00\x14" FROM4 SSL("\x06")), 36, PROXY_IPV4, false },
	{ BYTES(V4 "\x00\x1e" FROM4 "\x20\x00\x0f\x01\0\0\0\0"
		   "\x21\x00\x07TLSv1.3"),
	    46, PROXY_IPV4, true },
	/* a checksum */
	{ BYTES(V4 "\x00\x13\x7f\x00\x00\x05\x7f\x00\x00\x01\x30\x39\x1f\x90"
		   "\x03\x00\x04\x34\x5c\x2b\x40"),
	    35, PROXY_IPV4, 0 },
};

START_TEST(bytes_tell_who_the_client_is)
{
	const struct bytes *b = &good_bytes[_i];

	ck_assert_int_eq(read_everyhow(b->p, b->n), b->result);
	ck_assert_int_eq(h.kind, b->kind);
	ck_assert(h.tls == b->tls);
}
END_TEST

START_TEST(addresses_and_ports_are_the_clients)
{
	static const char v4[] = V4 "\x00\x0c" FROM4;
	static const uint8_t from4[16] = { 192, 0, 2, 1 };
	uint8_t v6[16 + 36] = START "\x21\x21\x00\x24";
	uint8_t local[16 + 216] = START "\x21\x31\x00\xd8";
	uint8_t from6[16];

	ck_assert_int_eq(read_exactly(v4, sizeof v4 - 1), 28);
	ck_assert_mem_eq(h.from, from4, 16);
	ck_assert_uint_eq(h.port, 0x1267);

	for (int i = 0; i < 36; i++)
		v6[16 + i] = (uint8_t)(i + 1);
	for (int i = 0; i < 16; i++)
		from6[i] = (uint8_t)(i + 1);
	ck_assert_int_eq(read_everyhow(v6, sizeof v6), sizeof v6);
	ck_assert_int_eq(h.kind, PROXY_IPV6);
	ck_assert_mem_eq(h.from, from6, 16);
	ck_assert_uint_eq(h.port, 33 << 8 | 34);

	memset(local + 16, 'x', 216);
	ck_assert_int_eq(read_everyhow(local, sizeof local), sizeof local);
	ck_assert_int_eq(h.kind, PROXY_UNIX);
	ck_assert_uint_eq(h.port, 0);
}
END_TEST

START_TEST(a_header_of_4096_bytes_is_taken)
{
	static uint8_t p[PROXY_MAX] = V4 "\x0f\xf0" FROM4 "\x04\x0f\xe1";

	ck_assert_int_eq(read_exactly(p, PROXY_MAX - 1), 0);
	ck_assert_int_eq(read_exactly(p, PROXY_MAX), PROXY_MAX);
	ck_assert_int_eq(h.kind, PROXY_IPV4);
}
END_TEST

/* Whatever byte of it changes, somebody notices. */
START_TEST(a_checksum_is_of_every_byte)
{
	const struct bytes *b =
	    &good_bytes[sizeof good_bytes / sizeof good_bytes[0] - 1];
	char p[64];

	for (size_t i = 0; i < b->n; i++) {
		memcpy(p, b->p, b->n);
		p[i] ^= 1;
		/* but for the command, and the type itself */
		if (i != 12 && i != 28)
			ck_assert_int_le(read_exactly(p, b->n), 0);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("proxy");
	TCase *c = suite_case(s, "version 1");

	tcase_add_loop_test(c, a_wrong_line_is_refused, 0,
	    sizeof bad_lines / sizeof bad_lines[0]);
	tcase_add_test(c, an_address_is_not_cut_at_a_zero_byte);
	tcase_add_test(c, a_line_has_107_bytes_at_most);
	tcase_add_loop_test(c, a_line_tells_who_the_client_is, 0,
	    sizeof good_lines / sizeof good_lines[0]);
	c = suite_case(s, "version 2");
	tcase_add_loop_test(c, wrong_bytes_are_refused, 0,
	    sizeof bad_bytes / sizeof bad_bytes[0]);
	tcase_add_loop_test(c, bytes_tell_who_the_client_is, 0,
	    sizeof good_bytes / sizeof good_bytes[0]);
	tcase_add_test(c, addresses_and_ports_are_the_clients);
	tcase_add_test(c, a_header_of_4096_bytes_is_taken);
	tcase_add_test(c, a_checksum_is_of_every_byte);
	return suite_run_forked(s);
}
