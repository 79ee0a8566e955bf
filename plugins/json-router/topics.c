/* SPDX-License-Identifier: MIT
 *
 * topics.c - subscriptions and publications of clients.
 *
 * The store's verdict comes later, by topic. Of several publications to one
 * topic that wait, the verdicts come in their order, so the oldest is meant.
 */
#include "topics.h"

#include <stdio.h>

#include "answer.h"
#include "limits.h"
#include "topic.h"
#include "waiting.h"

/* What a result of the host means; those of the peer's are blamed on it. */
static void
refuse(cleat_conn *c, const char *id, int rc)
{
	if (rc == CLEAT_ETAKEN)
		answer_blame(c, id, FAULT_BAD_PAYLOAD,
		    "payload.topic: is subscribed to already");
	else if (rc == CLEAT_ENOENT)
		answer_blame(c, id, FAULT_BAD_PAYLOAD,
		    "payload.topic: is not subscribed to");
	else if (rc == CLEAT_ELIMIT)
		answer_blame(c, id, FAULT_TOO_MANY, "Too many topics");
	else
		answer_fault(c, id,
		    rc == CLEAT_EDOWN ? FAULT_UNAVAILABLE : FAULT_INTERNAL);
}

/* A reply of these members, which NULL says there is no memory for: then the
 * client shall not take it for one that has none. */
static void
reply(cleat_conn *c, const char *id, json_t *payload)
{
	if (payload)
		answer_reply(c, id, payload);
	else
		answer_fault(c, id, FAULT_INTERNAL);
}

/* --- subscribe ---------------------------------------------------------- */

/* `since` of a payload; false: there is one, and it is not right. */
static bool
take_since(const json_t *payload, cleat_sub *how)
{
	const json_int_t max = (INT64_C(1) << 53) - 1; /* of JavaScript */
	const json_t *since = json_object_get(payload, "since");
	json_int_t epoch = cj_int(since, "epoch", -1);
	json_int_t seq = cj_int(since, "seq", -1);

	if (!since)
		return true;
	if (epoch < 0 || seq < 0 || epoch > max || seq > max)
		return false;
	how->resume = 1;
	how->epoch = (uint64_t)epoch;
	how->seq = (uint64_t)seq;
	return true;
}

static void
subscribe(const struct request *q, const char *topic)
{
	const struct router *router = router_of(q->conn);
	cleat_sub how = { 0 };
	struct waiting *w;
	int rc;

	if (!take_since(q->payload, &how)) {
		answer_blame(q->conn, q->id, FAULT_BAD_PAYLOAD,
		    "payload.since: must be {\"epoch\", \"seq\"}");
		return;
	}
	if (cleat->topics(q->conn, NULL, NULL) >= router->max_topics &&
	    !cleat->subscribed(q->conn, topic)) {
		refuse(q->conn, q->id, CLEAT_ELIMIT);
		return;
	}
	w = waiting_new(q->conn, WAIT_SUBSCRIBE, q->id, topic, 0);
	if (!w)
		return;
	rc = cleat->subscribe(q->conn, topic, &how);
	if (rc != CLEAT_OK) {
		waiting_end(&w);
		refuse(q->conn, q->id, rc);
	}
}

/* The payload's topic, or NULL, and the client knows. */
static const char *
topic_of(const struct request *q)
{
	const char *topic = cj_str(q->payload, "topic");

	if (topic && topic_ok(topic))
		return topic;
	answer_blame(q->conn, q->id, FAULT_BAD_PAYLOAD,
	    topic ? "payload.topic: is no name of a topic"
		  : "payload.topic: is missing");
	return NULL;
}

void
topics_subscribe(const struct request *q)
{
	const struct router *router = router_of(q->conn);
	const char *topic = topic_of(q), *user = user_of(q->conn);

	for (size_t i = 0; topic && i < router->n_grants; i++) {
		const struct grant *g = &router->grants[i];

		if (topic_matches(topic, g->pattern, user) &&
		    allowed(&g->allow, q->conn)) {
			subscribe(q, topic);
			return;
		}
	}
	if (topic)
		answer_blame(q->conn, q->id, FAULT_FORBIDDEN, NULL);
}

void
topics_subscribed(cleat_conn *c, const cleat_subscribed *s)
{
	struct waiting *w = waiting_of_topic(c, WAIT_SUBSCRIBE, s->topic);

	if (!w)
		return;
	if (s->status != CLEAT_OK)
		refuse(c, w->id, s->status);
	else
		reply(c, w->id,
		    json_pack("{s:s,s:I,s:I,s:b,s:I}", "topic", s->topic,
			"epoch", (json_int_t)s->epoch, "seq",
			(json_int_t)s->seq, "complete", s->complete != 0,
			"missed", (json_int_t)s->missed));
	waiting_end(&w);
}

void
topics_unsubscribe(const struct request *q)
{
	const char *topic = topic_of(q);
	struct waiting *w;
	int rc;

	if (!topic)
		return;
	rc = cleat->unsubscribe(q->conn, topic);
	if (rc != CLEAT_OK) {
		refuse(q->conn, q->id, rc);
		return;
	}
	w = waiting_of_topic(q->conn, WAIT_SUBSCRIBE, topic);
	if (w) {
		answer_error(q->conn, w->id, fault_code(FAULT_BAD_PAYLOAD),
		    "payload.topic: was unsubscribed from before");
		waiting_end(&w);
	}
	reply(q->conn, q->id, json_pack("{s:s}", "topic", topic));
}

/* --- what rules do ------------------------------------------------------ */

/* The topic of a rule's template; false: there is none, and it is said. */
static bool
make_topic(const struct request *q, char topic[TOPIC_MAX + 1])
{
	char member[TOPIC_NAME_MAX + 1], sentence[128];

	switch (topic_make(topic, TOPIC_MAX + 1, q->rule->publish.topic,
	    q->payload, user_of(q->conn), member)) {
	case TOPIC_MADE:
		return true;
	case TOPIC_NO_USER:
		answer_blame(q->conn, q->id, FAULT_FORBIDDEN, NULL);
		break;
	case TOPIC_NO_MEMBER:
		snprintf(sentence, sizeof(sentence),
		    "payload.%s: must be a name of A-Z a-z 0-9 . _ -", member);
		answer_blame(q->conn, q->id, FAULT_BAD_PAYLOAD, sentence);
		break;
	case TOPIC_TOO_LONG:
		answer_blame(q->conn, q->id, FAULT_BAD_PAYLOAD,
		    "The topic's name is too long");
		break;
	}
	return false;
}

void
action_subscribe(const struct request *q)
{
	char topic[TOPIC_MAX + 1];

	if (make_topic(q, topic))
		subscribe(q, topic);
}

static int
publish(const struct request *q, const char *topic)
{
	const struct rule *rule = q->rule;
	const cleat_pub how = { .store = rule->publish.store,
		.lose = rule->publish.lose,
		.from = rule->publish.store && q->id ? cleat->id(q->conn) : 0 };
	const char *user = rule->publish.name_user ? user_of(q->conn) : NULL;
	cj_out event;

	cj_out_begin(&event);
	cj_put(&event, "{\"type\":\"event\",\"topic\":");
	cj_put_str(&event, topic);
	if (q->payload) {
		cj_put(&event, ",\"payload\":");
		cj_put_value(&event, q->payload);
	}
	if (user) {
		cj_put(&event, ",\"user\":");
		cj_put_str(&event, user);
	}
	cj_put(&event, "}");
	return cj_out_publish(cleat->route(q->conn), topic, &event, &how);
}

void
action_publish(const struct request *q)
{
	char topic[TOPIC_MAX + 1];
	struct waiting *w = NULL;
	int rc;

	if (!make_topic(q, topic))
		return;
	if (q->rule->publish.store && q->id) {
		w = waiting_new(q->conn, WAIT_PUBLISH, q->id, topic, 0);
		if (!w)
			return;
	}
	rc = publish(q, topic);
	if (rc >= 0)
		cleat->metric(cleat->route(q->conn), "published", 1);
	if (rc >= 0 && w)
		return;
	if (w)
		waiting_end(&w);
	if (rc == CLEAT_ELIMIT)
		rc = CLEAT_EDOWN;
	if (rc < 0)
		refuse(q->conn, q->id, rc);
	else if (q->id)
		reply(q->conn, q->id, json_pack("{s:s}", "topic", topic));
}

void
topics_published(cleat_conn *c, const cleat_published *p)
{
	struct waiting *w = waiting_of_topic(c, WAIT_PUBLISH, p->topic);

	if (!w)
		return;
	if (p->status == CLEAT_OK)
		reply(c, w->id,
		    json_pack("{s:s,s:I,s:I}", "topic", p->topic, "epoch",
			(json_int_t)p->epoch, "seq", (json_int_t)p->seq));
	else
		answer_fault(c, w->id,
		    p->status == CLEAT_EINVAL ? FAULT_INTERNAL
					      : FAULT_UNAVAILABLE);
	waiting_end(&w);
}
