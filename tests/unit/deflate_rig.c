/* SPDX-License-Identifier: MIT
 *
 * deflate_rig.c - see deflate_rig.h.
 */
#include "config.h"

#include "deflate_rig.h"

#include <stdio.h>
#include <string.h>

const struct deflate_terms forgets = { .on = true,
	.server_bits = 15,
	.client_bits = 15 },
			   remembers = { .on = true,
				   .server_takeover = true,
				   .client_takeover = true,
				   .server_bits = 15,
				   .client_bits = 15 };

struct rig rig;
z_stream packer, unpacker;
uint8_t packed[ROOM];

static uint8_t unpacked[ROOM];
static const uint8_t tail[4] = { 0x00, 0x00, 0xff, 0xff };

void
deflate_rig_init(void)
{
	rig_init(&rig);
	rig.deflate = forgets;
	rig.rules.deflate_level = 1;
	rig.rules.deflate_min = 64;
	rig.rules.deflate_max = ROOM;
	packer = unpacker = (z_stream){ 0 };
	ck_assert_int_eq(deflateInit2(&packer, 6, Z_DEFLATED, -15, 8, 0), Z_OK);
	ck_assert_int_eq(inflateInit2(&unpacker, -15), Z_OK);
}

void
deflate_rig_fini(void)
{
	deflateEnd(&packer);
	inflateEnd(&unpacker);
	rig_fini(&rig);
}

size_t
squeeze_as(const void *p, size_t n, int flush)
{
	if (!rig.deflate.client_takeover)
		deflateReset(&packer);
	packer.next_in = p;
	packer.avail_in = (uInt)n;
	packer.next_out = packed;
	packer.avail_out = ROOM;
	ck_assert_int_ge(deflate(&packer, flush), Z_OK);
	return ROOM - packer.avail_out;
}

size_t
squeeze(const void *p, size_t n)
{
	return squeeze_as(p, n, Z_SYNC_FLUSH) - sizeof tail;
}

void
say_packed(struct player *p, const char *text)
{
	player_say(
	    p, FRAME_FIN | RSV1_TEXT, packed, squeeze(text, strlen(text)));
}

/* In pieces, for zlib does not mind what is beyond the window and yet in the
 * buffer that it writes to. */
static void
unpack(const uint8_t *p, size_t n)
{
	enum { PIECE = 100 };
	const Bytef *end = unpacked + ROOM - 1;

	unpacker.next_in = p;
	unpacker.avail_in = (uInt)n;
	do {
		size_t room = (size_t)(end - unpacker.next_out);

		unpacker.avail_out = room < PIECE ? (uInt)room : PIECE;
		ck_assert_int_ge(inflate(&unpacker, Z_SYNC_FLUSH), Z_BUF_ERROR);
	} while (unpacker.avail_out == 0 && unpacker.next_out < end);
	ck_assert_uint_eq(unpacker.avail_in, 0);
}

/* What a frame stands for: a text in `unpacked`. */
const char *
restore(const struct got *g)
{
	if (!rig.deflate.server_takeover)
		inflateReset(&unpacker);
	unpacker.next_out = unpacked;
	unpack(g->data, g->len);
	unpack(tail, sizeof tail);
	*unpacker.next_out = '\0';
	return (const char *)unpacked;
}

/* Returns how many bytes it took. */
size_t
expect_packed(struct player *p, const char *text)
{
	struct got g;

	ck_assert(player_hear(p, &g));
	ck_assert_uint_eq(g.opcode, WS_OP_TEXT);
	ck_assert(g.fin && g.compressed);
	ck_assert_str_eq(restore(&g), text);
	return g.len;
}

const char *
words(int n)
{
	static char text[ROOM];
	size_t len = 0;

	for (int i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof text - len,
		    "{\"user\": %d, \"room\": \"lobby\"} ", i);
	return text;
}

/* What no compressor makes smaller; as text, if it is short. */
const char *
noise_of(size_t n, unsigned values)
{
	static char text[ROOM];
	unsigned seed = 1;

	ck_assert_uint_lt(n, sizeof text);
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1103515245 + 12345;
		text[i] = (char)(1 + (seed >> 16) % values);
	}
	text[n] = '\0';
	return text;
}

static void
answer(struct player *p)
{
	ck_assert_int_ge(
	    conn_send(&p->conn, p->type, p->message, p->len), CONN_SENT);
}

struct player *
echo(void)
{
	struct player *p = rig_open(&rig, NULL, 0);

	p->on_message = answer;
	return p;
}
