/* SPDX-License-Identifier: MIT
 *
 * nth_preload.c - stands before the C library in cleatd, and fails one call.
 *
 * Each function counts itself in the page of nth.h and goes on to the real
 * one. Where a call of its own would come back here (malloc in dlsym, say) the
 * page is not there yet, or the call is one that is not counted.
 */
#define _GNU_SOURCE
#include "nth.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

static struct nth *page;

/* These take it for granted that there is memory, and whoever calls them
 * cannot help that: they are spared. */
static const char *const trusting[] = { "/libconfig.", "/libgmp.",
	"/libtasn1." };
enum { TRUSTING = sizeof trusting / sizeof trusting[0], NEAR = 3 };
static struct {
	uintptr_t begin, end;
} spared[TRUSTING];
/* So does AddressSanitizer, when a thread begins and asks for its stack. */
static __thread bool in_sanitizer;

static const int errors[NTH_COUNT] = {
#define KIND(NAME, name, err) [NTH_##NAME] = err,
	NTH_KINDS(KIND)
#undef KIND
};

static bool
is_spared(void *caller)
{
	uintptr_t at = (uintptr_t)caller;

	for (int i = 0; i < TRUSTING; i++)
		if (at >= spared[i].begin && at < spared[i].end)
			return true;
	return false;
}

/* Who has called, as "object+offset" for addr2line. False: somebody who is
 * spared, though it was another who allocated for him (GnuTLS does for GMP). */
static bool
note_callers(void)
{
	void *stack[24];
	size_t len = 0;
	Dl_info of;
	int n = backtrace(stack, 24);

	for (int i = 2; i < n && len < sizeof page->where - 256; i++) {
		if (dladdr(stack[i], &of) == 0 || !of.dli_fname)
			continue;
		if (i < 2 + NEAR && is_spared(stack[i]))
			return false;
		len += (size_t)snprintf(page->where + len, 256,
		    "%.100s+%#lx %.60s\n", of.dli_fname,
		    (unsigned long)stack[i] - (unsigned long)of.dli_fbase,
		    of.dli_sname ? of.dli_sname : "");
	}
	return true;
}

static int
find_spared(struct dl_phdr_info *object, size_t size, void *arg)
{
	int which = 0;

	(void)size, (void)arg;
	while (which < TRUSTING && !strstr(object->dlpi_name, trusting[which]))
		which++;
	for (int i = 0; which < TRUSTING && i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &object->dlpi_phdr[i];

		if (h->p_type == PT_LOAD && h->p_flags & PF_X) {
			spared[which].begin = object->dlpi_addr + h->p_vaddr;
			spared[which].end = spared[which].begin + h->p_memsz;
		}
	}
	return 0;
}

static bool
fails(enum nth_kind kind, void *caller)
{
	if (!page || in_sanitizer || is_spared(caller) ||
	    atomic_fetch_add(&page->calls[kind], 1) + 1 != page->n ||
	    page->kind != kind)
		return false;
	if (!note_callers()) {
		page->n++; /* the next one, then */
		return false;
	}
	atomic_store(&page->failed, 1);
	errno = errors[kind];
	return true;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *file = getenv(NTH_FILE);
	int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
	void *stack[1];
	void *p;

	if (fd < 0)
		return;
	(void)backtrace(stack, 1); /* loads what it needs */
	dl_iterate_phdr(find_spared, NULL);
	p = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p != MAP_FAILED)
		page = p;
}

/* --- the functions ------------------------------------------------------- */

#define STAND(kind, failure, type, name, params, args)                  \
	type name params                                                \
	{                                                               \
		static type(*next) params;                              \
                                                                        \
		if (!next)                                              \
			*(void **)&next = dlsym(RTLD_NEXT, #name);      \
		return (kind) != NTH_COUNT &&                           \
			       fails(kind, __builtin_return_address(0)) \
			   ? (failure)                                  \
			   : next args;                                 \
	}

STAND(NTH_MEMORY, NULL, void *, malloc, (size_t n), (n))
STAND(NTH_MEMORY, NULL, void *, calloc, (size_t n, size_t size), (n, size))
STAND(NTH_MEMORY, NULL, void *, realloc, (void *p, size_t n), (p, n))
STAND(NTH_MAP, MAP_FAILED, void *, mmap,
    (void *at, size_t n, int prot, int flags, int fd, off_t from),
    (at, n, prot, flags, fd, from))

STAND(NTH_DESCRIPTOR, -1, int, eventfd, (unsigned n, int flags), (n, flags))
STAND(NTH_DESCRIPTOR, -1, int, epoll_create1, (int flags), (flags))
STAND(NTH_DESCRIPTOR, -1, int, timerfd_create, (clockid_t id, int flags),
    (id, flags))
STAND(NTH_DESCRIPTOR, -1, int, signalfd,
    (int fd, const sigset_t *set, int flags), (fd, set, flags))
STAND(NTH_DESCRIPTOR, -1, int, memfd_create, (const char *name, unsigned flags),
    (name, flags))
STAND(NTH_DESCRIPTOR, -1, int, socket, (int domain, int type, int protocol),
    (domain, type, protocol))
STAND(NTH_DESCRIPTOR, -1, int, socketpair,
    (int domain, int type, int protocol, int fds[2]),
    (domain, type, protocol, fds))
STAND(NTH_ACCEPT, -1, int, accept4,
    (int fd, __SOCKADDR_ARG from, socklen_t *restrict len, int flags),
    (fd, from, len, flags))

STAND(NTH_THREAD, errors[NTH_THREAD], int, pthread_create,
    (pthread_t *restrict t, const pthread_attr_t *restrict a,
	void *(*run)(void *), void *restrict arg),
    (t, a, run, arg))
STAND(op == EPOLL_CTL_ADD ? NTH_EPOLL : NTH_COUNT, -1, int, epoll_ctl,
    (int epoll, int op, int fd, struct epoll_event *e), (epoll, op, fd, e))

STAND(NTH_WAIT, -1, int, epoll_wait,
    (int epoll, struct epoll_event *e, int n, int ms), (epoll, e, n, ms))
STAND(
    NTH_WAIT, -1, int, poll, (struct pollfd * p, nfds_t n, int ms), (p, n, ms))

STAND(NTH_RECV, -1, ssize_t, recv, (int fd, void *p, size_t n, int flags),
    (fd, p, n, flags))
STAND(NTH_SEND, -1, ssize_t, send, (int fd, const void *p, size_t n, int flags),
    (fd, p, n, flags))
STAND(NTH_SEND, -1, ssize_t, sendmsg,
    (int fd, const struct msghdr *m, int flags), (fd, m, flags))
STAND(NTH_SEND, -1, ssize_t, sendto,
    (int fd, const void *p, size_t n, int flags, __CONST_SOCKADDR_ARG to,
	socklen_t len),
    (fd, p, n, flags, to, len))
STAND(NTH_SEND, -1, ssize_t, sendfile64,
    (int out, int in, off64_t *at, size_t n), (out, in, at, n))

static enum nth_kind
of_file(int fd, enum nth_kind kind)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? kind : NTH_COUNT;
}

STAND(of_file(fd, NTH_READ), -1, ssize_t, read, (int fd, void *p, size_t n),
    (fd, p, n))
STAND(NTH_READ, -1, ssize_t, pread, (int fd, void *p, size_t n, off_t from),
    (fd, p, n, from))
STAND(NTH_READ, -1, ssize_t, pread64, (int fd, void *p, size_t n, off64_t from),
    (fd, p, n, from))
STAND(of_file(fd, NTH_WRITE), -1, ssize_t, write,
    (int fd, const void *p, size_t n), (fd, p, n))

int
pthread_getattr_np(pthread_t thread, pthread_attr_t *a)
{
	static int (*next)(pthread_t, pthread_attr_t *);
	int rc;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "pthread_getattr_np");
	in_sanitizer = true;
	rc = next(thread, a);
	in_sanitizer = false;
	return rc;
}

/* The real one would call malloc() in another's name. */
char *
strdup(const char *text)
{
	static void *(*next)(size_t);
	size_t n = strlen(text) + 1;
	char *copy;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "malloc");
	if (fails(NTH_MEMORY, __builtin_return_address(0)))
		return NULL;
	copy = next(n);
	return copy ? memcpy(copy, text, n) : NULL;
}

/* What an old header makes of it. */
char *__strdup(const char *) __attribute__((alias("strdup"), copy(strdup)));

/* --- and those with a variable end --------------------------------------- */

int
open(const char *path, int flags, ...)
{
	static int (*next)(const char *, int, ...);
	va_list ap;
	mode_t mode;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "open");
	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return fails(NTH_DESCRIPTOR, __builtin_return_address(0))
		   ? -1
		   : next(path, flags, mode);
}

int
openat(int at, const char *path, int flags, ...)
{
	static int (*next)(int, const char *, int, ...);
	va_list ap;
	mode_t mode;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "openat");
	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return fails(NTH_DESCRIPTOR, __builtin_return_address(0))
		   ? -1
		   : next(at, path, flags, mode);
}

int
fcntl(int fd, int what, ...)
{
	static int (*next)(int, int, ...);
	bool makes = what == F_DUPFD || what == F_DUPFD_CLOEXEC;
	va_list ap;
	long arg;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "fcntl");
	va_start(ap, what);
	arg = va_arg(ap, long);
	va_end(ap);
	return makes && fails(NTH_DESCRIPTOR, __builtin_return_address(0))
		   ? -1
		   : next(fd, what, arg);
}

/* The server says some system calls itself. */
long
syscall(long what, ...)
{
	static long (*next)(long, ...);
	enum nth_kind kind = what == SYS_recvfrom  ? NTH_RECV
			     : what == SYS_sendto  ? NTH_SEND
			     : what == SYS_openat2 ? NTH_DESCRIPTOR
						   : NTH_COUNT;
	va_list ap;
	long a[6];

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "syscall");
	va_start(ap, what);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (kind != NTH_COUNT && fails(kind, __builtin_return_address(0)))
		return -1;
	return next(what, a[0], a[1], a[2], a[3], a[4], a[5]);
}
