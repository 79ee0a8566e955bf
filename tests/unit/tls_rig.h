/* SPDX-License-Identifier: MIT
 *
 * tls_rig.h - a stream that is a TLS session, and its client: two small
 * sockets, and both sides in one thread.
 */
#ifndef CLEAT_TESTS_TLS_RIG_H
#define CLEAT_TESTS_TLS_RIG_H

#include <check.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/stream.h"
#include "net/tls.h"
#include "net/tls_server.h"
#include "net/tls_struct.h"

extern struct tls_server *server;
extern struct stream ours;
extern gnutls_session_t theirs;
extern int fd; /* the client's */
extern uint8_t much[65536];

enum { KINDS = 5 };
extern const struct kind {
	const char *priority;
	bool shortly; /* on the short way before the test begins */
} kinds[KINDS];

void connect_pair(const struct kind *);
void tear_down(void);
void take_the_short_way(void);

/* The caller's to free. */
uint8_t *pattern(size_t n);
/* Takes up to `room` bytes at a time. */
size_t client_takes(uint8_t *to, size_t room);

#endif
