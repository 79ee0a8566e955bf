/* SPDX-License-Identifier: MIT
 *
 * plain.c - see plain.h.
 */
#include "config.h"

#include "http/plain.h"

#include <string.h>
#include <strings.h>

#include "http/checks.h"
#include "http/refusal.h"

/* A whole head that begins as a handshake does? */
static bool
is_whole(struct plain *p, size_t n)
{
	static const char get[] = "GET /", empty_line[] = "\r\n\r\n";
	char *end;

	if (n < sizeof get || memcmp(p->bytes, get, sizeof get - 1) != 0)
		return false;
	end = memmem(p->bytes, n, empty_line, sizeof empty_line - 1);
	if (!end)
		return false;
	p->len = (size_t)(end + sizeof empty_line - 1 - p->bytes);
	end[2] = '\0'; /* so that each line still has its end */
	return memchr(p->bytes, '\0', p->len - 2) == NULL;
}

/* "GET /path HTTP/1.1"; where the headers begin, or NULL. */
static char *
read_line(struct plain *p)
{
	static const char version[] = " HTTP/1.1\r\n";
	char *target = p->bytes + strlen("GET ");
	char *end = strchr(target, ' ');

	if (!end || strncmp(end, version, sizeof version - 1) != 0)
		return NULL;
	*end = '\0';
	if (target_read(&p->target, target, p->path) != REFUSAL_NONE)
		return NULL;
	return end + sizeof version - 1;
}

/* "Name: value"; where the next one begins, or NULL. */
static char *
read_header(struct plain *p, char *at)
{
	char *end = strstr(at, "\r\n"), *colon = strchr(at, ':'), *value;
	size_t n;

	if (!end || !colon || colon > end || p->n_headers == HEAD_FIELDS_MAX)
		return NULL;
	*colon = *end = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	n = (size_t)(end - value);
	while (n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'))
		n--;
	value[n] = '\0';
	p->headers[p->n_headers++] = (struct request_header){ at, value };
	if (head_add(&p->head, at, (size_t)(colon - at), value, n) != 0)
		return NULL;
	return end + 2;
}

static bool
read_head(struct plain *p)
{
	char *at = read_line(p);

	while (at && *at)
		at = read_header(p, at);
	return at && checks_run(&p->head) == REFUSAL_NONE;
}

/* What browsers say: no other option of the connection, and no body. */
static bool
is_plain(const struct head *h)
{
	const char *connection = h->value[HEAD_CONNECTION];

	return h->value[HEAD_UPGRADE] && connection &&
	       (strcasecmp(connection, "Upgrade") == 0 ||
		   strcasecmp(connection, "keep-alive, Upgrade") == 0) &&
	       !h->value[HEAD_CONTENT_LENGTH];
}

bool
plain_read(struct plain *p, size_t n)
{
	p->n_headers = 0;
	head_init(&p->head, "GET", "HTTP/1.1");
	return is_whole(p, n) && read_head(p) && is_plain(&p->head);
}

void
plain_fini(struct plain *p)
{
	head_fini(&p->head);
}
