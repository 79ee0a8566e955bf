/* SPDX-License-Identifier: MIT
 *
 * lines.c - see lines.h.
 *
 * The reader waits with poll() for its input and for `stop`, never in
 * read(), so it can be ended at any time without cancellation.
 *
 * THREADS: one mutex over the ring and the end; `input` is the reader's.
 * MEMORY: a line is read into the buffer that is handed out.
 */
#include "config.h"

#include "lines.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { INPUT_BYTES = 64 * 1024 };

struct lines {
	struct lines_options opt;
	pthread_t reader;
	int stop; /* eventfd */

	pthread_mutex_t lock;
	pthread_cond_t room;
	struct line ring[LINES_QUEUED];
	unsigned first, count;
	bool stopping, ended;
	int error;

	struct line partial; /* the reader's alone */
	size_t allocated;
	char input[INPUT_BYTES];
};

/* Appends to the line under way. Returns 0 or -errno. */
static int
line_append(struct lines *l, const char *p, size_t n)
{
	size_t need = l->opt.room + l->partial.len + n;

	if (n > l->opt.max_bytes - l->partial.len)
		return -EMSGSIZE;
	if (need > l->allocated || !l->partial.buffer) {
		size_t size = need + need / 2 + 64;
		char *bigger = realloc(l->partial.buffer, size);

		if (!bigger)
			return -ENOMEM;
		l->partial.buffer = bigger;
		l->allocated = size;
	}
	if (n > 0)
		memcpy(l->partial.buffer + need - n, p, n);
	l->partial.len += n;
	return 0;
}

/* Hands the line over; waits for room. False where the reader shall end. */
static bool
line_push(struct lines *l)
{
	bool stopping;

	pthread_mutex_lock(&l->lock);
	while (l->count == LINES_QUEUED && !l->stopping)
		pthread_cond_wait(&l->room, &l->lock);
	stopping = l->stopping;
	if (!stopping) {
		l->ring[(l->first + l->count++) % LINES_QUEUED] = l->partial;
		l->partial = (struct line){ NULL, 0 };
		l->allocated = 0;
	}
	pthread_mutex_unlock(&l->lock);
	if (!stopping)
		l->opt.wake(l->opt.arg);
	return !stopping;
}

/* Cuts what was read into lines. Returns 0, -errno or -ECANCELED. */
static int
input_cut(struct lines *l, const char *p, size_t n)
{
	while (n > 0) {
		const char *end = memchr(p, '\n', n);
		size_t part = end ? (size_t)(end - p) : n;
		int rc = line_append(l, p, part);

		if (rc < 0 || !end)
			return rc;
		if (!line_push(l))
			return -ECANCELED;
		p += part + 1;
		n -= part + 1;
	}
	return 0;
}

/* Waits for input. Returns the bytes read, 0 at the end, or -errno. */
static ssize_t
input_read(struct lines *l)
{
	struct pollfd p[] = { { .fd = l->opt.fd, .events = POLLIN },
		{ .fd = l->stop, .events = POLLIN } };

	while (poll(p, 2, -1) < 0)
		if (errno != EINTR)
			return -errno;
	if (p[1].revents)
		return -ECANCELED;
	ssize_t n = read(l->opt.fd, l->input, sizeof(l->input));
	return n < 0 ? -errno : n;
}

static void *
reader_run(void *arg)
{
	struct lines *l = arg;
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = input_read(l)) != 0) {
		if (n == -EINTR || n == -EAGAIN)
			continue;
		rc = n < 0 ? (int)n : input_cut(l, l->input, (size_t)n);
	}
	if (rc == 0 && l->partial.buffer && !line_push(l))
		rc = -ECANCELED;
	pthread_mutex_lock(&l->lock);
	l->ended = true;
	l->error = rc;
	pthread_mutex_unlock(&l->lock);
	l->opt.wake(l->opt.arg);
	return NULL;
}

int
lines_new(struct lines **out, const struct lines_options *o)
{
	struct lines *l = calloc(1, sizeof(*l));
	int rc;

	if (!l)
		return -ENOMEM;
	l->opt = *o;
	l->stop = eventfd(0, EFD_CLOEXEC);
	if (l->stop < 0) {
		rc = -errno;
		free(l);
		return rc;
	}
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->room, NULL);
	rc = -pthread_create(&l->reader, NULL, reader_run, l);
	if (rc < 0) {
		pthread_cond_destroy(&l->room);
		pthread_mutex_destroy(&l->lock);
		close(l->stop);
		free(l);
		return rc;
	}
	*out = l;
	return 0;
}

enum lines_got
lines_take(struct lines *l, struct line *line, int *error)
{
	enum lines_got got = LINES_NONE;

	pthread_mutex_lock(&l->lock);
	if (l->count > 0) {
		*line = l->ring[l->first];
		l->first = (l->first + 1) % LINES_QUEUED;
		l->count--;
		got = LINES_LINE;
		pthread_cond_signal(&l->room);
	} else if (l->ended) {
		*error = l->error;
		got = l->error < 0 ? LINES_FAILED : LINES_END;
	}
	pthread_mutex_unlock(&l->lock);
	return got;
}

void
lines_free(struct lines **lp)
{
	struct lines *l = *lp;
	uint64_t one = 1;

	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->stopping = true;
	pthread_cond_signal(&l->room);
	pthread_mutex_unlock(&l->lock);
	while (write(l->stop, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	pthread_join(l->reader, NULL);
	for (unsigned i = 0; i < l->count; i++)
		free(l->ring[(l->first + i) % LINES_QUEUED].buffer);
	free(l->partial.buffer);
	pthread_cond_destroy(&l->room);
	pthread_mutex_destroy(&l->lock);
	close(l->stop);
	free(l);
	*lp = NULL;
}
