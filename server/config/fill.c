/* SPDX-License-Identifier: MIT
 *
 * fill.c - one function for each way of filling a member, chosen by the
 * `fill` column of types.def.
 *
 * Defaults take the same way as what the file says: they are written out as
 * a little configuration and read.
 */
#include <config.h>

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/folder.h"
#include "base/must.h"
#include "config/fill.h"
#include "config/paths.h"
#include "config/quantity.h"
#include "config/syntax.h"

enum { LIST_MAX = 256 };

/* One key that is being filled. */
struct slot {
	const struct fill *fill;
	const struct key *key;
	const struct conf_node *node;
	void *member;
	char path[80]; /* of the key, for messages */
};

static int
check_text(const struct slot *, const char *text, const struct conf_node *at);

#define SAY(s, id, ...) \
	conf_fail((s)->fill->err, (s)->node, id, (s)->path, ##__VA_ARGS__)

static int
bad_type(const struct slot *s)
{
	return SAY(s, TYPE, key_type_text(s->key->type));
}

int
fill_no_memory(struct conf_error *err, const struct conf_node *at)
{
	return conf_fail(err, at, READ, conf_file(at), strerror(ENOMEM));
}

const char *
fill_resolve(
    struct config_memory *m, const struct conf_node *at, const char *path)
{
	const char *file = conf_file(at);
	size_t dir = folder_len(file);
	size_t size = dir + strlen(path) + 1;

	if (*path == '/' || dir == 0)
		return path;
	char *joined = memory_take(m, size);
	if (joined != NULL)
		snprintf(joined, size, "%.*s%s", (int)dir, file, path);
	return joined;
}

/* --- numbers ----------------------------------------------------------- */

static int
bad_bounds(const struct slot *s)
{
	char min[32], max[32];

	key_bound(min, sizeof(min), s->key, s->key->min);
	key_bound(max, sizeof(max), s->key, s->key->max);
	return s->key->off ? SAY(s, BOUNDS_OFF, min, max)
			   : SAY(s, BOUNDS, min, max);
}

static bool
in_bounds(const struct key *k, int64_t v)
{
	if (v < 0)
		return false;
	return (v == 0 && k->off) ||
	       ((uint64_t)v >= k->min && (uint64_t)v <= k->max);
}

/* The number that a node says, in the ways that the key's type admits. */
static bool
take_number(const struct key *k, const struct conf_node *node, int64_t *v)
{
	const char *text;

	if (!conf_text(node, &text))
		return conf_int(node, v);
	if (k->type == TYPE_SIZE)
		return quantity_parse(text, QUANTITY_SIZE, v);
	return k->type == TYPE_TIME && quantity_parse(text, QUANTITY_TIME, v);
}

static int
fill_number(const struct slot *s)
{
	uint64_t *member = s->member;
	char word[32];
	int64_t v;

	if (!take_number(s->key, s->node, &v))
		return bad_type(s);
	/* "ping_every = 54" is meant as seconds, never as milliseconds. */
	if (s->key->type == TYPE_TIME && conf_type(s->node) == CONF_INT &&
	    v > 0 && v < 1000) {
		snprintf(word, sizeof(word), "%" PRId64, v);
		return SAY(s, BARE_TIME, word, word, word);
	}
	if (!in_bounds(s->key, v))
		return bad_bounds(s);
	*member = (uint64_t)v;
	return 0;
}

static int
fill_mode(const struct slot *s)
{
	uint64_t *member = s->member;
	const char *text;

	if (!conf_text(s->node, &text) || *text == '\0' || strlen(text) > 4 ||
	    strspn(text, "01234567") != strlen(text))
		return bad_type(s);
	*member = strtoul(text, NULL, 8);
	return *member == 0 || *member > 0777 ? bad_type(s) : 0;
}

static int
fill_bool(const struct slot *s)
{
	return conf_bool(s->node, s->member) ? 0 : bad_type(s);
}

/* --- one string -------------------------------------------------------- */

/* Its place among the words of the enum. */
static int
fill_word(const struct slot *s)
{
	const char *words[8], *text = "";
	char copy[64], guess[80], all[128];
	unsigned *member = s->member, n = 0;

	conf_text(s->node, &text);
	must(strlen(s->key->words) < sizeof(copy));
	memcpy(copy, s->key->words, strlen(s->key->words) + 1);
	for (char *rest = copy, *w; (w = strsep(&rest, "|")) != NULL; n++) {
		if (strcmp(w, text) == 0) {
			*member = n;
			return 0;
		}
		must(n < 8);
		words[n] = w;
	}
	return SAY(s, WORD, key_words(all, sizeof(all), s->key),
	    conf_suggest(guess, sizeof(guess), text, words, n));
}

static int
fill_string(const struct slot *s)
{
	const char **member = s->member;

	if (!conf_text(s->node, member))
		return bad_type(s);
	return check_text(s, *member, s->node);
}

/* For those who ask later what the configuration reaches. */
static int
note(const struct slot *s, enum config_access access, const char *path)
{
	return paths_note(s->fill->memory, access, path, s->path, s->node) < 0
		   ? fill_no_memory(s->fill->err, s->node)
		   : 0;
}

static int
check_folder(const struct slot *s, const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return SAY(s, FOLDER, folder, strerror(errno));
	close(fd);
	return 0;
}

static int
fill_folder(const struct slot *s)
{
	const char **member = s->member, *text;

	if (!conf_text(s->node, &text) || *text == '\0')
		return bad_type(s);
	*member = fill_resolve(s->fill->memory, s->node, text);
	if (*member == NULL)
		return fill_no_memory(s->fill->err, s->node);
	if (check_folder(s, *member) < 0)
		return -1;
	return note(s, PATH_READ_TREE, *member);
}

/* A file that can be read; what is in it others judge. */
static int
fill_file(const struct slot *s)
{
	const char **member = s->member, *text;
	struct stat st;
	int fd, error;

	if (!conf_text(s->node, &text) || *text == '\0')
		return bad_type(s);
	*member = fill_resolve(s->fill->memory, s->node, text);
	if (*member == NULL)
		return fill_no_memory(s->fill->err, s->node);
	fd = open(*member, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	error = fd < 0 || fstat(fd, &st) < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	if (error == 0 && !S_ISREG(st.st_mode))
		return SAY(s, PEM_FILE, *member, "it is no regular file");
	if (error != 0)
		return SAY(s, PEM_FILE, *member, strerror(error));
	return note(s, PATH_READ_FILE, *member);
}

/* A file that need not exist in a folder that must, or "-". */
static int
fill_output(const struct slot *s)
{
	const char **member = s->member, *text;
	char folder[PATH_MAX];
	struct stat st;

	if (!conf_text(s->node, &text) || *text == '\0')
		return bad_type(s);
	if (strcmp(text, "-") == 0) {
		*member = NULL;
		return 0;
	}
	*member = fill_resolve(s->fill->memory, s->node, text);
	if (*member == NULL)
		return fill_no_memory(s->fill->err, s->node);
	int r =
	    folder_of(*member, folder) ? check_folder(s, folder) : bad_type(s);
	if (r == 0 && stat(*member, &st) == 0 && S_ISDIR(st.st_mode))
		r = bad_type(s);
	return r < 0 ? r : note(s, PATH_APPEND, *member);
}

/* --- lists ------------------------------------------------------------- */

static int
check_list(const struct slot *s)
{
	char max[16];

	if (conf_type(s->node) != CONF_LIST)
		return bad_type(s);
	snprintf(max, sizeof(max), "%d", LIST_MAX);
	return conf_count(s->node) > LIST_MAX ? SAY(s, TOO_MANY, max) : 0;
}

static int
fill_strings(const struct slot *s)
{
	struct config_strings *member = s->member;

	if (check_list(s) < 0)
		return -1;
	size_t n = conf_count(s->node);
	const char **v = memory_take(s->fill->memory, n * sizeof(*v));
	if (v == NULL)
		return fill_no_memory(s->fill->err, s->node);
	for (size_t i = 0; i < n; i++) {
		const struct conf_node *at = conf_child(s->node, i);
		if (!conf_text(at, &v[i]))
			return bad_type(s);
		if (check_text(s, v[i], at) < 0)
			return -1;
		for (size_t j = 0; j < i; j++)
			if (strcmp(v[i], v[j]) == 0)
				return SAY(s, TWICE, v[i]);
	}
	*member = (struct config_strings){ v, n };
	return 0;
}

/* Files and folders that are there. */
static int
fill_paths(const struct slot *s)
{
	struct config_strings *member = s->member;
	enum config_access access =
	    s->key->type == TYPE_WRITES ? PATH_ALLOW_WRITE : PATH_ALLOW_READ;

	if (fill_strings(s) < 0)
		return -1;
	size_t n = member->n;
	const char **v = memory_take(s->fill->memory, n * sizeof(*v));
	if (v == NULL)
		return fill_no_memory(s->fill->err, s->node);
	for (size_t i = 0; i < n; i++) {
		struct stat st;

		v[i] = fill_resolve(
		    s->fill->memory, conf_child(s->node, i), member->v[i]);
		if (v[i] == NULL)
			return fill_no_memory(s->fill->err, s->node);
		if (stat(v[i], &st) < 0)
			return SAY(s, PATH, v[i], strerror(errno));
		if (note(s, access, v[i]) < 0)
			return -1;
	}
	member->v = v;
	return 0;
}

static int
fill_codes(const struct slot *s)
{
	struct config_codes *member = s->member;
	int64_t code;

	if (check_list(s) < 0)
		return -1;
	size_t n = conf_count(s->node);
	uint16_t *v = memory_take(s->fill->memory, n * sizeof(*v));
	if (v == NULL)
		return fill_no_memory(s->fill->err, s->node);
	for (size_t i = 0; i < n; i++) {
		if (!take_number(s->key, conf_child(s->node, i), &code))
			return bad_type(s);
		if (!in_bounds(s->key, code))
			return bad_bounds(s);
		v[i] = (uint16_t)code;
	}
	*member = (struct config_codes){ v, n };
	return 0;
}

/* --- groups: others look into them ------------------------------------- */

static int
fill_group_type(const struct slot *s)
{
	return conf_type(s->node) == CONF_GROUP ? 0 : bad_type(s);
}

static int
fill_groups_type(const struct slot *s)
{
	if (conf_type(s->node) != CONF_LIST)
		return bad_type(s);
	for (size_t i = 0; i < conf_count(s->node); i++)
		if (conf_type(conf_child(s->node, i)) != CONF_GROUP)
			return bad_type(s);
	return 0;
}

static int
fill_some_groups_type(const struct slot *s)
{
	if (conf_type(s->node) == CONF_GROUP)
		return 0;
	return conf_count(s->node) == 0 ? bad_type(s) : fill_groups_type(s);
}

/* --- the table --------------------------------------------------------- */

static const struct {
	int (*fill)(const struct slot *);
	int (*check)(const struct syntax *);
} types[] = {
#define TYPE(id, member, fill, check, text) \
	[TYPE_##id] = { fill_##fill, syntax_##check },
#include "config/types.def"
#undef TYPE
};

static int
check_text(const struct slot *s, const char *text, const struct conf_node *at)
{
	return types[s->key->type].check(
	    &(struct syntax){ text, s->path, at, s->fill->err });
}

static int
unknown_key(const struct fill *f, const struct conf_node *node)
{
	const char *known[64], *name = conf_name(node);
	char buf[80];
	size_t n = 0;

	for (const struct key *k = keys; k < keys + keys_count; k++) {
		if (!key_belongs(k, f->section))
			continue;
		must(n < sizeof(known) / sizeof(known[0]));
		known[n++] = k->name;
	}
	const char *hint = conf_suggest(buf, sizeof(buf), name, known, n);
	if (*hint == '\0' && f->section->own == GROUP_ROUTE)
		hint = " (the handler's own keys stand in config: { })";
	conf_fail(f->err, node, UNKNOWN_KEY, name,
	    *f->section->name == '\0' ? "" : " in ", f->section->name, hint);
	return -1;
}

int
fill_group(const struct fill *f, const struct conf_node *group)
{
	const struct conf_node *node;

	for (size_t i = 0; (node = conf_child(group, i)) != NULL; i++) {
		struct slot s = { .fill = f, .node = node };
		s.key = key_find(f->section, conf_name(node));
		if (s.key == NULL)
			return unknown_key(f, node);
		key_path(s.path, sizeof(s.path), f->section, s.key->name);
		void *base = s.key->group == f->section->own ? f->own : f->also;
		s.member = (char *)base + s.key->offset;
		if (types[s.key->type].fill(&s) < 0)
			return -1;
	}
	return 0;
}

int
fill_defaults(const struct fill *f)
{
	struct conf_node *tree = NULL;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return conf_fail_at(
		    f->err, "defaults", 0, READ, "memory", strerror(errno));
	for (const struct key *k = keys; k < keys + keys_count; k++)
		if (k->group == f->section->own && k->initial != NULL)
			fprintf(out, "%s = %s;\n", k->name, k->initial);
	/* Without memory it may well be closed, and be nothing. */
	int r = fclose(out) == 0 && text != NULL
		    ? 0
		    : conf_fail_at(f->err, "defaults", 0, READ, "memory",
			  strerror(ENOMEM));
	if (r == 0)
		r = conf_read_text(text, "defaults", &tree, f->err);
	free(text);
	if (r == 0 && memory_keep(f->memory, &tree) < 0)
		r = conf_fail_at(
		    f->err, "defaults", 0, READ, "memory", strerror(ENOMEM));
	return r < 0 ? -1 : fill_group(f, tree);
}
