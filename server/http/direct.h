/* SPDX-License-Identifier: MIT
 *
 * direct.h - a handshake that is answered where it was accepted.
 *
 * To hand a socket to the library and take it back costs a busy server more
 * than all else in a handshake: two threads, two loops, a duplicate. So the
 * worker that has accepted one looks whether its whole request stands in the
 * socket already. If that is a plain handshake, in the words that browsers
 * say it in, for a route whose door answers at once, then the worker itself
 * judges it, by the same checks and the same door, and says the 101.
 *
 * Everything else is the library's: what is not there yet, what is longer
 * than PLAIN_MAX (plain.h), any other request, whatever is odd in the least, and every
 * refusal. It finds all of it in the socket, because until the 101 nothing is
 * taken out; what the door has said by then goes along (`judged`).
 *
 * THREADS: any. MEMORY: none but the handshake's.
 */
#ifndef CLEAT_HTTP_DIRECT_H
#define CLEAT_HTTP_DIRECT_H

#include <stdbool.h>

struct arrived;
struct service;
struct upgrade;

/* True: the socket was taken. False: it is the library's, with what was
 * judged, or NULL. */
bool direct_take(
    struct service *, int fd, const struct arrived *, struct upgrade **judged);

#endif
