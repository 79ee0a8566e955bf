/* SPDX-License-Identifier: MIT
 *
 * dump.c - a configuration as it is understood: every key with its value,
 * and behind it where the value comes from.
 *
 * What is written is a configuration again, which says the same.
 */
#include <config.h>

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/auth.h"
#include "config/key.h"
#include "config/quantity.h"

/* Where a section's values come from, the nearest first; NULL: it is not in
 * the file. */
struct origin {
	const struct conf_node *own, *defaults;
};

/* --- values ------------------------------------------------------------ */

static void
print_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void
print_number(FILE *out, const struct key *k, const void *member)
{
	uint64_t v = *(const uint64_t *)member;
	char buf[32];

	if (k->type == TYPE_SIZE || k->type == TYPE_TIME)
		print_text(out, key_bound(buf, sizeof(buf), k, v));
	else
		fprintf(out, "%" PRIu64, v);
}

static void
print_mode(FILE *out, const struct key *k, const void *member)
{
	(void)k;
	fprintf(out, "\"%04" PRIo64 "\"", *(const uint64_t *)member);
}

static void
print_bool(FILE *out, const struct key *k, const void *member)
{
	(void)k;
	fputs(*(const bool *)member ? "true" : "false", out);
}

static void
print_word(FILE *out, const struct key *k, const void *member)
{
	const char *word = k->words;

	for (unsigned n = *(const unsigned *)member; n > 0; n--)
		word = strchr(word, '|') + 1;
	fprintf(out, "\"%.*s\"", (int)strcspn(word, "|"), word);
}

static void
print_string(FILE *out, const struct key *k, const void *member)
{
	(void)k;
	print_text(out, *(const char *const *)member);
}

/* A relative one is the reader's folder's by now, and would be the folder's of
 * the file that this becomes. */
static void
print_path(FILE *out, const char *path)
{
	char here[PATH_MAX], whole[2 * PATH_MAX];

	if (*path == '/' || !getcwd(here, sizeof(here)))
		return print_text(out, path);
	snprintf(whole, sizeof(whole), "%s/%s", here, path);
	print_text(out, whole);
}

static void
print_folder(FILE *out, const struct key *k, const void *member)
{
	(void)k;
	print_path(out, *(const char *const *)member);
}

static void
print_file(FILE *out, const struct key *k, const void *member)
{
	print_folder(out, k, member);
}

static void
print_output(FILE *out, const struct key *k, const void *member)
{
	const char *file = *(const char *const *)member;

	(void)k;
	if (file != NULL)
		print_path(out, file);
	else
		print_text(out, "-");
}

static void
print_list(FILE *out, const struct config_strings *list,
    void (*print)(FILE *, const char *))
{
	fputs("[ ", out);
	for (size_t i = 0; i < list->n; i++) {
		print(out, list->v[i]);
		fputs(i + 1 < list->n ? ", " : " ", out);
	}
	fputc(']', out);
}

static void
print_strings(FILE *out, const struct key *k, const void *member)
{
	(void)k;
	print_list(out, member, print_text);
}

static void
print_paths(FILE *out, const struct key *k, const void *member)
{
	(void)k;
	print_list(out, member, print_path);
}

static void
print_codes(FILE *out, const struct key *k, const void *member)
{
	const struct config_codes *list = member;

	(void)k;
	fputs("[ ", out);
	for (size_t i = 0; i < list->n; i++)
		fprintf(out, "%u%s", list->v[i], i + 1 < list->n ? ", " : " ");
	fputc(']', out);
}

/* The groups of the file are written by those who know what is in them. */
#define print_group_type       NULL
#define print_groups_type      NULL
#define print_some_groups_type NULL

static void (*const printers[])(FILE *, const struct key *, const void *) = {
#define TYPE(id, member, fill, check, text) [TYPE_##id] = print_##fill,
#include "config/types.def"
#undef TYPE
};

/* --- keys -------------------------------------------------------------- */

/* Where a key's value stands; NULL: nowhere. */
static const struct conf_node *
find_origin(const struct origin *from, const char *name)
{
	const struct conf_node *at = conf_get(from->own, name);

	return at != NULL ? at : conf_get(from->defaults, name);
}

/* Is there a value? What has no default and was not said is left out. */
static bool
is_set(const struct key *k, const void *member, const struct conf_node *at)
{
	if (printers[k->type] == NULL)
		return false;
	if (printers[k->type] == print_string ||
	    printers[k->type] == print_folder ||
	    printers[k->type] == print_file)
		return *(const char *const *)member != NULL;
	return at != NULL || k->initial != NULL ||
	       printers[k->type] == print_strings ||
	       printers[k->type] == print_paths ||
	       printers[k->type] == print_codes;
}

/* Writes the keys of one group of the table from the struct they fill. */
static void
print_keys(FILE *out, enum key_group group, const void *from,
    const struct origin *origin, const char *indent)
{
	for (const struct key *k = keys; k < keys + keys_count; k++) {
		const struct conf_node *at = find_origin(origin, k->name);
		const void *member = (const char *)from + k->offset;

		if (k->group != group || !is_set(k, member, at))
			continue;
		fprintf(out, "%s%s = ", indent, k->name);
		printers[k->type](out, k, member);
		if (at == NULL)
			fputs(";  # default\n", out);
		else
			fprintf(
			    out, ";  # %s:%d\n", conf_file(at), conf_line(at));
	}
}

static void
print_group(FILE *out, const char *name, enum key_group group, const void *from,
    const struct conf_node *top)
{
	struct origin origin = { .own = conf_get(top, name) };

	fprintf(out, "%s: {\n", name);
	print_keys(out, group, from, &origin, "\t");
	fputs("};\n", out);
}

/* --- a handler's own configuration ------------------------------------- */

static void
print_indent(FILE *out, int depth)
{
	while (depth-- > 0)
		fputc('\t', out);
}

static void
print_leaf(FILE *out, const struct conf_node *node)
{
	const char *text;
	int64_t number;
	double real;
	bool truth;

	if (conf_text(node, &text))
		print_text(out, text);
	else if (conf_bool(node, &truth))
		fputs(truth ? "true" : "false", out);
	else if (conf_int(node, &number))
		fprintf(out, "%" PRId64 "%s", number,
		    number > INT32_MAX || number < INT32_MIN ? "L" : "");
	else if (conf_real(node, &real))
		fprintf(out, "%#.17g", real);
}

static void
print_tree(FILE *out, const struct conf_node *node, int depth)
{
	bool group = conf_type(node) == CONF_GROUP;

	if (!group && conf_type(node) != CONF_LIST) {
		print_leaf(out, node);
		return;
	}
	fputs(group ? "{\n" : "(\n", out);
	for (size_t i = 0; i < conf_count(node); i++) {
		const struct conf_node *child = conf_child(node, i);

		print_indent(out, depth + 1);
		if (group)
			fprintf(out, "%s = ", conf_name(child));
		print_tree(out, child, depth + 1);
		if (group)
			fputc(';', out);
		else if (i + 1 < conf_count(node))
			fputc(',', out);
		fputc('\n', out);
	}
	print_indent(out, depth);
	fputc(group ? '}' : ')', out);
}

/* --- the whole --------------------------------------------------------- */

static void
print_tls(FILE *out, const struct config_listen *l)
{
	struct origin origin = { .own = NULL };

	if (l->n_pairs == 0)
		return;
	fputs("\t\ttls = (\n", out);
	for (size_t i = 0; i < l->n_pairs; i++) {
		origin.own = l->pairs[i].node;
		fputs("\t\t\t{\n", out);
		print_keys(out, GROUP_TLS, &l->pairs[i], &origin, "\t\t\t\t");
		fputs(i + 1 < l->n_pairs ? "\t\t\t},\n" : "\t\t\t}\n", out);
	}
	fputs("\t\t);\n", out);
}

static void
print_listen(FILE *out, const struct config *c)
{
	fputs("listen = (\n", out);
	for (size_t i = 0; i < c->n_listen; i++) {
		struct origin origin = { .own = c->listen[i].node };

		fputs("\t{\n", out);
		print_keys(out, GROUP_LISTEN, &c->listen[i], &origin, "\t\t");
		print_tls(out, &c->listen[i]);
		fputs(i + 1 < c->n_listen ? "\t},\n" : "\t}\n", out);
	}
	fputs(");\n", out);
}

static void
print_jwt(FILE *out, const struct config_jwt *j, const char *indent)
{
	struct origin origin = { .own = j->node };
	char deeper[8];

	snprintf(deeper, sizeof(deeper), "%.6s\t", indent);
	fprintf(out, "%sjwt: {\n", indent);
	print_keys(out, GROUP_JWT, j, &origin, deeper);
	fprintf(out, "%s};\n", indent);
}

/* A route's, which may be that of defaults. */
static void
print_auth(FILE *out, const struct config_limits *l, const char *indent)
{
	struct origin origin = { .own = NULL };
	char deeper[8];

	if (l->auth == NULL)
		return;
	origin.own = l->auth->node;
	snprintf(deeper, sizeof(deeper), "%.6s\t", indent);
	fprintf(out, "%sauth: {\n", indent);
	print_keys(out, GROUP_AUTH, l->auth, &origin, deeper);
	if (l->auth->config != NULL) {
		fprintf(out, "%sconfig = ", deeper);
		print_tree(out, l->auth->config, (int)strlen(deeper));
		fputs(";\n", out);
	}
	if (l->auth->jwt.node != NULL)
		print_jwt(out, &l->auth->jwt, deeper);
	fprintf(out, "%s};\n", indent);
}

static void
print_route(FILE *out, const struct config *c, const struct config_route *r)
{
	struct origin own = { .own = r->node };
	struct origin limits = { r->node, conf_get(c->node, "defaults") };

	fputs("\t{\n", out);
	print_keys(out, GROUP_ROUTE, r, &own, "\t\t");
	print_keys(out, GROUP_LIMIT, &r->limits, &limits, "\t\t");
	print_auth(out, &r->limits, "\t\t");
	if (r->config != NULL) {
		fputs("\t\tconfig = ", out);
		print_tree(out, r->config, 2);
		fputs(";\n", out);
	}
	fputs("\t}", out);
}

static void
print_defaults(FILE *out, const struct config *c)
{
	struct origin origin = { .own = conf_get(c->node, "defaults") };

	fputs("defaults: {\n", out);
	print_keys(out, GROUP_LIMIT, &c->defaults, &origin, "\t");
	print_auth(out, &c->defaults, "\t");
	fputs("};\n", out);
}

void
config_dump(const struct config *c, FILE *out)
{
	struct origin top = { .own = c->node };

	print_keys(out, GROUP_TOP, c, &top, "");
	if (c->n_listen > 0)
		print_listen(out, c);
	if (c->status != NULL)
		print_group(out, "status", GROUP_STATUS, c->status, c->node);
	print_group(out, "http", GROUP_HTTP, &c->http, c->node);
	print_group(out, "plugins", GROUP_PLUGINS, c, c->node);
	print_group(out, "log", GROUP_LOG, &c->log, c->node);
	print_group(out, "sandbox", GROUP_SANDBOX, &c->sandbox, c->node);
	print_group(out, "topics", GROUP_TOPICS, &c->topics, c->node);
	print_defaults(out, c);
	fputs("routes = (\n", out);
	for (size_t i = 0; i < c->n_routes; i++) {
		print_route(out, c, &c->routes[i]);
		fputs(i + 1 < c->n_routes ? ",\n" : "\n", out);
	}
	fputs(");\n", out);
}
