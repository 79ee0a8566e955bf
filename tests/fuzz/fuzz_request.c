/* SPDX-License-Identifier: MIT
 *
 * fuzz_request.c - everything that judges a request before a handler sees it:
 * headers, hygiene, handshake, target, origin.
 *
 * The input is read as a request: "METHOD TARGET VERSION", then "Name: value"
 * lines. What is let through must be what the verdict claims.
 */
#include "config.h"

#include <string.h>

#include "http/checks.h"
#include "http/head.h"
#include "http/target.h"
#include "wire/handshake.h"
#include "wire/origin.h"
#include "fuzz.h"

enum { INPUT_MAX = 1 << 14, PARTS = 3 };

static const char *const offered[] = { "chat", "json.v1" };

/* Cuts off the next line, NULL at the end; a line may hold NUL bytes. */
static char *
next_line(char **p, char *end, size_t *n)
{
	char *line = *p, *stop;

	if (line >= end)
		return NULL;
	stop = memchr(line, '\n', (size_t)(end - line));
	*n = (size_t)((stop ? stop : end) - line);
	line[*n] = '\0';
	*p = line + *n + 1;
	return line;
}

static void
first_line(char *line, const char *part[PARTS])
{
	char *rest = line;

	for (int i = 0; i < PARTS; i++) {
		char *word = strsep(&rest, " ");

		part[i] = word ? word : "";
	}
}

static void
judge_target(const char *raw)
{
	size_t n = strlen(raw);
	char *path = malloc(n + 1);
	struct target t;

	DEMAND(path);
	if (target_read(&t, raw, path) == REFUSAL_NONE) {
		DEMAND(path[0] == '/' && strlen(path) <= n);
		DEMAND(!strstr(path, "/../") && !strchr(path, '\\'));
		for (const char *s = path; *s; s++)
			DEMAND((unsigned char)*s >= ' ' && *s != 0x7f);
		(void)target_is_hidden(path);
	}
	free(path);
}

static void
judge_handshake(const struct head *h)
{
	struct handshake_request r;
	struct handshake_verdict v;

	head_handshake(h, &r);
	handshake_judge(&r, offered, 2, &v);
	if (v.status != 101) {
		DEMAND(v.refusal != WS_R_NONE);
		DEMAND(v.status == 400 || v.status == 405 || v.status == 426);
		return;
	}
	DEMAND(v.refusal == WS_R_NONE && r.hosts == 1 && r.keys == 1);
	DEMAND(strcmp(r.method, "GET") == 0 && handshake_key_valid(r.key));
	DEMAND(strlen(v.accept) == HANDSHAKE_ACCEPT_LEN);
	DEMAND(!v.protocol || strstr(r.protocols, v.protocol));
}

/* The target stands for an Origin, a subprotocol for a rule. */
static void
judge_origin(const char *origin, const struct head *h)
{
	const char *rule = h->value[HEAD_PROTOCOL];
	const char *host = h->value[HEAD_HOST];
	const char *const rules[] = { "https://*.example.org", "self",
		rule ? rule : "http://a.example:8080" };

	if (host && origin_allowed(origin, host, rules, 3))
		DEMAND(strstr(origin, "://") || strcmp(origin, "null") == 0 ||
		       (rule && strcmp(rule, "*") == 0));
	if (rule)
		(void)origin_rule_error(rule);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *text = malloc(n + 1), *at = text, *end = text + n, *line;
	const char *part[PARTS];
	struct head h;
	size_t len;

	DEMAND(text);
	memcpy(text, p, n);
	line = n <= INPUT_MAX ? next_line(&at, end, &len) : NULL;
	if (!line) {
		free(text);
		return 0;
	}
	first_line(line, part);
	judge_target(part[1]);
	head_init(&h, part[0], part[2]);
	while ((line = next_line(&at, end, &len)) != NULL) {
		char *colon = memchr(line, ':', len);
		size_t name = colon ? (size_t)(colon - line) : len;
		size_t value = colon ? name + 1 : len;

		value += strspn(line + value, " ");
		line[name] = '\0';
		DEMAND(
		    head_add(&h, line, name, line + value, len - value) == 0);
	}
	if (checks_run(&h) == REFUSAL_NONE) {
		DEMAND(!h.has_nul && !h.odd_value && h.count[HEAD_HOST] <= 1);
		judge_handshake(&h);
		judge_origin(part[1], &h);
	}
	head_fini(&h);
	free(text);
	return 0;
}
