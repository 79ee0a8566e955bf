/* SPDX-License-Identifier: MIT
 *
 * nth.h - what test_nth and the library that it preloads into cleatd share: a
 * page. The library counts calls of each kind, and fails the one that is
 * asked for.
 *
 * THREADS: any. MEMORY: a file that both have mapped.
 */
#ifndef CLEAT_TESTS_NTH_H
#define CLEAT_TESTS_NTH_H

#include <stdatomic.h>

/* A name, and what the kernel says when it has none left. */
#define NTH_KINDS(KIND)                                                      \
	KIND(MEMORY, "memory", ENOMEM)	       /* malloc, calloc, realloc */ \
	KIND(MAP, "map", ENOMEM)	       /* mmap */                    \
	KIND(DESCRIPTOR, "descriptor", EMFILE) /* whatever makes one */      \
	KIND(ACCEPT, "accept", EMFILE)                                       \
	KIND(THREAD, "thread", EAGAIN)                                       \
	KIND(EPOLL, "epoll", ENOSPC) /* epoll_ctl, but for removing */       \
	KIND(WAIT, "wait", EINTR)    /* epoll_wait, poll */                  \
	KIND(RECV, "recv", ECONNRESET)                                       \
	KIND(SEND, "send", ECONNRESET) /* sendmsg, sendfile, too */          \
	KIND(READ, "read", EIO)	       /* of a plain file */                 \
	KIND(WRITE, "write", ENOSPC)   /* to a plain file */

enum nth_kind {
#define KIND(NAME, name, err) NTH_##NAME,
	NTH_KINDS(KIND)
#undef KIND
	    NTH_COUNT
};

struct nth {
	atomic_uint calls[NTH_COUNT];
	unsigned kind;
	atomic_uint n; /* the n-th call of this kind fails; 0: none */
	atomic_uint failed;
	char where[4096]; /* who called it */
};

/* The environment variable with the file's name. */
#define NTH_FILE "CLEAT_TEST_NTH"

#endif
