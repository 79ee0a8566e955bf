/* SPDX-License-Identifier: MIT
 *
 * plugin.c - find, refuse or load a shared object.
 *
 * The private copy is a sealed memfd, opened by the dynamic linker through
 * /proc/PID/fd (not /proc/self, in which gdb hangs) and kept open, because
 * debuggers and sanitizers read symbols through the same name.
 *
 * THREADS, MEMORY: see plugin.h.
 */
#include "config.h"

#include "host/plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/log.h"
#include "host/elf.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

enum { NAME_MAX_LEN = 64 };

/* The sentence of a refusal, begun with the file's last name. */
struct refusal {
	const char *file;
	char *why;
};

__attribute__((format(printf, 2, 3))) static int
refuse(const struct refusal *r, const char *fmt, ...)
{
	const char *slash = strrchr(r->file, '/');
	int n = snprintf(
	    r->why, PLUGIN_WHY_MAX, "%s: ", slash ? slash + 1 : r->file);
	va_list ap;

	if (n < 0 || n >= PLUGIN_WHY_MAX)
		return -1;
	va_start(ap, fmt);
	vsnprintf(r->why + n, PLUGIN_WHY_MAX - (size_t)n, fmt, ap);
	va_end(ap);
	return -1;
}

void
plugins_init(struct plugins *set, const struct cleat_api *api)
{
	list_init(&set->list);
	set->api = api;
	set->files = 0;
}

void
plugins_free(struct plugins *set)
{
	LIST_FOREACH_SAFE (n, &set->list) {
		struct plugin *p = container_of(n, struct plugin, node);

		list_del(n);
		free(p->file);
		free(p->name);
		free(p->version);
		free(p);
	}
}

/* --- the file ----------------------------------------------------------- */

static bool
owned_by_us(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

const char *
plugin_exposed(const char *file, int fd)
{
	char folder[PATH_MAX];
	struct stat st;

	if (fstat(fd, &st) != 0)
		return "cannot be examined";
	if (!owned_by_us(&st))
		return "belongs to another user; chown it to root";
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return "others may write to it; chmod go-w it";
	if (!folder_of(file, folder) || stat(folder, &st) != 0)
		return "its folder cannot be examined";
	if (!owned_by_us(&st))
		return "its folder belongs to another user; chown it to root";
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return "others may write to its folder; chmod go-w that";
	return NULL;
}

static int
copy_bytes(int from, int to, size_t size)
{
	char buf[1 << 16];
	size_t done = 0;
	ssize_t n;

	while (done < size && (n = read(from, buf, sizeof(buf))) != 0) {
		ssize_t written = n < 0 ? -1 : write(to, buf, (size_t)n);

		if (written < 0)
			return -errno;
		if (written < n)
			return -EFBIG;
		done += (size_t)n;
	}
	return done == size ? 0 : -EAGAIN;
}

/* Returns a descriptor, or -1 and the sentence. */
static int
private_copy(const struct refusal *r, int from, size_t size)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int to = memfd_create("cleat-handler", flags | MFD_EXEC);
	int error;

	if (to < 0 && errno == EINVAL)
		to = memfd_create("cleat-handler", flags);
	if (to < 0)
		return refuse(
		    r, "cannot be copied into memory (%s)", strerror(errno));
	error = copy_bytes(from, to, size);
	if (error == 0 && fcntl(to, F_ADD_SEALS,
			      F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
		error = -errno;
	if (error == 0)
		return to;
	close(to);
	return refuse(r, "cannot be copied into memory (%s)",
	    error == -EAGAIN ? "it changed meanwhile" : strerror(-error));
}

static int
open_file(const struct refusal *r, size_t *size)
{
	int fd = open(r->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *error = NULL;
	struct stat st;
	int copy;

	if (fd < 0)
		return refuse(
		    r, "cannot open %s: %s", r->file, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		error = "not a regular file";
	else if (st.st_size > PLUGIN_FILE_MAX)
		error = "larger than 256 MiB";
	else
		error = plugin_exposed(r->file, fd);
	if (error) {
		close(fd);
		return refuse(r, "%s", error);
	}
	*size = (size_t)st.st_size;
	copy = private_copy(r, fd, *size);
	close(fd);
	return copy;
}

/* --- what stands in it -------------------------------------------------- */

static bool
same_bytes(int a, int b, size_t size)
{
	void *pa = mmap(NULL, size, PROT_READ, MAP_PRIVATE, a, 0);
	void *pb = mmap(NULL, size, PROT_READ, MAP_PRIVATE, b, 0);
	bool same =
	    pa != MAP_FAILED && pb != MAP_FAILED && memcmp(pa, pb, size) == 0;

	if (pa != MAP_FAILED)
		munmap(pa, size);
	if (pb != MAP_FAILED)
		munmap(pb, size);
	return same;
}

static int
judge_abi(const struct refusal *r, const struct elf *elf)
{
	if (!elf->has_note)
		return refuse(
		    r, "no Cleat handler; end it with CLEAT_HANDLER(...)");
	if (elf->magic != CLEAT_MAGIC_)
		return refuse(
		    r, "its note is not Cleat's; rebuild it with cleat.h");
	if (elf->abi_major != CLEAT_ABI_MAJOR ||
	    elf->abi_minor > CLEAT_ABI_MINOR)
		return refuse(r,
		    "built for ABI %u.%u, this host offers %d.%d; rebuild it "
		    "with this host's cleat.h",
		    elf->abi_major, elf->abi_minor, CLEAT_ABI_MAJOR,
		    CLEAT_ABI_MINOR);
	return 0;
}

static int
examine(const struct refusal *r, int fd, size_t size, struct elf *elf)
{
	const char *error;
	void *p;

	if (size == 0)
		return refuse(r, "empty");
	p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return refuse(r, "cannot be read (%s)", strerror(errno));
	error = elf_read(p, size, elf);
	munmap(p, size);
	return error ? refuse(r, "%s", error) : judge_abi(r, elf);
}

/* Turns what the dynamic linker says into our own sentence. */
static int
refuse_link(const struct refusal *r, const char *copy, const char *said)
{
	const char *symbol = strstr(said, "undefined symbol: ");
	size_t n = strlen(copy);

	if (symbol) {
		symbol += strlen("undefined symbol: ");
		return refuse(r,
		    "needs the symbol \"%.*s\", which nothing provides; link "
		    "it with the library that has it",
		    (int)strcspn(symbol, ", \n"), symbol);
	}
	if (strncmp(said, copy, n) != 0 && strstr(said, "cannot open shared"))
		return refuse(r,
		    "needs the library \"%.*s\", which is not installed",
		    (int)strcspn(said, ":"), said);
	if (strstr(said, "failed to map segment"))
		return refuse(r,
		    "this system does not let programs run a private copy "
		    "from memory (see vm.memfd_noexec and the sandbox)");
	return refuse(r, "%s",
	    strncmp(said, copy, n) == 0 && said[n] == ':' ? said + n + 2
							  : said);
}

static int
link_copy(const struct refusal *r, struct plugin *p)
{
	char copy[64];
	const char *said;

	snprintf(copy, sizeof(copy), "/proc/%ld/fd/%d", (long)getpid(), p->fd);
	p->code = dlopen(copy, RTLD_NOW | RTLD_LOCAL);
	if (p->code)
		return 0;
	said = dlerror();
	return refuse_link(r, copy, said ? said : "cannot be loaded");
}

/* --- the descriptor ----------------------------------------------------- */

/* Names go into logs and metrics as they are. */
static bool
name_valid(const char *s)
{
	size_t n = s ? strnlen(s, NAME_MAX_LEN + 1) : 0;

	if (n == 0 || n > NAME_MAX_LEN)
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s == '"' || *s == '\\' || *s > '~')
			return false;
	return true;
}

static int
take_handler(const struct refusal *r, struct plugin *p, const void *symbol)
{
	const struct cleat_handler *h = symbol;
	struct cleat_handler *own = &p->handler;

	if (h->magic != CLEAT_MAGIC_ || !h->table ||
	    h->size < offsetof(struct cleat_handler, on_load))
		return refuse(r, "its descriptor is not CLEAT_HANDLER's");
	memcpy(own, h, h->size < sizeof(*own) ? h->size : sizeof(*own));
	if (!name_valid(own->name) || !name_valid(own->version))
		return refuse(r,
		    "name and version must have 1 to %d visible characters",
		    NAME_MAX_LEN);
	if (own->flags & ~(uint32_t)CLEAT_PARALLEL)
		return refuse(r, "its flags 0x%x are unknown", own->flags);
	if (own->route_size > PLUGIN_ROUTE_SIZE_MAX)
		return refuse(
		    r, "route_size is above %d", PLUGIN_ROUTE_SIZE_MAX);
	if (own->conn_size > PLUGIN_CONN_SIZE_MAX)
		return refuse(r, "conn_size is above %d", PLUGIN_CONN_SIZE_MAX);
	p->name = strdup(own->name);
	p->version = strdup(own->version);
	return p->name && p->version ? 0 : refuse(r, "no memory");
}

static int
take_module(const struct refusal *r, struct plugin *p, const void *symbol)
{
	const struct cleat_module *m = symbol;
	struct cleat_module *own = &p->module;

	if (m->magic != CLEAT_MAGIC_ || !m->table || m->size < sizeof(*own))
		return refuse(r, "its descriptor is not CLEAT_MODULE's");
	memcpy(own, m, sizeof(*own));
	if (!name_valid(own->interface_name) || !own->interface_ptr)
		return refuse(r, "its interface has no name, or is NULL");
	p->name = strdup(own->interface_name);
	return p->name ? 0 : refuse(r, "no memory");
}

static int
take_descriptor(const struct refusal *r, struct plugin *p)
{
	bool handler = p->kind == PLUGIN_HANDLER;
	const void *symbol =
	    dlsym(p->code, handler ? "cleat_handler_v1" : "cleat_module_v1");

	if (!symbol)
		return refuse(r, "no Cleat %s; end it with %s(...)",
		    handler ? "handler" : "module",
		    handler ? "CLEAT_HANDLER" : "CLEAT_MODULE");
	return handler ? take_handler(r, p, symbol) : take_module(r, p, symbol);
}

/* --- loading ------------------------------------------------------------ */

static void
log_loaded(const struct plugin *p, const struct elf *elf)
{
	char id[2 * ELF_BUILD_ID_MAX + 1] = "";

	for (size_t i = 0; i < elf->build_id_len; i++)
		snprintf(id + 2 * i, 3, "%02x", elf->build_id[i]);
	LOG_EVENT(LOG_LEVEL_INFO, "loaded", LOG_STR("file", p->file),
	    LOG_STR("name", p->name),
	    LOG_STR("version", p->version ? p->version : "-"),
	    LOG_STR("build_id", id));
}

/* The newest copy of the same file; with equal bytes if `fd` >= 0. */
static struct plugin *
find(struct plugins *set, enum plugin_kind kind, const char *file, int fd,
    size_t size)
{
	struct plugin *found = NULL;

	LIST_FOREACH (n, &set->list) {
		struct plugin *p = container_of(n, struct plugin, node);

		if (p->kind == kind && strcmp(p->file, file) == 0 &&
		    (fd < 0 ||
			(p->size == size && same_bytes(p->fd, fd, size))))
			found = p;
	}
	return found;
}

static void
abandon(struct plugin *p)
{
	/* Constructors may have run: the code and the copy stay. */
	if (!p->code && p->fd >= 0)
		close(p->fd);
	free(p->file);
	free(p->name);
	free(p->version);
	free(p);
}

struct plugin *
plugin_load(struct plugins *set, enum plugin_kind kind, const char *file,
    char why[PLUGIN_WHY_MAX])
{
	const struct refusal r = { .file = file, .why = why };
	struct plugin *p, *same, *older;
	struct elf elf;
	size_t size = 0;
	int fd = open_file(&r, &size);

	if (fd < 0)
		return NULL;
	same = find(set, kind, file, fd, size);
	p = same ? NULL : calloc(1, sizeof(*p));
	if (!p) {
		close(fd);
		if (!same)
			refuse(&r, "no memory");
		return same;
	}
	p->kind = kind;
	p->fd = fd;
	p->size = size;
	p->file = strdup(file);
	if (!p->file || examine(&r, fd, size, &elf) != 0 ||
	    link_copy(&r, p) != 0 || take_descriptor(&r, p) != 0) {
		abandon(p);
		return NULL;
	}
	older = find(set, kind, file, -1, 0);
	p->turn = older ? older->turn : set->files++;
	*(kind == PLUGIN_HANDLER ? p->handler.table : p->module.table) =
	    set->api;
	list_add_tail(&set->list, &p->node);
	log_loaded(p, &elf);
	return p;
}
