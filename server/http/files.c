/* SPDX-License-Identifier: MIT
 *
 * files.c - see files.h: which file it is, and what is said about it. How
 * its bytes get into a response is file_body.h's.
 */
#include "config.h"

#include "http/files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "http/condition.h"
#include "http/encoding.h"
#include "http/file_body.h"
#include "http/head.h"
#include "http/mime.h"
#include "http/pages.h"
#include "http/range.h"
#include "http/resolve.h"
#include "http/target.h"

struct files {
	const struct config_http *conf;
	struct root root; /* fd -1: there is none */
	struct file_cache *cache;
};

/* The file that will be served, once its path is known. */
struct found {
	char path[PATH_MAX]; /* decides the type */
	int fd;
	struct stat st;
	enum encoding encoding;
	bool has_twins; /* compressed ones exist */
	bool secure;	/* asked for by https */
};

int
files_new(struct files **out, const struct config_http *conf)
{
	struct files *f = calloc(1, sizeof *f);
	int err;

	if (!f)
		return -ENOMEM;
	f->conf = conf;
	f->root.fd = -1;
	err = file_cache_new(&f->cache, conf->cache_total);
	if (!err && conf->root)
		err = root_open(&f->root, conf->root);
	if (err) {
		files_free(&f);
		return err;
	}
	*out = f;
	return 0;
}

void
files_free(struct files **fp)
{
	struct files *f = *fp;

	if (!f)
		return;
	file_cache_free(&f->cache);
	root_close(&f->root);
	free(f);
	*fp = NULL;
}

static enum refusal
refusal_of(int err)
{
	switch (err) {
	case -ENOENT:
		return REFUSAL_NOT_FOUND;
	case -EACCES:
	case -EPERM:
		return REFUSAL_FORBIDDEN;
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
		return REFUSAL_NO_MEMORY;
	default:
		return REFUSAL_IO;
	}
}

/* Opens path + suffix as found->path; a descriptor or -errno. */
static int
open_as(const struct files *f, const char *path, const char *suffix,
    struct found *found)
{
	int n = snprintf(found->path, sizeof found->path, "%s%s", path, suffix);

	if (n < 0 || (size_t)n >= sizeof found->path)
		return -ENOENT;
	found->fd = root_find(&f->root, found->path, &found->st);
	return found->fd;
}

/* The first index file of a folder; "/x/" is the folder. */
static int
find_index(const struct files *f, const char *path, struct found *found)
{
	int fd = -ENOENT;

	for (size_t i = 0; i < f->conf->index.n && fd == -ENOENT; i++) {
		fd = open_as(f, path, f->conf->index.v[i], found);
		if (fd >= 0 && !S_ISREG(found->st.st_mode)) {
			close(fd);
			fd = -ENOENT;
		}
	}
	return fd;
}

static bool
is_older(const struct stat *a, const struct stat *b)
{
	if (a->st_mtim.tv_sec != b->st_mtim.tv_sec)
		return a->st_mtim.tv_sec < b->st_mtim.tv_sec;
	return a->st_mtim.tv_nsec < b->st_mtim.tv_nsec;
}

/* A twin that is not older than the file itself, or -1. */
static int
find_twin(const struct files *f, const struct found *found, enum encoding e,
    struct stat *st)
{
	char path[PATH_MAX];
	int fd, n = snprintf(path, sizeof path, "%s%s", found->path,
		    encoding_row(e)->suffix);

	if (n < 0 || (size_t)n >= sizeof path)
		return -1;
	fd = root_find(&f->root, path, st);
	if (fd >= 0 && S_ISREG(st->st_mode) && !is_older(st, &found->st))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Looks for the compressed twins and changes to the one that the client
 * likes best. */
static void
choose_variant(
    const struct files *f, const struct head *head, struct found *found)
{
	struct stat st[ENCODING_NONE];
	int fd[ENCODING_NONE];
	unsigned there = 0;

	for (int e = 0; e < ENCODING_NONE; e++) {
		fd[e] = find_twin(f, found, (enum encoding)e, &st[e]);
		if (fd[e] >= 0)
			there |= 1U << e;
	}
	found->has_twins = there != 0;
	found->encoding =
	    encoding_choose(head->value[HEAD_ACCEPT_ENCODING], there);
	for (int e = 0; e < ENCODING_NONE; e++) {
		if (e == (int)found->encoding) {
			close(found->fd);
			found->fd = fd[e];
			found->st = st[e];
		} else if (fd[e] >= 0) {
			close(fd[e]);
		}
	}
}

static void
redirect(const struct target *target, struct answer *a)
{
	char *where = target_with_slash(target);

	answer_page(a, MHD_HTTP_MOVED_PERMANENTLY,
	    "The folder's address ends with a slash.");
	if (where)
		answer_header(a, "Location", where);
	else
		answer_drop(a);
	free(where);
}

/* What every answer about a file says, 304 included. */
static void
add_validators(const struct files *f, const struct found *found,
    const struct validators *v, struct answer *a)
{
	answer_header(a, "ETag", v->etag);
	answer_header(a, "Last-Modified", v->date);
	if (f->conf->cache_control && f->conf->cache_control[0])
		answer_header(a, "Cache-Control", f->conf->cache_control);
	if (found->has_twins)
		answer_header(a, "Vary", "Accept-Encoding");
}

static void
add_description(const struct found *found, struct answer *a)
{
	answer_header(a, "Content-Type", mime_of(found->path));
	answer_header(a, "X-Content-Type-Options", "nosniff");
	answer_header(a, "Accept-Ranges", "bytes");
	if (found->encoding != ENCODING_NONE)
		answer_header(
		    a, "Content-Encoding", encoding_row(found->encoding)->name);
}

/* A 304 has no body, but the Content-Length that a 200 would have. */
static void
not_modified(const struct files *f, struct found *found,
    const struct validators *v, struct answer *a)
{
	file_body_part(&found->fd, 0, (uint64_t)found->st.st_size, a);
	a->status = MHD_HTTP_NOT_MODIFIED;
	a->bytes = 0;
	add_validators(f, found, v, a);
}

static void
part(const struct files *f, struct found *found, const struct validators *v,
    uint64_t first, uint64_t count, struct answer *a)
{
	char text[80];

	file_body_part(&found->fd, first, count, a);
	a->status = MHD_HTTP_PARTIAL_CONTENT;
	snprintf(text, sizeof text, "bytes %llu-%llu/%llu",
	    (unsigned long long)first, (unsigned long long)(first + count - 1),
	    (unsigned long long)found->st.st_size);
	answer_header(a, "Content-Range", text);
	add_validators(f, found, v, a);
	add_description(found, a);
}

static void
beyond(const struct found *found, struct answer *a)
{
	char text[40];

	answer_refusal(a, REFUSAL_RANGE);
	snprintf(text, sizeof text, "bytes */%llu",
	    (unsigned long long)found->st.st_size);
	answer_header(a, "Content-Range", text);
}

/* One path may stand for several responses: for each encoding, without any for
 * two, as one of them says Vary, and each for two: what comes by https may say
 * so. */
static char
variant(const struct found *found)
{
	return (char)('A' + 4 * (int)found->encoding + 2 * found->has_twins +
		      found->secure);
}

/* A small file becomes a response once, with all its headers. */
static void
whole(struct files *f, struct found *found, const struct validators *v,
    struct answer *a)
{
	char key[PATH_MAX + 1];
	uint64_t size = (uint64_t)found->st.st_size;
	bool small = size <= f->conf->cache_small;
	struct file_id id;

	file_id_make(&id, &found->st);
	snprintf(key, sizeof key, "%c%s", variant(found), found->path);
	if (small && file_body_cached(f->cache, key, &id, a))
		return;
	if (small)
		file_body_read(found->fd, &id, a);
	else
		file_body_part(&found->fd, 0, size, a);
	if (a->refusal)
		return;
	add_validators(f, found, v, a);
	add_description(found, a);
	if (small)
		file_body_keep(f->cache, key, &id, a);
}

static void
serve_found(struct files *f, const struct head *head, struct found *found,
    struct answer *a)
{
	uint64_t size, first, count;
	enum range_kind kind = RANGE_WHOLE;
	struct validators v;

	choose_variant(f, head, found);
	validators_make(&v, &found->st, encoding_row(found->encoding)->tag);
	size = (uint64_t)found->st.st_size;
	switch (condition_judge(head, &v)) {
	case CONDITION_NOT_MODIFIED:
		not_modified(f, found, &v, a);
		return;
	case CONDITION_FAILED:
		answer_refusal(a, REFUSAL_PRECONDITION);
		return;
	case CONDITION_HOLDS:
		break;
	}
	if (strcmp(head->method, "GET") == 0 &&
	    condition_allows_range(head, &v))
		kind =
		    range_read(head->value[HEAD_RANGE], size, &first, &count);
	switch (kind) {
	case RANGE_WHOLE:
		whole(f, found, &v, a);
		return;
	case RANGE_PART:
		part(f, found, &v, first, count, a);
		return;
	case RANGE_BEYOND:
		beyond(found, a);
		return;
	}
}

void
files_serve(struct files *f, const struct head *head,
    const struct target *target, bool secure, struct answer *a)
{
	struct found found = {
		.fd = -1, .encoding = ENCODING_NONE, .secure = secure
	};
	int fd = -ENOENT;

	if (!head_reads(head)) {
		answer_refusal(a, REFUSAL_METHOD);
		return;
	}
	if (f->root.fd >= 0 && !target_is_hidden(target->path)) {
		if (target->path[strlen(target->path) - 1] == '/')
			fd = find_index(f, target->path, &found);
		else
			fd = open_as(f, target->path, "", &found);
	}
	if (fd < 0) {
		answer_refusal(a, refusal_of(fd));
		return;
	}
	if (S_ISDIR(found.st.st_mode))
		redirect(target, a);
	else
		serve_found(f, head, &found, a);
	if (found.fd >= 0)
		close(found.fd);
}
