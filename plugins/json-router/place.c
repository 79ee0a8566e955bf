/* SPDX-License-Identifier: MIT
 *
 * place.c - the way to a value, as a person reads it.
 *
 * Names come from the client: a long one is cut, at the end of a character,
 * and what does not fit any more is left out.
 */
#include "place.h"

#include <stdio.h>
#include <string.h>

enum { PART_MAX = 64 };

void
place_init(struct place *p, const char *root)
{
	p->wrong = NULL;
	p->len = (size_t)snprintf(p->text, sizeof(p->text), "%s", root);
}

size_t
place_name(struct place *p, const char *name)
{
	size_t before = p->len, n = strlen(name);

	if (n > PART_MAX)
		n = PART_MAX;
	while (n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80)
		n--;
	if (n + 1 < sizeof(p->text) - p->len) {
		p->text[p->len++] = '.';
		memcpy(p->text + p->len, name, n);
		p->len += n;
		p->text[p->len] = '\0';
	}
	return before;
}

size_t
place_index(struct place *p, size_t i)
{
	size_t before = p->len, room = sizeof(p->text) - p->len;
	int n = snprintf(p->text + p->len, room, "[%zu]", i);

	if (n > 0 && (size_t)n < room)
		p->len += (size_t)n;
	else
		p->text[p->len] = '\0';
	return before;
}

void
place_back(struct place *p, size_t before)
{
	p->len = before;
	p->text[p->len] = '\0';
}
