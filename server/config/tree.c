/* SPDX-License-Identifier: MIT
 *
 * tree.c - from libconfig's tree to our own; the only user of libconfig.h.
 *
 * MEMORY: a tree is one block: the nodes, children side by side, then their
 * marks, then all texts. It is measured first and filled then, by the same
 * walk; what libconfig holds is given back before conf_read() returns.
 */
#include <config.h>

#include <errno.h>
#include <libconfig.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/folder.h"
#include "base/must.h"
#include "config/quantity.h"
#include "config/scan.h"
#include "config/tree.h"

struct conf_node {
	const char *name; /* NULL inside a list and at the root */
	const char *file;
	int line;
	enum conf_type type;
	size_t count; /* of children */
	union {
		const struct conf_node *child;
		const char *text;
		int64_t number;
		double real;
		bool truth;
	};
	atomic_bool *seen; /* apart, since the node itself is const */
};

/* --- copying ----------------------------------------------------------- */

/* Counts while `nodes` is NULL, fills otherwise. */
struct copy {
	const char *file, *dir;
	struct conf_node *nodes;
	atomic_bool *seen;
	char *texts;
	size_t n_nodes, n_bytes;
	const char *last_theirs, *last_ours; /* file name, to share it */
};

static const char *
copy_text(struct copy *c, const char *before, const char *text)
{
	size_t a = strlen(before), b = strlen(text) + 1;
	char *to = c->nodes ? c->texts + c->n_bytes : NULL;

	c->n_bytes += a + b;
	if (!to)
		return NULL;
	memcpy(to, before, a);
	memcpy(to + a, text, b);
	return to;
}

/* libconfig names included files as @include does, and the first not at
 * all. */
static const char *
copy_file(struct copy *c, const char *theirs)
{
	if (c->n_bytes == 0 || theirs != c->last_theirs) {
		c->last_ours = theirs == NULL ? copy_text(c, "", c->file)
					      : copy_text(c, c->dir, theirs);
		c->last_theirs = theirs;
	}
	return c->last_ours;
}

static enum conf_type
our_type(const config_setting_t *s)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_GROUP:
		return CONF_GROUP;
	case CONFIG_TYPE_LIST:
	case CONFIG_TYPE_ARRAY:
		return CONF_LIST;
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return CONF_INT;
	case CONFIG_TYPE_FLOAT:
		return CONF_REAL;
	case CONFIG_TYPE_BOOL:
		return CONF_BOOL;
	default:
		must(config_setting_type(s) == CONFIG_TYPE_STRING);
		return CONF_STRING;
	}
}

static void
copy_children(struct copy *c, const config_setting_t *s, struct conf_node *n);

/* The i-th node is what `s` says. */
static void
copy_node(struct copy *c, const config_setting_t *s, size_t i)
{
	struct conf_node n = {
		.file = copy_file(c, config_setting_source_file(s)),
		.line = (int)s->line, /* the macro cuts it to 16 bits */
		.type = our_type(s),
	};

	if (s->name != NULL)
		n.name = copy_text(c, "", s->name);
	switch (n.type) {
	case CONF_GROUP:
	case CONF_LIST:
		copy_children(c, s, &n);
		break;
	case CONF_INT:
		n.number = config_setting_get_int64(s);
		break;
	case CONF_REAL:
		n.real = config_setting_get_float(s);
		break;
	case CONF_BOOL:
		n.truth = config_setting_get_bool(s) == CONFIG_TRUE;
		break;
	case CONF_STRING:
		n.text = copy_text(c, "", config_setting_get_string(s));
		break;
	}
	if (c->nodes == NULL)
		return;
	n.seen = &c->seen[i];
	atomic_init(n.seen, false);
	c->nodes[i] = n;
}

static void
copy_children(struct copy *c, const config_setting_t *s, struct conf_node *n)
{
	size_t first = c->n_nodes;

	n->count = (size_t)config_setting_length(s);
	n->child = c->nodes == NULL ? NULL : &c->nodes[first];
	c->n_nodes += n->count;
	for (size_t i = 0; i < n->count; i++)
		copy_node(
		    c, config_setting_get_elem(s, (unsigned)i), first + i);
}

static int
copy_tree(const config_t *theirs, const char *file, const char *dir,
    struct conf_node **out, struct conf_error *err)
{
	struct copy c = { .file = file, .dir = dir, .n_nodes = 1 };
	char most[16];

	copy_node(&c, theirs->root, 0);
	snprintf(most, sizeof(most), "%d", CONF_MAX_NODES);
	if (c.n_nodes > CONF_MAX_NODES)
		return conf_fail_at(err, file, 0, NODES, most);
	size_t nodes = c.n_nodes * sizeof(struct conf_node);
	size_t marks = c.n_nodes * sizeof(atomic_bool);
	char *block = malloc(nodes + marks + c.n_bytes);
	if (block == NULL)
		return conf_fail_at(err, file, 0, READ, file, strerror(errno));
	c = (struct copy){
		.file = file,
		.dir = dir,
		.nodes = (struct conf_node *)(void *)block,
		.seen = (atomic_bool *)(void *)(block + nodes),
		.texts = block + nodes + marks,
		.n_nodes = 1,
	};
	copy_node(&c, theirs->root, 0);
	*out = c.nodes;
	return 0;
}

/* --- reading ----------------------------------------------------------- */

static int
say_syntax(const config_t *theirs, const char *file, const char *dir,
    struct conf_error *err)
{
	const char *included = config_error_file(theirs);
	const char *text = config_error_text(theirs);
	int line = config_error_line(theirs);
	char name[PATH_MAX];

	if (included != NULL) {
		snprintf(name, sizeof(name), "%s%s", dir, included);
		file = name;
	}
	if (strcmp(text, "duplicate setting name") == 0)
		conf_fail_at(err, file, line, SAME_KEY);
	else if (strcmp(text, "mismatched element type in array") == 0)
		conf_fail_at(err, file, line, MIXED_ARRAY);
	else
		conf_fail_at(err, file, line, SYNTAX);
	return -1;
}

static int
parse(const char *text, const char *file, const char *dir,
    struct conf_node **out, struct conf_error *err)
{
	config_t theirs;
	int r;

	config_init(&theirs);
	config_set_include_dir(&theirs, *dir == '\0' ? "." : dir);
	if (config_read_string(&theirs, text) == CONFIG_TRUE)
		r = copy_tree(&theirs, file, dir, out, err);
	else
		r = say_syntax(&theirs, file, dir, err);
	config_destroy(&theirs);
	return r;
}

int
conf_read(const char *file, struct conf_node **out, struct conf_error *err)
{
	int r = -1;

	*out = NULL;
	char *dir = strndup(file, folder_len(file));
	if (dir == NULL)
		return conf_fail_at(err, file, 0, READ, file, strerror(errno));
	char *text = scan_file(file, dir, err);
	if (text != NULL)
		r = parse(text, file, dir, out, err);
	free(text);
	free(dir);
	return r;
}

int
conf_read_text(const char *text, const char *name, struct conf_node **out,
    struct conf_error *err)
{
	*out = NULL;
	return parse(text, name, "", out, err);
}

void
conf_free(struct conf_node **root)
{
	free(*root);
	*root = NULL;
}

/* --- walking ----------------------------------------------------------- */

static const struct conf_node *
seen(const struct conf_node *n)
{
	atomic_store_explicit(n->seen, true, memory_order_relaxed);
	return n;
}

/* The child of a group whose name is the `len` bytes at `name`. */
static const struct conf_node *
member(const struct conf_node *group, const char *name, size_t len)
{
	if (group->type != CONF_GROUP)
		return NULL;
	for (size_t i = 0; i < group->count; i++) {
		const struct conf_node *n = &group->child[i];
		if (strncmp(n->name, name, len) == 0 && n->name[len] == '\0')
			return seen(n);
	}
	return NULL;
}

const struct conf_node *
conf_get(const struct conf_node *at, const char *path)
{
	while (at != NULL) {
		size_t len = strcspn(path, ".");
		at = member(at, path, len);
		if (path[len] == '\0')
			break;
		path += len + 1;
	}
	return at;
}

const struct conf_node *
conf_child(const struct conf_node *at, size_t i)
{
	return i < conf_count(at) ? seen(&at->child[i]) : NULL;
}

const struct conf_node *
conf_peek(const struct conf_node *at, size_t i)
{
	return i < conf_count(at) ? &at->child[i] : NULL;
}

size_t
conf_count(const struct conf_node *n)
{
	return n->count;
}

enum conf_type
conf_type(const struct conf_node *n)
{
	return n->type;
}

const char *
conf_name(const struct conf_node *n)
{
	return n->name;
}

const char *
conf_file(const struct conf_node *n)
{
	return n->file;
}

int
conf_line(const struct conf_node *n)
{
	return n->line;
}

/* --- values ------------------------------------------------------------ */

static bool
is(const struct conf_node *n, enum conf_type type)
{
	return n != NULL && n->type == type;
}

bool
conf_text(const struct conf_node *n, const char **value)
{
	if (!is(n, CONF_STRING))
		return false;
	*value = n->text;
	return true;
}

bool
conf_bool(const struct conf_node *n, bool *value)
{
	if (!is(n, CONF_BOOL))
		return false;
	*value = n->truth;
	return true;
}

bool
conf_real(const struct conf_node *n, double *value)
{
	if (is(n, CONF_INT))
		*value = (double)n->number;
	else if (is(n, CONF_REAL))
		*value = n->real;
	else
		return false;
	return true;
}

bool
conf_int(const struct conf_node *n, int64_t *value)
{
	if (is(n, CONF_STRING))
		return quantity_parse(n->text, QUANTITY_ANY, value);
	if (!is(n, CONF_INT))
		return false;
	*value = n->number;
	return true;
}

/* --- whole trees ------------------------------------------------------- */

const struct conf_node *
conf_first_unread(const struct conf_node *at)
{
	for (size_t i = 0; i < at->count; i++) {
		const struct conf_node *n = &at->child[i];
		if (n->name != NULL &&
		    !atomic_load_explicit(n->seen, memory_order_relaxed))
			return n;
		if ((n = conf_first_unread(n)) != NULL)
			return n;
	}
	return NULL;
}

static bool
same_name(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_children(const struct conf_node *a, const struct conf_node *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct conf_node *x = &a->child[i], *y = &b->child[i];
		if (!same_name(x->name, y->name) || !conf_equal(x, y))
			return false;
	}
	return true;
}

bool
conf_equal(const struct conf_node *a, const struct conf_node *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case CONF_GROUP:
	case CONF_LIST:
		return same_children(a, b);
	case CONF_INT:
		return a->number == b->number;
	case CONF_REAL:
		/* The same digits give the same bits. */
		return memcmp(&a->real, &b->real, sizeof(a->real)) == 0;
	case CONF_BOOL:
		return a->truth == b->truth;
	case CONF_STRING:
		return strcmp(a->text, b->text) == 0;
	}
	must(!"a type without a comparison");
	return false;
}
