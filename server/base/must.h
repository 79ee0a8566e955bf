/* SPDX-License-Identifier: MIT
 *
 * must.h - assertions that stay in production builds.
 *
 * must(x) states what the programmer guarantees. When it is false the
 * process dies with file and line, because going on would be worse. What
 * comes from outside (the network, a handler, a config file) is checked
 * with ordinary code and never reaches must().
 */
#ifndef CLEAT_BASE_MUST_H
#define CLEAT_BASE_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define must(x)                                              \
	do {                                                 \
		if (__builtin_expect(!(x), 0))               \
			must_failed(#x, __FILE__, __LINE__); \
	} while (0)

__attribute__((noreturn, cold)) static inline void
must_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: must hold: %s\n", file, line, what);
	abort();
}

#endif
