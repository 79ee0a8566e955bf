/* SPDX-License-Identifier: MIT
 *
 * checks.c - see checks.h. The checks stand in a table in their order.
 */
#include "config.h"

#include "http/checks.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "http/head.h"

static bool
nul(const struct head *h)
{
	return h->has_nul;
}

static bool
torn(const struct head *h)
{
	return h->torn;
}

/* A proxy that reads "Content-Length : 5" as a length sees other requests
 * than we do: RFC 9112 section 5.1. */
static bool
header_name(const struct head *h)
{
	return h->odd_name;
}

/* Who takes a lone CR for the end of a line sees other headers than we do:
 * RFC 9112 section 2.2. */
static bool
header_value(const struct head *h)
{
	return h->odd_value;
}

static bool
fields(const struct head *h)
{
	return h->fields > HEAD_FIELDS_MAX;
}

/* What a host and a port are made of: RFC 3986 section 3.2.2. */
static const char host_bytes[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%!$&'()"
    "*+,;=:[]";

/* HTTP/1.0 knows no Host. */
static bool
host(const struct head *h)
{
	const char *value = h->value[HEAD_HOST];

	if (value && value[strspn(value, host_bytes)] != '\0')
		return true;
	if (strcmp(h->version, "HTTP/1.0") == 0)
		return h->count[HEAD_HOST] > 1;
	return h->count[HEAD_HOST] != 1 || value[0] == '\0';
}

static bool
lengths(const struct head *h)
{
	return h->count[HEAD_CONTENT_LENGTH] > 1;
}

static bool
length_and_coding(const struct head *h)
{
	return h->count[HEAD_CONTENT_LENGTH] > 0 &&
	       h->count[HEAD_TRANSFER_ENCODING] > 0;
}

static bool
coding(const struct head *h)
{
	return h->count[HEAD_TRANSFER_ENCODING] > 0 &&
	       strcasecmp(h->value[HEAD_TRANSFER_ENCODING], "chunked") != 0;
}

static bool
body(const struct head *h)
{
	const char *length = h->value[HEAD_CONTENT_LENGTH];

	return head_reads(h) && (h->count[HEAD_TRANSFER_ENCODING] > 0 ||
				    (length && strcmp(length, "0") != 0));
}

static const struct {
	bool (*fails)(const struct head *);
	enum refusal refusal;
} checks[] = {
	{ nul, REFUSAL_NUL },
	{ torn, REFUSAL_TORN },
	{ header_name, REFUSAL_HEADER_NAME },
	{ header_value, REFUSAL_HEADER_VALUE },
	{ fields, REFUSAL_FIELDS },
	{ host, REFUSAL_HOST },
	{ lengths, REFUSAL_LENGTHS },
	{ length_and_coding, REFUSAL_LENGTH_AND_CODING },
	{ coding, REFUSAL_CODING },
	{ body, REFUSAL_BODY },
};

enum refusal
checks_run(const struct head *h)
{
	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
		if (checks[i].fails(h))
			return checks[i].refusal;
	return REFUSAL_NONE;
}
