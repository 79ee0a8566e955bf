/* SPDX-License-Identifier: MIT
 *
 * arrived.h - what is known of a connection that was accepted.
 *
 * THREADS: any. MEMORY: a value; whoever has it has its reference to the
 * relay.
 */
#ifndef CLEAT_NET_ARRIVED_H
#define CLEAT_NET_ARRIVED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct relay;

struct arrived {
	struct sockaddr_storage from; /* or of whom a PROXY header speaks */
	socklen_t len;
	/* It came with such a header that names no address: whose words what
	 * follows is nobody knows. */
	bool nameless;
	bool https;	   /* such a header says that the client spoke TLS */
	bool counted;	   /* among its address's, until worker_calls.left() */
	uint64_t listener; /* its number */
	void *tag;	   /* the listener's */
	struct relay *relay; /* the TLS behind it (relay.h); NULL: none */
};

static inline const struct sockaddr *
arrived_from(const struct arrived *a)
{
	return (const struct sockaddr *)&a->from;
}

#endif
