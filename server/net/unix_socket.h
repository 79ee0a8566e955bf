/* SPDX-License-Identifier: MIT
 *
 * unix_socket.h - a listening socket with a place in the file system.
 *
 * A file that a dead server left behind is replaced; one that still answers
 * is in use. Permissions are set before the socket listens, so there is no
 * moment in which the wrong ones could connect.
 *
 * THREADS: main thread. MEMORY: the caller's.
 */
#ifndef CLEAT_NET_UNIX_SOCKET_H
#define CLEAT_NET_UNIX_SOCKET_H

#include <stdint.h>
#include <sys/stat.h>

/* A descriptor that listens, or -errno; *made tells which file it is. mode
 * 0: as umask says; owner: "user", "user:group" or NULL. */
int unix_socket_listen(const char *path, uint32_t mode, const char *owner,
    int backlog, struct stat *made);

/* Removes the file if it is still the one that was made. */
void unix_socket_remove(const char *path, const struct stat *made);

#endif
