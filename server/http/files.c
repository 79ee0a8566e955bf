/* SPDX-License-Identifier: MIT
 *
 * files.c - see files.h: which file it is, and what is said about it. How
 * its bytes get into a response is file_body.h's.
 */
#include "config.h"

#include "http/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "http/condition.h"
#include "http/encoding.h"
#include "http/file.h"
#include "http/file_body.h"
#include "http/file_cache.h"
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

/* How one form of a file is said and sent. */
struct serving {
	struct file *file;
	enum encoding encoding;
	bool has_twins; /* compressed ones exist */
	bool secure;	/* asked for by https, and there is HSTS to tell of */
	struct form *form;
	uint64_t size;
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
	err = file_cache_new(
	    &f->cache, conf->cache_total, conf->cache_recheck_ms);
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
	case -ESTALE:
		return REFUSAL_CHANGED;
	default:
		return REFUSAL_IO;
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
add_validators(const struct files *f, const struct serving *s, struct answer *a)
{
	answer_header(a, "ETag", s->form->validators.etag);
	answer_header(a, "Last-Modified", s->form->validators.date);
	if (f->conf->cache_control && f->conf->cache_control[0])
		answer_header(a, "Cache-Control", f->conf->cache_control);
	if (s->has_twins)
		answer_header(a, "Vary", "Accept-Encoding");
}

static void
add_description(const struct serving *s, struct answer *a)
{
	answer_header(a, "Content-Type", mime_of(s->file->path));
	answer_header(a, "X-Content-Type-Options", "nosniff");
	answer_header(a, "Accept-Ranges", "bytes");
	if (s->encoding != ENCODING_NONE)
		answer_header(
		    a, "Content-Encoding", encoding_row(s->encoding)->name);
}

/* A 304 has no body, but the Content-Length that a 200 would have. */
static void
not_modified(const struct files *f, const struct serving *s, struct answer *a)
{
	file_body_none(s->size, a);
	a->status = MHD_HTTP_NOT_MODIFIED;
	add_validators(f, s, a);
}

static int
part(const struct files *f, const struct serving *s, uint64_t first,
    uint64_t count, struct answer *a)
{
	char text[80];
	int fd = file_open(s->file, &f->root, s->encoding);

	if (fd < 0)
		return fd;
	file_body_part(&s->form->fd, first, count, a);
	a->status = MHD_HTTP_PARTIAL_CONTENT;
	snprintf(text, sizeof text, "bytes %llu-%llu/%llu",
	    (unsigned long long)first, (unsigned long long)(first + count - 1),
	    (unsigned long long)s->size);
	answer_header(a, "Content-Range", text);
	add_validators(f, s, a);
	add_description(s, a);
	return 0;
}

static void
beyond(const struct serving *s, struct answer *a)
{
	char text[40];

	answer_refusal(a, REFUSAL_RANGE);
	snprintf(
	    text, sizeof text, "bytes */%llu", (unsigned long long)s->size);
	answer_header(a, "Content-Range", text);
}

/* It becomes a response once, with all its headers. */
static int
whole(struct files *f, const struct serving *s, struct answer *a)
{
	bool small = s->size <= f->conf->cache_small;
	int fd;

	if (file_body_kept(s->form, s->secure, a))
		return 0;
	if (s->form->whole[s->secure].response)
		return -ESTALE;
	fd = file_open(s->file, &f->root, s->encoding);
	if (fd < 0)
		return fd;
	if (small)
		file_body_read(fd, &s->form->id, a);
	else
		file_body_part(&s->form->fd, 0, s->size, a);
	if (a->refusal != REFUSAL_NONE)
		return 0;
	add_validators(f, s, a);
	add_description(s, a);
	if (small)
		fd = -1;
	if (a->response && s->file->kept &&
	    file_cache_grow(f->cache, s->file, small ? s->size : 0, fd))
		file_body_keep(s->form, s->secure, fd, a);
	return 0;
}

static int
serve_form(struct files *f, const struct head *head, const struct serving *s,
    struct answer *a)
{
	const struct validators *v = &s->form->validators;
	enum range_kind kind = RANGE_WHOLE;
	uint64_t first, count;

	switch (condition_judge(head, v)) {
	case CONDITION_NOT_MODIFIED:
		not_modified(f, s, a);
		return 0;
	case CONDITION_FAILED:
		answer_refusal(a, REFUSAL_PRECONDITION);
		return 0;
	case CONDITION_HOLDS:
		break;
	}
	if (strcmp(head->method, "GET") == 0 && condition_allows_range(head, v))
		kind = range_read(
		    head->value[HEAD_RANGE], s->size, &first, &count);
	switch (kind) {
	case RANGE_WHOLE:
		return whole(f, s, a);
	case RANGE_PART:
		return part(f, s, first, count, a);
	case RANGE_BEYOND:
		beyond(s, a);
		break;
	}
	return 0;
}

/* In the form that the client likes best. */
static int
serve_file(struct files *f, const struct head *head, struct file *file,
    bool secure, struct answer *a)
{
	unsigned twins = file_twins(file);
	struct serving s = { .file = file,
		.encoding = ENCODING_NONE,
		.has_twins = twins != 0,
		.secure = secure && f->conf->hsts_ms > 0 };

	if (s.has_twins)
		s.encoding =
		    encoding_choose(head->value[HEAD_ACCEPT_ENCODING], twins);
	s.form = &file->form[s.encoding];
	s.size = (uint64_t)s.form->id.size;
	return serve_form(f, head, &s, a);
}

/* What is known, or else what is there. */
static int
look(struct files *f, const char *path, struct file **file)
{
	int err;

	*file = file_cache_get(f->cache, path);
	if (*file)
		return 0;
	err = file_find(file, &f->root, &f->conf->index, path);
	if (err)
		return err;
	*file = file_cache_put(f->cache, *file);
	return 0;
}

/* -ESTALE: what was known was wrong, and is not known any more. */
static int
try(struct files *f, const struct head *head, const char *path, bool secure,
    struct answer *a)
{
	struct file *file;
	int err = look(f, path, &file);

	if (err)
		return err;
	err = serve_file(f, head, file, secure, a);
	file_close(file);
	if (!file->kept)
		file_free(&file);
	else if (err == -ESTALE)
		file_cache_drop(f->cache, file);
	return err;
}

void
files_serve(struct files *f, const struct head *head,
    const struct target *target, bool secure, struct answer *a)
{
	int err = -ENOENT;

	if (!head_reads(head)) {
		answer_refusal(a, REFUSAL_METHOD);
		return;
	}
	if (f->root.fd >= 0 && !target_is_hidden(target->path)) {
		err = try(f, head, target->path, secure, a);
		if (err == -ESTALE)
			err = try(f, head, target->path, secure, a);
	}
	if (err == -EISDIR)
		redirect(target, a);
	else if (err)
		answer_refusal(a, refusal_of(err));
}
