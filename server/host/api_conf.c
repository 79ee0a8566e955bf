/* SPDX-License-Identifier: MIT
 *
 * api_conf.c - the config of a route as its handler reads it.
 *
 * A cursor is a node of the configuration's tree. A route without a `config`
 * group has a cursor too, which has nothing below it.
 *
 * THREADS, MEMORY: see api.h and cleat.h.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>

#include "host/api.h"
#include "host/callsite.h"

static const char nothing;

const cleat_conf *
api_conf(cleat_route *r)
{
	const void *at = &nothing;

	if (api_here(r, "conf") && r->conf)
		at = r->conf;
	return at;
}

/* The instance whose callback is running on this thread; a job's work is
 * none. */
static struct cleat_route *
running(void)
{
	const struct callsite *site = callsite_here();

	return site && instance_here(site->route) ? site->route : NULL;
}

static const struct conf_node *
node_at(const cleat_conf *conf, const char *path)
{
	const void *at = conf;
	const struct conf_node *node = at == &nothing ? NULL : at;
	struct cleat_route *r;

	if (!node || !path || *path == '\0')
		return node;
	r = running();
	if (r)
		instance_asked(r, path);
	return conf_get(node, path);
}

/* A value of the wrong type, found by the handler that is running now. */
static void
complain(const struct conf_node *node, const char *path, const char *what)
{
	struct cleat_route *r = running();
	char sentence[256];

	snprintf(sentence, sizeof(sentence), "%s must be %s",
	    path && *path ? path : "this", what);
	if (r)
		instance_complain(r, node, sentence);
}

const cleat_conf *
api_conf_at(const cleat_conf *conf, const char *path, size_t i)
{
	const struct conf_node *node = node_at(conf, path);

	if (node && conf_type(node) != CONF_GROUP &&
	    conf_type(node) != CONF_LIST) {
		complain(node, path, "a list or a group");
		node = NULL;
	}
	return (const void *)(node ? conf_child(node, i) : NULL);
}

const char *
api_conf_str(const cleat_conf *conf, const char *path, const char *def)
{
	const struct conf_node *node = node_at(conf, path);
	const char *value = def;

	if (node && !conf_text(node, &value))
		complain(node, path, "a string");
	return value;
}

int64_t
api_conf_int(const cleat_conf *conf, const char *path, int64_t def)
{
	const struct conf_node *node = node_at(conf, path);
	int64_t value = def;

	if (node && !conf_int(node, &value))
		complain(node, path,
		    "an integer, or a string such as \"64 KiB\" or \"5 s\"");
	return value;
}

int
api_conf_bool(const cleat_conf *conf, const char *path, int def)
{
	const struct conf_node *node = node_at(conf, path);
	bool value = def != 0;

	if (node && !conf_bool(node, &value))
		complain(node, path, "true or false");
	return value;
}

double
api_conf_real(const cleat_conf *conf, const char *path, double def)
{
	const struct conf_node *node = node_at(conf, path);
	double value = def;

	if (node && !conf_real(node, &value))
		complain(node, path, "a number");
	return value;
}

int
api_conf_fail(cleat_route *r, const cleat_conf *conf, const char *path,
    const char *fmt, ...)
{
	const struct conf_node *node = node_at(conf, path);
	char sentence[512];
	va_list ap;
	int n = 0;

	if (!api_here(r, "conf_fail") || !fmt)
		return CLEAT_EINVAL;
	if (path && *path)
		n = snprintf(sentence, sizeof(sentence), "%s: ", path);
	if (n < 0 || (size_t)n >= sizeof(sentence))
		n = 0;
	va_start(ap, fmt);
	vsnprintf(sentence + n, sizeof(sentence) - (size_t)n, fmt, ap);
	va_end(ap);
	instance_complain(r, node ? node : node_at(conf, ""), sentence);
	return CLEAT_EINVAL;
}
