/* SPDX-License-Identifier: MIT
 *
 * proxies.h - whom to believe when they speak for others, in a header of
 * HTTP or of the PROXY protocol, and the bounds of the latter.
 *
 * It is filled once, when a configuration is read, and never changes then.
 *
 * THREADS: any; the count of references is atomic.
 * MEMORY: reference counted.
 */
#ifndef CLEAT_NET_PROXIES_H
#define CLEAT_NET_PROXIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct proxies;

/* Of ranges of addresses, and "unix"; what is neither is left out. A header of
 * the PROXY protocol is there within `within_ms`; on one worker `at_a_time`
 * are waited for, where the oldest gives way. NULL: no memory. */
struct proxies *proxies_new(
    const char *const *names, size_t n, uint64_t within_ms, uint64_t at_a_time);
struct proxies *proxies_ref(struct proxies *);
void proxies_unref(struct proxies **);

/* NULL, or an address that is neither IPv4 nor IPv6: a UNIX socket's. */
bool proxies_include(const struct proxies *, const struct sockaddr *);
/* Is anybody among them who comes by TCP, or by UNIX sockets? */
bool proxies_any(const struct proxies *, bool by_unix);

uint64_t proxies_within_ms(const struct proxies *);
uint64_t proxies_at_a_time(const struct proxies *);

#endif
