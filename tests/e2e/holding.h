/* SPDX-License-Identifier: MIT
 *
 * holding.h - what a daemon holds: descriptors and memory, as the kernel
 * counts them.
 */
#ifndef CLEAT_TESTS_HOLDING_H
#define CLEAT_TESTS_HOLDING_H

#include "daemon.h"

/* How many descriptors it has open now. */
int holding_descriptors(const struct daemon *);
/* Waits until there are no more than so many. */
void holding_await_descriptors(const struct daemon *, int n);

/* KiB of memory that are its own and in use, after a reload, which makes the
 * allocator give back what is free. What a sanitizer keeps makes this number
 * mean nothing in its builds. */
long holding_memory(struct daemon *);

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { HOLDING_SANITIZED = 1 };
#else
enum { HOLDING_SANITIZED = 0 };
#endif

#endif
