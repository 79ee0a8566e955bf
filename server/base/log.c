/* SPDX-License-Identifier: MIT
 *
 * log.c - the way of a line: formatted by the thread that tells it, put into
 * the ring, written by one thread.
 *
 * The ring is a pair of buffers: threads append to one under a lock that is
 * held for the copying only, the writer takes it whole and leaves the empty
 * one in its place. So many lines cost one write(2), and the disk is never
 * waited for under the lock.
 *
 * THREADS: `lock` guards everything in `ring`; level and format are read
 * without it. The writer alone uses `fd` while it runs.
 */
#include "config.h"

#include "base/log.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log_limit.h"
#include "base/log_line.h"
#include "base/must.h"

#define RING_SIZE (512 * 1024)

/* How long a stop waits for whoever reads the log; how long the writer lets
 * lines gather after it has written some, so that not each of a thousand wakes
 * it; the lines that are not to wait, and how full the ring may get. */
enum { LAST_WORDS_MS = 500, NAP_MS = 20, URGENT = LOG_LEVEL_WARN };
#define NAP_SIZE (RING_SIZE / 4)

static struct {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	bool running;  /* else lines go straight to standard error */
	bool written;  /* by a thread */
	bool napping;  /* the writer: only what is urgent wakes it */
	bool urgent;   /* there is such a line */
	bool stopping; /* changes under the lock, is read without it, too */
	char *fill;    /* RING_SIZE bytes that threads append to */
	char *drain;   /* RING_SIZE bytes that the writer writes out */
	size_t len;    /* of fill */
	size_t lines;  /* in fill */
	uint64_t dropped;
	uint64_t told; /* of those dropped */
	struct log_limit limit;
	char *file;
	int next_fd; /* opened anew, for the writer to go on with; or -1 */
	int fd;
	bool failing; /* the last write; the writer's own, as is fd */
	pthread_t writer;
} ring = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.fd = STDERR_FILENO,
	.next_fd = -1,
};

static int level = LOG_LEVEL_INFO;
static int format = LOG_FORMAT_TEXT;

bool
log_wants(enum log_level l)
{
	return (int)l >= __atomic_load_n(&level, __ATOMIC_RELAXED);
}

void
log_adjust(enum log_level l, enum log_format f)
{
	__atomic_store_n(&level, l, __ATOMIC_RELAXED);
	__atomic_store_n(&format, f, __ATOMIC_RELAXED);
}

uint64_t
log_dropped(void)
{
	uint64_t n;

	pthread_mutex_lock(&ring.lock);
	n = ring.dropped;
	pthread_mutex_unlock(&ring.lock);
	return n;
}

/* Waits until the descriptor takes more. False: it does not, and there is no
 * time left to wait for it. */
static bool
await_room(int fd)
{
	struct pollfd room = { .fd = fd, .events = POLLOUT };

	while (poll(&room, 1, LAST_WORDS_MS) <= 0)
		if (__atomic_load_n(&ring.stopping, __ATOMIC_RELAXED))
			return false;
	return true;
}

/* A pipe that has room takes so much without making us wait. */
static size_t
portion(int fd, size_t n)
{
	struct stat st;

	if (n <= PIPE_BUF || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return n;
	return PIPE_BUF;
}

/* False when some of it could not be written. */
static bool
write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w;

		if (!await_room(fd))
			return false;
		w = write(fd, p, portion(fd, n));
		if (w > 0) {
			p += w;
			n -= (size_t)w;
		} else if (errno != EINTR && errno != EAGAIN) {
			return false;
		}
	}
	return true;
}

/* --- with the lock held ------------------------------------------------ */

static void
put(enum log_level l, const char *line, size_t n)
{
	bool wake;

	if (!ring.running) {
		ring.dropped += !write_all(STDERR_FILENO, line, n);
		return;
	}
	if (n > RING_SIZE - ring.len) {
		ring.dropped++;
		return;
	}
	wake = ring.len == 0 && !ring.napping;
	memcpy(ring.fill + ring.len, line, n);
	ring.len += n;
	ring.lines++;
	if (!ring.urgent && ((int)l >= (int)URGENT || ring.len > NAP_SIZE))
		wake = ring.urgent = true;
	if (wake)
		pthread_cond_signal(&ring.filled);
}

static void
put_event(enum log_level l, const char *event, const struct log_field *fields,
    size_t n)
{
	char line[LOG_LINE_MAX];
	size_t len = log_line(line, __atomic_load_n(&format, __ATOMIC_RELAXED),
	    &(struct log_record){ .level = l,
		.wall_ms = clock_wall_ms(),
		.event = event,
		.fields = fields,
		.nfields = n });

	put(l, line, len);
}

static bool
has_room(void)
{
	return RING_SIZE - ring.len >= LOG_LINE_MAX;
}

/* Says what was held back: by the limit, by a full ring. */
static void
put_reports(bool all)
{
	struct log_limit_entry e;

	while (
	    has_room() && log_limit_report(&ring.limit, clock_ms(), all, &e)) {
		const struct log_field fields[] = {
			LOG_NUM("lines", e.suppressed),
			LOG_STR("of", e.event),
		};
		put_event(LOG_LEVEL_WARN, "suppressed", fields, 2);
	}
	if (has_room() && ring.dropped != ring.told) {
		const struct log_field lines =
		    LOG_NUM("lines", ring.dropped - ring.told);

		ring.told = ring.dropped;
		put_event(LOG_LEVEL_WARN, "dropped", &lines, 1);
	}
}

static void
from_now(struct timespec *t, unsigned ms)
{
	clock_gettime(CLOCK_MONOTONIC, t);
	t->tv_sec += ms / 1000;
	t->tv_nsec += ms % 1000 * 1000000;
	t->tv_sec += t->tv_nsec / 1000000000;
	t->tv_nsec %= 1000000000;
}

static void
nap(void)
{
	struct timespec until;

	from_now(&until, NAP_MS);
	ring.napping = true;
	while (!ring.urgent && !ring.stopping &&
	       pthread_cond_timedwait(&ring.filled, &ring.lock, &until) == 0)
		continue;
	ring.napping = false;
}

/* Sleeps until there are lines; for a second at most while a suppressed
 * event waits to be told. False: stopping, and there are none. */
static bool
wait_for_lines(void)
{
	struct timespec until;

	while (ring.len == 0 && !ring.stopping) {
		if (ring.limit.suppressed == 0) {
			pthread_cond_wait(&ring.filled, &ring.lock);
			continue;
		}
		from_now(&until, 1000);
		if (pthread_cond_timedwait(&ring.filled, &ring.lock, &until) ==
		    ETIMEDOUT)
			put_reports(false);
	}
	return ring.len > 0;
}

/* --- the writer -------------------------------------------------------- */

static void
write_out(void)
{
	char *text = ring.fill;
	size_t n = ring.len, lines = ring.lines;

	ring.fill = ring.drain;
	ring.drain = text;
	ring.len = ring.lines = 0;
	ring.urgent = false;
	if (ring.next_fd >= 0) {
		close(ring.fd);
		ring.fd = ring.next_fd;
		ring.next_fd = -1;
	}
	pthread_mutex_unlock(&ring.lock);
	ring.failing = !write_all(ring.fd, text, n);
	pthread_mutex_lock(&ring.lock);
	if (ring.failing)
		ring.dropped += lines;
}

static void *
writer(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&ring.lock);
	while (wait_for_lines()) {
		write_out();
		if (!ring.failing) /* a full disk is told when it is not */
			put_reports(false);
		nap();
	}
	put_reports(true);
	if (ring.len > 0)
		write_out();
	pthread_mutex_unlock(&ring.lock);
	return NULL;
}

static int
open_file(const char *file)
{
	/* O_NONBLOCK: a FIFO must not hold us until somebody reads it. */
	int fd = open(file,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
	    0640);

	return fd >= 0 ? fd : -errno;
}

/* --- main thread ------------------------------------------------------- */

static void
release(void)
{
	if (ring.next_fd >= 0)
		close(ring.next_fd);
	if (ring.fd != STDERR_FILENO)
		close(ring.fd);
	ring.fd = STDERR_FILENO;
	ring.next_fd = -1;
	free(ring.fill);
	free(ring.drain);
	free(ring.file);
	ring.fill = ring.drain = ring.file = NULL;
	ring.running = false;
}

static int
acquire(const struct log_options *o)
{
	ring.fill = malloc(RING_SIZE);
	ring.drain = malloc(RING_SIZE);
	ring.file = o->file ? strdup(o->file) : NULL;
	if (!ring.fill || !ring.drain || (o->file && !ring.file))
		return -ENOMEM;
	if (o->file != NULL) {
		int fd = open_file(o->file);

		if (fd < 0)
			return fd;
		ring.fd = fd;
	}
	return 0;
}

/* The writer takes no signals: whoever waits for them starts it before or
 * after blocking them. */
static int
start_writer(void)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&ring.writer, NULL, writer, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

int
log_open(const struct log_options *o)
{
	pthread_condattr_t attr;
	int err;

	must(!ring.running);
	log_adjust(o->level, o->format);
	err = acquire(o);
	if (err < 0) {
		release();
		return err;
	}
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&ring.filled, &attr);
	pthread_condattr_destroy(&attr);
	ring.stopping = false;
	ring.running = true;
	return 0;
}

int
log_begin(void)
{
	int err = start_writer();

	ring.written = err == 0;
	return err;
}

int
log_start(const struct log_options *o)
{
	int err = log_open(o);

	if (err == 0 && (err = log_begin()) < 0)
		log_stop();
	return err;
}

void
log_stop(void)
{
	if (!ring.running)
		return;
	pthread_mutex_lock(&ring.lock);
	__atomic_store_n(&ring.stopping, true, __ATOMIC_RELAXED);
	pthread_cond_signal(&ring.filled);
	pthread_mutex_unlock(&ring.lock);
	if (ring.written)
		pthread_join(ring.writer, NULL);
	else
		writer(NULL);
	ring.written = false;
	pthread_mutex_lock(&ring.lock);
	release();
	pthread_mutex_unlock(&ring.lock);
	pthread_cond_destroy(&ring.filled);
}

int
log_reopen(void)
{
	int fd;

	if (ring.file == NULL)
		return 0;
	fd = open_file(ring.file);
	if (fd < 0)
		return fd;
	pthread_mutex_lock(&ring.lock);
	if (ring.next_fd >= 0)
		close(ring.next_fd);
	ring.next_fd = fd;
	pthread_mutex_unlock(&ring.lock);
	return 0;
}

/* --- any thread -------------------------------------------------------- */

/* Formats outside the lock. `name` is what the limit knows it by. */
static void
tell(const struct log_record *r, const char *name)
{
	char line[LOG_LINE_MAX];
	size_t n =
	    log_line(line, __atomic_load_n(&format, __ATOMIC_RELAXED), r);

	pthread_mutex_lock(&ring.lock);
	if (r->level != LOG_LEVEL_WARN ||
	    log_limit_pass(&ring.limit, name, clock_ms()))
		put(r->level, line, n);
	else if (ring.limit.suppressed == 1 && ring.running)
		pthread_cond_signal(&ring.filled); /* to be told in a second */
	pthread_mutex_unlock(&ring.lock);
}

void
log_event(enum log_level l, const char *event, const struct log_field *fields,
    size_t n)
{
	if (log_wants(l))
		tell(&(struct log_record){ .level = l,
			 .wall_ms = clock_wall_ms(),
			 .event = event,
			 .fields = fields,
			 .nfields = n },
		    event);
}

__attribute__((format(printf, 2, 0))) static void
log_prose(enum log_level l, const char *fmt, va_list ap)
{
	char prose[LOG_VALUE_MAX + 2]; /* one over, so that a cut shows */

	if (!log_wants(l) || vsnprintf(prose, sizeof(prose), fmt, ap) < 0)
		return;
	tell(
	    &(struct log_record){
		.level = l, .wall_ms = clock_wall_ms(), .prose = prose },
	    fmt);
}

#define DEFINE_LOG(name, l)              \
	void name(const char *fmt, ...)  \
	{                                \
		va_list ap;              \
                                         \
		va_start(ap, fmt);       \
		log_prose((l), fmt, ap); \
		va_end(ap);              \
	}
DEFINE_LOG(log_error, LOG_LEVEL_ERROR)
DEFINE_LOG(log_warn, LOG_LEVEL_WARN)
DEFINE_LOG(log_info, LOG_LEVEL_INFO)
DEFINE_LOG(log_debug, LOG_LEVEL_DEBUG)
