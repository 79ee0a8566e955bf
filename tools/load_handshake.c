/* SPDX-License-Identifier: MIT
 *
 * load_handshake.c - the opening handshake of one connection.
 *
 * The request is the run's, but for the key, which follows from the
 * connection's number: the accept value is computed again when the response
 * is there. What stands behind the response head belongs to the frames.
 *
 * THREADS: one. MEMORY: a head that comes in pieces is kept in c->response,
 * at most LOAD_HEAD_MAX bytes, until it is whole. RFC 6455 section 4.1.
 */
#include "config.h"

#include "load_conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>

#include "printable.h"
#include "wire/handshake_key.h"

static void
key_of(const struct load_conn *c, char key[HANDSHAKE_KEY_LEN + 1])
{
	uint64_t mix[2] = { payload_mix((struct payload_id){ c->index, 0 }),
		payload_mix((struct payload_id){ c->index, 1 }) };
	uint8_t nonce[16];

	memcpy(nonce, mix, sizeof(nonce));
	handshake_key_make(nonce, key);
}

int
load_handshake_send(struct load *l, struct load_conn *c)
{
	static const char name[] = "Sec-WebSocket-Key: ";
	char key[HANDSHAKE_KEY_LEN + 1], *at = (char *)l->out;

	key_of(c, key);
	at = mempcpy(at, l->request, l->request_len);
	at = mempcpy(at, name, sizeof(name) - 1);
	at = mempcpy(at, key, HANDSHAKE_KEY_LEN);
	at = mempcpy(at, "\r\n\r\n", 4);
	size_t n = (size_t)(at - (char *)l->out);
	ssize_t sent = load_stream_send(&c->stream, l->out, n);
	if (sent < 0)
		return (int)sent;
	return (size_t)sent == n ? 0 : -EMSGSIZE;
}

/* The value of a header in a head that ends in an empty line, or NULL. */
static const char *
header_find(const char *head, const char *name, size_t *len)
{
	size_t n = strlen(name);

	for (const char *line = strstr(head, "\r\n"); line;
	     line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, n) != 0 || line[n] != ':')
			continue;
		const char *value = line + n + 1;
		value += strspn(value, " \t");
		*len = strcspn(value, "\r");
		while (*len > 0 && strchr(" \t", value[*len - 1]))
			(*len)--;
		return value;
	}
	return NULL;
}

/* Judges a whole head; ends the connection where it is no good. */
static bool
head_judge(struct load *l, struct load_conn *c, const char *head)
{
	char key[HANDSHAKE_KEY_LEN + 1], accept[HANDSHAKE_ACCEPT_LEN + 1];
	char status[128];
	size_t len;

	if (strncmp(head, "HTTP/1.1 101", 12) != 0) {
		if (strncmp(head, "HTTP/1.", 7) == 0)
			l->refusals++;
		load_conn_fail(l, c, "handshake refused: %s",
		    printable(status, sizeof(status), head,
			strcspn(head, "\r\n"), ""));
		return false;
	}
	key_of(c, key);
	handshake_key_accept(key, accept);
	const char *value = header_find(head, "Sec-WebSocket-Accept", &len);
	if (!value || len != HANDSHAKE_ACCEPT_LEN ||
	    memcmp(value, accept, len) != 0) {
		load_conn_fail(
		    l, c, "Sec-WebSocket-Accept does not answer our key");
		return false;
	}
	value = header_find(head, "Sec-WebSocket-Extensions", &len);
	if (value && !l->packing) {
		load_conn_fail(l, c, "an extension that was not offered");
		return false;
	}
	if (l->packing &&
	    (!value || !memmem(value, len, "permessage-deflate", 18) ||
		!memmem(value, len, "server_no_context", 17))) {
		load_conn_fail(l, c, "no agreement about compression");
		return false;
	}
	return true;
}

ssize_t
load_handshake_read(
    struct load *l, struct load_conn *c, const uint8_t *p, size_t n)
{
	size_t kept = c->response_len;
	size_t more = n < LOAD_HEAD_MAX - kept ? n : LOAD_HEAD_MAX - kept;
	char *head = realloc(c->response, kept + more + 1);

	if (!head) {
		load_conn_fail(l, c, "%s", strerror(ENOMEM));
		return -1;
	}
	c->response = head;
	memcpy(head + kept, p, more);
	head[kept + more] = '\0';
	c->response_len = kept + more;

	char *end = strstr(head, "\r\n\r\n");
	if (!end && c->response_len == LOAD_HEAD_MAX) {
		load_conn_fail(l, c, "the response head is too long");
		return -1;
	}
	if (!end)
		return (ssize_t)more;
	size_t used = (size_t)(end + 4 - head) - kept;
	end[2] = '\0';
	if (!head_judge(l, c, head))
		return -1;
	free(c->response);
	c->response = NULL;
	c->response_len = 0;
	c->state = LOAD_OPEN;
	return (ssize_t)used;
}
