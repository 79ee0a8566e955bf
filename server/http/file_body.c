/* SPDX-License-Identifier: MIT
 *
 * file_body.c - see file_body.h.
 */
#include "config.h"

#include "http/file_body.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/pages.h"

/* Coarser than the tick of any file system's clock that we know, FAT's
 * included. */
enum { SETTLED_MS = 2000 };

bool
file_body_cached(struct file_cache *cache, const char *key,
    const struct file_id *id, struct answer *a)
{
	struct MHD_Response *response = file_cache_get(cache, key, id);

	if (!response)
		return false;
	*a = (struct answer){ .status = MHD_HTTP_OK,
		.response = response,
		.borrowed = true,
		.bytes = (uint64_t)id->size };
	return true;
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

static bool
is_settled(const struct file_id *id)
{
	int64_t changed =
	    (int64_t)id->changed.tv_sec * 1000 + id->changed.tv_nsec / 1000000;

	return (int64_t)clock_wall_ms() - changed > SETTLED_MS;
}

void
file_body_keep(struct file_cache *cache, const char *key,
    const struct file_id *id, struct answer *a)
{
	if (!a->response || !is_settled(id))
		return;
	a->borrowed =
	    file_cache_put(cache, key, id, a->response, (uint64_t)id->size);
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
