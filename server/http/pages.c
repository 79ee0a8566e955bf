/* SPDX-License-Identifier: MIT
 *
 * pages.c - see pages.h.
 */
#include "config.h"

#include "http/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/door.h"

void
answer_page(struct answer *a, unsigned status, const char *sentence)
{
	char *text;
	int n = asprintf(&text, "%s\n", sentence);

	*a = (struct answer){ .status = status };
	if (n < 0)
		return;
	a->bytes = (uint64_t)n;
	a->response = MHD_create_response_from_buffer(
	    (size_t)n, text, MHD_RESPMEM_MUST_FREE);
	if (!a->response) {
		free(text);
		return;
	}
	answer_header(a, "Content-Type", "text/plain; charset=utf-8");
	answer_header(a, "X-Content-Type-Options", "nosniff");
	answer_header(a, "Cache-Control", "no-store");
}

void
answer_refusal(struct answer *a, enum refusal r)
{
	const struct refusal_row *row = refusal_row(r);

	answer_page(a, row->status, row->sentence);
	a->refusal = r;
	if (row->close)
		answer_header(a, "Connection", "close");
	if (row->status == MHD_HTTP_SERVICE_UNAVAILABLE)
		answer_headers(a, RETRY_AFTER);
	if (r == REFUSAL_METHOD)
		answer_header(a, "Allow", "GET, HEAD");
}

void
answer_handshake(struct answer *a, enum ws_refusal r)
{
	const struct ws_refusal_row *row = ws_refusal(r);

	answer_page(a, row->status, row->sentence);
	a->handshake = r;
	if (row->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		answer_header(a, "Allow", "GET");
	if (row->status == MHD_HTTP_UPGRADE_REQUIRED) {
		answer_header(a, "Connection", "Upgrade");
		answer_header(a, "Upgrade", "websocket");
		answer_header(a, "Sec-WebSocket-Version", "13");
	}
}

void
answer_headers(struct answer *a, const char *lines)
{
	char *copy = lines ? strdup(lines) : NULL;
	char *rest = copy, *line;

	if (lines && !copy)
		answer_drop(a);
	while (rest && (line = strsep(&rest, "\r\n")) != NULL) {
		char *value = strchr(line, ':');

		if (!value)
			continue; /* between CR and LF, and at the end */
		*value++ = '\0';
		answer_header(a, line, value + strspn(value, " \t"));
	}
	free(copy);
}

void
answer_header(struct answer *a, const char *name, const char *value)
{
	if (a->response &&
	    MHD_add_response_header(a->response, name, value) == MHD_NO)
		answer_drop(a);
}

enum MHD_Result
answer_send(struct answer *a, struct MHD_Connection *connection)
{
	enum MHD_Result ok = MHD_NO;

	if (a->response)
		ok = MHD_queue_response(connection, a->status, a->response);
	answer_drop(a);
	return ok;
}

void
answer_drop(struct answer *a)
{
	if (a->response && !a->borrowed)
		MHD_destroy_response(a->response);
	a->response = NULL;
}
