/* SPDX-License-Identifier: MIT
 *
 * reply_of.c - what an HTTP answer means to the client.
 */
#include "reply_of.h"

#include "answer.h"

enum { MESSAGE_MAX = 200, DEPTH_MAX = 64, VALUES_MAX = 1000000 };

/* Refusals that are the client's business; what else is not 2xx is an
 * internal error. */
static const struct {
	int status;
	enum fault fault;
} refusals[] = {
	{ 400, FAULT_BAD_PAYLOAD },
	{ 401, FAULT_FORBIDDEN },
	{ 403, FAULT_FORBIDDEN },
	{ 404, FAULT_BAD_PAYLOAD },
	{ 409, FAULT_BAD_PAYLOAD },
	{ 413, FAULT_BAD_PAYLOAD },
	{ 422, FAULT_BAD_PAYLOAD },
	{ 429, FAULT_RATE_LIMITED },
	{ 502, FAULT_UNAVAILABLE },
	{ 503, FAULT_UNAVAILABLE },
	{ 504, FAULT_UNAVAILABLE },
};

static json_t *
parse(const struct http_answer *a)
{
	const cj_limits limits = { .depth = DEPTH_MAX, .values = VALUES_MAX };

	if (!a->body || !cj_within(a->body, a->len, &limits))
		return NULL;
	return json_loadb(
	    a->body, a->len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
}

static void
refuse(cleat_conn *c, const char *id, enum fault fault, json_t *body)
{
	const char *message = cj_str(body, "message");

	if (message && *message && strlen(message) <= MESSAGE_MAX)
		answer_error(c, id, fault_code(fault), message);
	else
		answer_fault(c, id, fault);
	json_decref(body);
}

const char *
reply_of(cleat_conn *c, const char *id, const struct http_answer *a)
{
	json_t *body = parse(a);

	if (a->status >= 200 && a->status <= 299) {
		if (a->len > 0 && !body)
			return "its answer is no JSON";
		answer_reply(c, id, body);
		return NULL;
	}
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].status == a->status) {
			refuse(c, id, refusals[i].fault, body);
			return NULL;
		}
	json_decref(body);
	return "it failed";
}
