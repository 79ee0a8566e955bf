/* SPDX-License-Identifier: MIT
 *
 * fetch.h - memory that will be needed in a moment.
 *
 * Between two system calls on sockets the kernel has used most of the cache.
 * Whoever goes through many connections asks for the next one's memory while
 * the one before it is at work; that changes nothing but the time.
 *
 * THREADS: any. MEMORY: none; p may be NULL, and what stands there shorter
 * than n bytes.
 */
#ifndef CLEAT_BASE_FETCH_H
#define CLEAT_BASE_FETCH_H

#include <stddef.h>
#include <stdint.h>

enum { FETCH_LINE = 64 };

static inline void
fetch(const void *p, size_t n)
{
	uintptr_t at = (uintptr_t)p; /* a number: it need not be an object */

	for (uintptr_t end = at + n; at < end; at += FETCH_LINE)
		__builtin_prefetch((const void *)at);
}

#endif
