/* SPDX-License-Identifier: MIT
 *
 * file_body.c - see file_body.h.
 */
#include "config.h"

#include "http/file_body.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "http/file.h"
#include "http/pages.h"

static bool
is_still(int fd, const struct file_id *id)
{
	struct file_id now;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	file_id_make(&now, &st);
	return file_id_equal(&now, id);
}

bool
file_body_kept(const struct form *form, bool secure, struct answer *a)
{
	const struct whole *w = &form->whole[secure];

	if (!w->response || (w->fd >= 0 && !is_still(w->fd, &form->id)))
		return false;
	*a = (struct answer){ .status = MHD_HTTP_OK,
		.response = w->response,
		.borrowed = true,
		.bytes = (uint64_t)form->id.size };
	return true;
}

void
file_body_keep(struct form *form, bool secure, int fd, struct answer *a)
{
	form->whole[secure] = (struct whole){ a->response, fd };
	a->borrowed = true;
}

static bool
read_all(int fd, char *data, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = pread(fd, data + have, size - have, (off_t)have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		have += (size_t)n;
	}
	return true;
}

void
file_body_read(int fd, const struct file_id *id, struct answer *a)
{
	size_t size = (size_t)id->size;
	char *data = malloc(size + 1); /* never of no bytes */

	*a = (struct answer){ .status = MHD_HTTP_OK, .bytes = size };
	if (!data)
		return;
	if (!read_all(fd, data, size) || !is_still(fd, id)) {
		free(data);
		answer_refusal(a, REFUSAL_CHANGED);
		return;
	}
	a->response =
	    MHD_create_response_from_buffer(size, data, MHD_RESPMEM_MUST_FREE);
	if (!a->response)
		free(data);
}

void
file_body_part(int *fd, uint64_t first, uint64_t count, struct answer *a)
{
	*a = (struct answer){ .status = MHD_HTTP_OK, .bytes = count };
	a->response =
	    MHD_create_response_from_fd_at_offset64(count, *fd, first);
	if (a->response)
		*fd = -1;
}

/* The library asks for no bytes of an answer that has none to send. */
static ssize_t
no_bytes(void *unused, uint64_t at, char *to, size_t max)
{
	(void)unused, (void)at, (void)to, (void)max;
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

void
file_body_none(uint64_t count, struct answer *a)
{
	*a = (struct answer){ .status = MHD_HTTP_OK };
	a->response =
	    MHD_create_response_from_callback(count, 1, no_bytes, NULL, NULL);
}
