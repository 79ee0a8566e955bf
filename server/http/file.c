/* SPDX-License-Identifier: MIT
 *
 * file.c - see file.h.
 */
#include "config.h"

#include "http/file.h"

#include <microhttpd.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"
#include "http/resolve.h"

/* Coarser than the tick of any file system's clock that we know, FAT's
 * included. */
enum { SETTLED_MS = 2000 };

/* --- which file is it? --------------------------------------------------- */

void
file_id_make(struct file_id *id, const struct stat *st)
{
	*id = (struct file_id){
		.dev = st->st_dev,
		.ino = st->st_ino,
		.size = st->st_size,
		.modified = st->st_mtim,
		.changed = st->st_ctim,
	};
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool
file_id_equal(const struct file_id *a, const struct file_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       same_time(&a->modified, &b->modified) &&
	       same_time(&a->changed, &b->changed);
}

bool
file_id_settled(const struct file_id *id)
{
	int64_t changed =
	    (int64_t)id->changed.tv_sec * 1000 + id->changed.tv_nsec / 1000000;

	return (int64_t)clock_wall_ms() - changed > SETTLED_MS;
}

static bool
is_older(const struct file_id *a, const struct file_id *b)
{
	if (a->modified.tv_sec != b->modified.tv_sec)
		return a->modified.tv_sec < b->modified.tv_sec;
	return a->modified.tv_nsec < b->modified.tv_nsec;
}

bool
file_equal(const struct file *a, const struct file *b)
{
	for (int e = 0; e <= ENCODING_NONE; e++)
		if (a->form[e].there != b->form[e].there ||
		    !file_id_equal(&a->form[e].id, &b->form[e].id))
			return false;
	return strcmp(a->path, b->path) == 0;
}

bool
file_settled(const struct file *f)
{
	for (int e = 0; e <= ENCODING_NONE; e++)
		if (f->form[e].there && !file_id_settled(&f->form[e].id))
			return false;
	return true;
}

unsigned
file_twins(const struct file *f)
{
	unsigned twins = 0;

	for (int e = 0; e < ENCODING_NONE; e++)
		twins |= (unsigned)f->form[e].there << e;
	return twins;
}

/* --- looking for it ------------------------------------------------------ */

/* The first index file of a folder; "/x/" is the folder. */
static int
find_index(const struct root *root, const struct config_strings *index,
    const char *folder, char path[PATH_MAX], struct stat *st)
{
	int fd = -ENOENT;

	for (size_t i = 0; i < index->n && fd == -ENOENT; i++) {
		int n = snprintf(path, PATH_MAX, "%s%s", folder, index->v[i]);

		if (n < 0 || n >= PATH_MAX)
			continue;
		fd = root_find(root, path, st);
		if (fd >= 0 && !S_ISREG(st->st_mode)) {
			close(fd);
			fd = -ENOENT;
		}
	}
	return fd;
}

static int
find_plain(const struct root *root, const struct config_strings *index,
    const char *asked, char path[PATH_MAX], struct stat *st)
{
	size_t len = strlen(asked);
	int fd;

	if (len >= PATH_MAX)
		return -ENOENT;
	if (asked[len - 1] == '/')
		return find_index(root, index, asked, path, st);
	memcpy(path, asked, len + 1);
	fd = root_find(root, path, st);
	if (fd >= 0 && S_ISDIR(st->st_mode)) {
		close(fd);
		fd = -EISDIR;
	}
	return fd;
}

static int
open_form(const struct file *f, const struct root *root, enum encoding e,
    struct stat *st)
{
	const char *suffix = encoding_row(e)->suffix;
	char path[PATH_MAX];
	int n = snprintf(path, sizeof path, "%s%s", f->path, suffix);

	if (n < 0 || (size_t)n >= sizeof path)
		return -ENOENT;
	return root_find(root, path, st);
}

static void
set_form(struct form *form, enum encoding e, int fd, const struct stat *st)
{
	form->there = true;
	form->fd = fd;
	file_id_make(&form->id, st);
	validators_make(&form->validators, st, encoding_row(e)->tag);
}

static void
find_twin(struct file *f, const struct root *root, enum encoding e)
{
	struct stat st;
	struct file_id id;
	int fd = open_form(f, root, e, &st);

	if (fd < 0)
		return;
	file_id_make(&id, &st);
	if (S_ISREG(st.st_mode) && !is_older(&id, &f->form[ENCODING_NONE].id))
		set_form(&f->form[e], e, fd, &st);
	else
		close(fd);
}

static struct file *
new_file(const char *asked, const char *path)
{
	size_t n = strlen(asked) + 1, m = strlen(path) + 1;
	struct file *f = calloc(1, sizeof *f + n + m);

	if (!f)
		return NULL;
	memcpy(f->asked, asked, n);
	memcpy(f->asked + n, path, m);
	f->path = f->asked + n;
	list_init(&f->used);
	list_init(&f->reading);
	for (int e = 0; e <= ENCODING_NONE; e++)
		f->form[e].fd = f->form[e].whole[0].fd =
		    f->form[e].whole[1].fd = -1;
	return f;
}

int
file_find(struct file **out, const struct root *root,
    const struct config_strings *index, const char *asked)
{
	char path[PATH_MAX];
	struct stat st;
	struct file *f;
	int fd = find_plain(root, index, asked, path, &st);

	if (fd < 0)
		return fd;
	f = new_file(asked, path);
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	set_form(&f->form[ENCODING_NONE], ENCODING_NONE, fd, &st);
	for (int e = 0; e < ENCODING_NONE; e++)
		find_twin(f, root, (enum encoding)e);
	*out = f;
	return 0;
}

/* --- its descriptors and responses --------------------------------------- */

int
file_open(struct file *f, const struct root *root, enum encoding e)
{
	struct form *form = &f->form[e];
	struct file_id id;
	struct stat st;
	int fd;

	if (form->fd >= 0)
		return form->fd;
	fd = open_form(f, root, e, &st);
	if (fd == -ENOENT)
		return -ESTALE;
	if (fd < 0)
		return fd;
	file_id_make(&id, &st);
	if (!file_id_equal(&id, &form->id)) {
		close(fd);
		return -ESTALE;
	}
	form->fd = fd;
	return fd;
}

void
file_take(struct file *to, struct file *from)
{
	file_close(to);
	for (int e = 0; e <= ENCODING_NONE; e++) {
		to->form[e].fd = from->form[e].fd;
		from->form[e].fd = -1;
	}
}

void
file_close(struct file *f)
{
	for (int e = 0; e <= ENCODING_NONE; e++) {
		if (f->form[e].fd >= 0)
			close(f->form[e].fd);
		f->form[e].fd = -1;
	}
}

void
file_free(struct file **fp)
{
	struct file *f = *fp;

	*fp = NULL;
	file_close(f);
	for (int e = 0; e <= ENCODING_NONE; e++)
		for (int i = 0; i < 2; i++)
			if (f->form[e].whole[i].response)
				MHD_destroy_response(
				    f->form[e].whole[i].response);
	free(f);
}
