/* SPDX-License-Identifier: MIT
 *
 * pairs.h - writing "name\0value\0" after each other.
 *
 * What is written is written twice: the first time without memory, to learn
 * how much it takes.
 *
 * THREADS: the writer's owner. MEMORY: the caller's.
 */
#ifndef CLEAT_HOST_PAIRS_H
#define CLEAT_HOST_PAIRS_H

#include <stddef.h>
#include <string.h>

/* Writes, or only counts while `p` is NULL. */
struct writer {
	char *p;
	size_t n;
};

static inline void
put(struct writer *w, char c)
{
	if (w->p)
		w->p[w->n] = c;
	w->n++;
}

static inline void
put_bytes(struct writer *w, const char *s, size_t n)
{
	if (w->p)
		memcpy(w->p + w->n, s, n);
	w->n += n;
}

static inline void
put_pair(struct writer *w, const char *name, const char *value, size_t n)
{
	put_bytes(w, name, strlen(name) + 1);
	put_bytes(w, value, n);
	put(w, '\0');
}

static inline void
put_var(struct writer *w, const char *name, const char *value)
{
	if (value)
		put_pair(w, name, value, strlen(value));
}

#endif
