/* SPDX-License-Identifier: MIT
 *
 * stream.c - plain bytes, or those of a session.
 *
 * THREADS: owner worker.
 */
#include "config.h"

#include "net/stream.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "net/tls.h"

void
stream_init(struct stream *s, int fd, struct tls *tls)
{
	int on = 1;

	s->fd = fd;
	s->tls = tls;
	if (tls)
		tls_hasten(tls);
	/* Refused by what is not TCP, which delays nothing anyway. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void
stream_close(struct stream *s)
{
	struct tls *tls = s->tls;

	tls_free(&tls);
	s->tls = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static ssize_t
outcome(ssize_t n)
{
	if (n >= 0)
		return n;
	return errno == EINTR ? -EAGAIN : -errno;
}

/* recv() and send() are cancellation points, which costs two locked
 * instructions each; these are the same system calls without it. */
ssize_t
stream_recv(struct stream *s, void *p, size_t n)
{
	if (__builtin_expect(s->tls != NULL, 0))
		return tls_recv(s->tls, p, n);
	return outcome(
	    syscall(SYS_recvfrom, s->fd, p, n, MSG_DONTWAIT, NULL, NULL));
}

ssize_t
stream_writev(struct stream *s, const struct iovec *iov, size_t n)
{
	/* sendmsg() changes nothing of it, its type just does not say so. */
	union {
		const struct iovec *in;
		struct iovec *out;
	} vec = { .in = iov };
	struct msghdr msg = { .msg_iov = vec.out, .msg_iovlen = n };

	if (__builtin_expect(s->tls != NULL, 0))
		return tls_writev(s->tls, iov, n);
	if (n == 1)
		return outcome(syscall(SYS_sendto, s->fd, iov->iov_base,
		    iov->iov_len, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0));
	return outcome(sendmsg(s->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL));
}

bool
stream_more(const struct stream *s)
{
	return s->tls && tls_more(s->tls);
}

void
stream_abandon(struct stream *s)
{
	(void)shutdown(s->fd, SHUT_RDWR);
}

void
stream_shutdown(struct stream *s)
{
	if (s->tls)
		tls_bye(s->tls);
	/* It fails only when the peer has gone: recv will tell. */
	(void)shutdown(s->fd, SHUT_WR);
}
