/* SPDX-License-Identifier: MIT
 *
 * forbidden.h - system calls that are out of reach for good: the rows of
 * forbidden.def, and new namespaces.
 *
 * A filter in the kernel (seccomp) looks at each call's number. It names what
 * nobody needs rather than what is needed, because other people's handlers
 * and their libraries run here too; whoever knows his handlers sets a
 * narrower filter around the process, as the service manager can.
 *
 * THREADS: forbid() for all threads that there are, and will be. The rest
 * any; both are safe in a signal handler.
 */
#ifndef CLEAT_BASE_FORBIDDEN_H
#define CLEAT_BASE_FORBIDDEN_H

#include <stdbool.h>

/* From now on they fail with EPERM, or with `fatal` raise SIGSYS. 0 or -errno;
 * -ENOSYS: not on this machine. */
int forbid(bool fatal);

/* The name of a call of forbidden.def, or NULL. */
const char *forbidden_name(int number);

#endif
