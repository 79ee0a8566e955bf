/* SPDX-License-Identifier: MIT
 *
 * handshake.c - see handshake.h. First the grammar of list headers (RFC 9110
 * section 5.6), then one judge per header, then the order in which they are
 * asked: what a stray browser or health check gets wrong comes first, so
 * that the answer names the real mistake.
 */
#include "config.h"

#include "wire/handshake.h"

#include <string.h>
#include <strings.h>

#include "wire/extension.h"
#include "wire/token.h"

/* A part of a header's value. */
struct slice {
	const char *p;
	size_t n;
};

/* The next element of a list, trimmed; empty ones are skipped, as section
 * 5.6.1.2 asks. Returns false at the end. Not for lists with quoted strings. */
static bool
list_next(const char **list, struct slice *element)
{
	const char *p = *list + strspn(*list, TOKEN_BLANKS ",");
	size_t n = strcspn(p, ",");

	*list = p + n;
	while (n > 0 && strchr(TOKEN_BLANKS, p[n - 1]))
		n--;
	*element = (struct slice){ p, n };
	return n > 0;
}

static bool
slice_is_token(struct slice s)
{
	return s.n > 0 && token_span(s.p) >= s.n;
}

static bool
slice_equals(struct slice s, const char *text)
{
	return strlen(text) == s.n && memcmp(s.p, text, s.n) == 0;
}

/* Whether a list has this word, in any case; an absent header has none. */
static bool
list_has(const char *list, const char *word)
{
	struct slice s;

	while (list && list_next(&list, &s))
		if (strlen(word) == s.n && strncasecmp(s.p, word, s.n) == 0)
			return true;
	return false;
}

/* Every element of the client's list must be a token, also after the one that
 * is chosen, so that a malformed list is refused by every route alike. */
static enum ws_refusal
judge_protocols(const char *list, const char *const offered[], size_t n,
    const char **chosen)
{
	struct slice s;
	size_t elements = 0;

	*chosen = NULL;
	if (!list)
		return WS_R_NONE;
	for (; list_next(&list, &s); elements++) {
		if (!slice_is_token(s))
			return WS_R_PROTOCOL;
		for (size_t i = 0; i < n && !*chosen; i++)
			if (slice_equals(s, offered[i]))
				*chosen = offered[i];
	}
	return elements > 0 ? WS_R_NONE : WS_R_PROTOCOL;
}

static enum ws_refusal
judge_required(const struct handshake_request *r)
{
	if (!r->method || strcmp(r->method, "GET") != 0)
		return WS_R_METHOD;
	if (!r->version || strcmp(r->version, "HTTP/1.1") != 0)
		return WS_R_HTTP;
	if (!r->host || r->hosts != 1)
		return WS_R_HOST;
	if (!list_has(r->upgrade, "websocket"))
		return WS_R_UPGRADE;
	if (!list_has(r->connection, "upgrade"))
		return WS_R_CONNECTION;
	if (!r->ws_version || r->ws_versions != 1 ||
	    strcmp(r->ws_version, "13") != 0)
		return WS_R_VERSION;
	if (!r->key || r->keys != 1 || !handshake_key_valid(r->key))
		return WS_R_KEY;
	return WS_R_NONE;
}

static enum ws_refusal
judge(const struct handshake_request *r, const char *const offered[], size_t n,
    const char **protocol)
{
	enum ws_refusal refusal = judge_required(r);

	if (refusal == WS_R_NONE)
		refusal = judge_protocols(r->protocols, offered, n, protocol);
	if (refusal == WS_R_NONE && r->extensions &&
	    !extension_valid(r->extensions))
		refusal = WS_R_EXTENSIONS;
	return refusal;
}

void
handshake_judge(const struct handshake_request *r, const char *const offered[],
    size_t n, struct handshake_verdict *v)
{
	*v = (struct handshake_verdict){ .status = 101 };
	v->refusal = judge(r, offered, n, &v->protocol);
	if (v->refusal == WS_R_NONE) {
		handshake_key_accept(r->key, v->accept);
		return;
	}
	v->status = ws_refusal(v->refusal)->status;
	v->protocol = NULL;
}

bool
handshake_token_valid(const char *s)
{
	return slice_is_token((struct slice){ s, strlen(s) });
}
