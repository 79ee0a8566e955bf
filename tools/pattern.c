/* SPDX-License-Identifier: MIT
 *
 * pattern.c - see pattern.h.
 *
 * A `#` takes digits and blanks as long as they come, so neither must follow it
 * in the pattern: one pass, and nothing is ever looked at again.
 *
 * MEMORY: one block for bytes and kinds.
 */
#include "config.h"

#include "pattern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
pattern_init(struct pattern *p, const char *text)
{
	size_t most = strlen(text) * PAYLOAD_STAMP;

	*p = (struct pattern){ .byte = malloc(most > 0 ? 2 * most : 1) };
	if (!p->byte)
		return -ENOMEM;
	p->kind = p->byte + most;
	for (; *text; text++) {
		bool stamp = *text == '%';
		size_t n = stamp ? PAYLOAD_STAMP : 1;

		for (size_t i = 0; i < n; i++, p->len++) {
			p->byte[p->len] = (uint8_t)*text;
			p->kind[p->len] =
			    (uint8_t)(stamp	     ? i
				      : *text == '#' ? PATTERN_DIGITS
						     : PATTERN_ITSELF);
		}
	}
	return 0;
}

void
pattern_fini(struct pattern *p)
{
	free(p->byte);
	*p = (struct pattern){ .byte = NULL };
}

bool
pattern_is_open(const struct pattern *p)
{
	return p->len > 0 && memchr(p->kind, PATTERN_DIGITS, p->len);
}

static bool
is_digit(uint8_t byte)
{
	return byte == ' ' || (byte >= '0' && byte <= '9');
}

static uint8_t
byte_at(const struct pattern *p, const uint8_t *stamp, size_t at)
{
	return p->kind[at] < PAYLOAD_STAMP ? stamp[p->kind[at]] : p->byte[at];
}

void
pattern_write(const struct pattern *p, struct payload_id id, size_t offset,
    uint8_t *out, size_t n)
{
	uint8_t stamp[PAYLOAD_STAMP];

	payload_stamp(id, stamp);
	for (size_t i = 0; i < n; i++)
		out[i] = byte_at(p, stamp, offset + i);
}

bool
pattern_match(const struct pattern *p, struct payload_id id, size_t *at,
    const uint8_t *in, size_t n)
{
	uint8_t stamp[PAYLOAD_STAMP];

	payload_stamp(id, stamp);
	for (size_t i = 0; i < n; i++) {
		while (*at < p->len && p->kind[*at] == PATTERN_DIGITS &&
		       !is_digit(in[i]))
			++*at;
		if (*at == p->len)
			return false;
		if (p->kind[*at] == PATTERN_DIGITS)
			continue;
		if (in[i] != byte_at(p, stamp, *at))
			return false;
		++*at;
	}
	return true;
}

bool
pattern_ended(const struct pattern *p, size_t at)
{
	while (at < p->len && p->kind[at] == PATTERN_DIGITS)
		at++;
	return at == p->len;
}
