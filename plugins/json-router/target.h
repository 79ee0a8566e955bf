/* SPDX-License-Identifier: MIT
 *
 * target.h - where a back end is: of its URL, what is connected to and what
 * is asked there.
 */
#ifndef JSON_ROUTER_TARGET_H
#define JSON_ROUTER_TARGET_H

#include <stdbool.h>
#include <sys/socket.h>

enum { TARGET_URL_MAX = 1024 };

struct target {
	struct sockaddr_storage address;
	socklen_t len;
	char host[TARGET_URL_MAX]; /* as the header says it, with the port */
	char path[TARGET_URL_MAX]; /* with the query */
};

/* Reads "http://HOST[:PORT]/PATH" and resolves the host, which may take its
 * time; with a path of a UNIX socket that is the address. NULL, or a sentence
 * about the URL, or about the socket when *of_socket is set. Unless `remote`,
 * all addresses of the host must be loopback. */
const char *target_read(struct target *, const char *url, const char *unix_path,
    bool remote, bool *of_socket);

#endif
