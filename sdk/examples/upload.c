/* SPDX-License-Identifier: MIT
 *
 * upload.c - one binary message is one file, written as it arrives.
 *
 * Pieces instead of messages: a file of any size costs no memory. What is
 * larger than max_message is closed with 1009 by the host, and what did not
 * come whole is removed. The disk is asked on the worker, so this is for a
 * local disk and few visitors; a busy server would hand the pieces to job().
 *
 *	{ path = "/upload"; handler = "upload"; max_message = "1 GiB";
 *	  config: { dir = "/srv/in"; }; }
 *
 * and, as handlers may write nowhere unless it is said,
 *
 *	sandbox: { allow_write = [ "/srv/in" ]; };
 *
 * Try it: echo a line is a file | cleat connect -b ws://localhost:8080/upload
 */
#include <cleat.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DIR_MAX = 400 };

struct route {
	const char *dir;
};

struct upload {
	int open; /* is `fd` a file? The state begins as zeros. */
	int fd;
	unsigned long long size, number;
	char path[DIR_MAX + 64];
};

static int
begin(cleat_conn *c, struct upload *u)
{
	struct route *r = cleat->route_state(cleat->route(c));

	snprintf(u->path, sizeof(u->path), "%s/%llx-%llu", r->dir,
	    (unsigned long long)cleat->id(c), ++u->number);
	u->fd = open(u->path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	u->open = u->fd >= 0;
	u->size = 0;
	return u->open;
}

static int
store(struct upload *u, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(u->fd, p, n);

		if (done <= 0)
			return 0;
		p += done;
		n -= (size_t)done;
		u->size += (unsigned long long)done;
	}
	return 1;
}

static void
on_part(cleat_conn *c, int kind, const void *data, size_t len, int flags)
{
	struct upload *u = cleat->state(c);

	if (kind != CLEAT_BINARY) {
		cleat->close(c, 1003, "files come as binary messages");
		return;
	}
	if (((flags & CLEAT_FIRST) && !begin(c, u)) || !store(u, data, len)) {
		cleat->close(c, 1011, "cannot write the file");
		return;
	}
	if (flags & CLEAT_LAST) {
		u->open = 0;
		close(u->fd);
		cleat->sendf(c, "stored %llu bytes", u->size);
	}
}

/* What did not arrive whole is not kept. */
static void
on_free(cleat_conn *c)
{
	struct upload *u = cleat->state(c);

	if (u->open) {
		close(u->fd);
		unlink(u->path);
	}
}

static int
on_load(cleat_route *r)
{
	struct route *state = cleat->route_state(r);
	const cleat_conf *conf = cleat->conf(r);

	state->dir = cleat->conf_str(conf, "dir", ".");
	if (strlen(state->dir) > DIR_MAX)
		return cleat->conf_fail(
		    r, conf, "dir", "is longer than %d bytes", DIR_MAX);
	if (access(state->dir, W_OK) != 0)
		return cleat->conf_fail(
		    r, conf, "dir", "cannot write to %s", state->dir);
	return 0;
}

CLEAT_HANDLER("upload", "1.0", .flags = CLEAT_PARALLEL,
    .route_size = sizeof(struct route), .conn_size = sizeof(struct upload),
    .on_load = on_load, .on_part = on_part, .on_free = on_free)
