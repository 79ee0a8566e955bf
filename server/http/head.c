/* SPDX-License-Identifier: MIT
 *
 * head.c - see head.h.
 *
 * The table has few rows and a request has few headers, so a name is looked
 * for by walking the table.
 */
#include "config.h"

#include "http/head.h"

#include <microhttpd.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http/layout.h"
#include "wire/handshake.h"

enum kind { ONE, LIST };

static const struct {
	const char *spelling;
	enum kind kind;
} known[HEAD_NAMES] = {
#define HEADER(NAME, spelling, kind) [HEAD_##NAME] = { spelling, kind },
#include "http/head.def"
#undef HEADER
};

void
head_init(struct head *h, const char *method, const char *version)
{
	*h = (struct head){ .method = method, .version = version };
}

void
head_fini(struct head *h)
{
	for (size_t i = 0; i < HEAD_NAMES; i++)
		free(h->joined[i]);
	*h = (struct head){ 0 };
}

static int
join(struct head *h, size_t i, const char *value)
{
	char *both;

	if (asprintf(&both, "%s, %s", h->value[i], value) < 0)
		return -ENOMEM;
	free(h->joined[i]);
	h->value[i] = h->joined[i] = both;
	return 0;
}

static bool
has_control(const char *value)
{
	for (; *value; value++)
		if ((*value > 0 && *value < ' ' && *value != '\t') ||
		    *value == 0x7f)
			return true;
	return false;
}

int
head_add(struct head *h, const char *name, size_t name_len, const char *value,
    size_t value_len)
{
	size_t i = 0;

	h->fields++;
	if (!value)
		value = "";
	if (strlen(name) != name_len || strlen(value) != value_len)
		h->has_nul = true;
	if (!handshake_token_valid(name))
		h->odd_name = true;
	if (has_control(value))
		h->odd_value = true;
	while (i < HEAD_NAMES && strcasecmp(name, known[i].spelling) != 0)
		i++;
	if (i == HEAD_NAMES)
		return 0;
	if (h->count[i]++ == 0)
		h->value[i] = value;
	else if (known[i].kind == LIST)
		return join(h, i, value);
	return 0;
}

struct gathering {
	struct head *head;
	struct layout layout;
	int err;
};

static enum MHD_Result
gather(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_len,
    const char *value, size_t value_len)
{
	struct gathering *g = arg;

	(void)kind;
	layout_header(&g->layout, name, name_len, value, value_len);
	if (!g->err)
		g->err = head_add(g->head, name, name_len, value, value_len);
	return g->err ? MHD_NO : MHD_YES;
}

int
head_gather(
    struct head *h, struct MHD_Connection *connection, size_t target_len)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	struct gathering g = { .head = h };

	layout_begin(&g.layout, h->method, target_len, h->version,
	    info ? info->header_size : 0);
	MHD_get_connection_values_n(connection, MHD_HEADER_KIND, gather, &g);
	h->torn = !layout_end(&g.layout);
	return g.err;
}

bool
head_reads(const struct head *h)
{
	return strcmp(h->method, "GET") == 0 || strcmp(h->method, "HEAD") == 0;
}

void
head_handshake(const struct head *h, struct handshake_request *to)
{
	*to = (struct handshake_request){
		.method = h->method,
		.version = h->version,
		.host = h->value[HEAD_HOST],
		.upgrade = h->value[HEAD_UPGRADE],
		.connection = h->value[HEAD_CONNECTION],
		.key = h->value[HEAD_KEY],
		.ws_version = h->value[HEAD_VERSION],
		.protocols = h->value[HEAD_PROTOCOL],
		.extensions = h->value[HEAD_EXTENSIONS],
		.hosts = h->count[HEAD_HOST],
		.keys = h->count[HEAD_KEY],
		.ws_versions = h->count[HEAD_VERSION],
	};
}
