/* SPDX-License-Identifier: MIT
 *
 * place.h - the way to a value inside another ("payload.items[2].name"), and
 * what is wrong there.
 */
#ifndef JSON_ROUTER_PLACE_H
#define JSON_ROUTER_PLACE_H

#include <stddef.h>

struct place {
	char text[256];
	size_t len;
	const char *wrong; /* "must be a string" */
	char sentence[96]; /* room for one that has to be made */
};

void place_init(struct place *, const char *root);

/* Go into a member or an element; the answer is for place_back(). */
size_t place_name(struct place *, const char *name);
size_t place_index(struct place *, size_t i);
void place_back(struct place *, size_t before);

#endif
