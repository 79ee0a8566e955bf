/* SPDX-License-Identifier: MIT
 *
 * redirect.c - see redirect.h.
 */
#include "config.h"

#include "http/redirect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/head.h"
#include "http/pages.h"
#include "http/target.h"
#include "wire/origin.h"

#define SCHEME "https://"

const struct redirect *
redirect_find(const struct redirects *all, uint64_t listener)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].listener == listener)
			return &all->v[i];
	return NULL;
}

char *
redirect_location(const char *to, const char *host, const struct target *target,
    bool *refused)
{
	const char *rest = to + strlen(SCHEME);
	bool asked_for = *rest == '*';
	char *where;
	size_t n = 0;

	*refused = asked_for && !origin_host(host, &n);
	if (*refused)
		return NULL;
	if (asprintf(&where, SCHEME "%.*s%s%s", (int)n, n > 0 ? host : "",
		rest + asked_for, target->raw) < 0)
		return NULL;
	return where;
}

void
redirect_answer(const char *to, const struct head *head,
    const struct target *target, struct answer *a)
{
	bool refused;
	char *where;

	if (head->value[HEAD_UPGRADE]) {
		answer_refusal(a, REFUSAL_PLAIN_UPGRADE);
		return;
	}
	where = redirect_location(to, head->value[HEAD_HOST], target, &refused);
	if (refused) {
		answer_refusal(a, REFUSAL_REDIRECT_HOST);
		return;
	}
	answer_page(a, MHD_HTTP_PERMANENT_REDIRECT, "This is served by https.");
	if (where)
		answer_header(a, "Location", where);
	else
		answer_drop(a);
	free(where);
}
