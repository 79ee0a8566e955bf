/* SPDX-License-Identifier: MIT
 *
 * store_rig.c - see store_rig.h.
 */
#include "config.h"

#include "store_rig.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "net/worker.h"
#include "topics/memory.h"
#include "wire/frame.h"

enum { LINE_MAX_LEN = 8192 };

struct store *store;
struct store_space *space;
struct store_event *event;

static struct worker *workers[RIG_WORKERS];
static struct mail *heard[RIG_WORKERS], **heard_end[RIG_WORKERS];
static uint64_t now_ns;
static char line[LINE_MAX_LEN];
static size_t line_len;
static char audiences[RIG_WORKERS];

/* --- the world ---------------------------------------------------------- */

static uint64_t
rig_clock(void)
{
	return now_ns;
}

void
rig_advance(uint64_t ms)
{
	now_ns += ms * 1000000;
}

static void
deliver(struct mail *m)
{
	struct store_event *e = container_of(m, struct store_event, mail);

	m->next = NULL;
	*heard_end[e->worker] = m;
	heard_end[e->worker] = &m->next;
}

void
rig_start(void)
{
	static const struct worker_calls none;

	rig_advance(1000000);
	clock_replace(rig_clock);
	ck_assert_int_eq(memory_store_new(&store), 0);
	for (unsigned w = 0; w < RIG_WORKERS; w++) {
		ck_assert_int_eq(worker_new(&workers[w], w, &none), 0);
		heard_end[w] = &heard[w];
	}
	store->workers = workers;
	store->n_workers = RIG_WORKERS;
	store->deliver = deliver;
	space = store->ops->space(store, "test");
	ck_assert_ptr_nonnull(space);
	rig_remember(100, 0, 0);
}

void
rig_deaf(void)
{
	for (unsigned w = 0; w < RIG_WORKERS; w++)
		while (*rig_line(w) != '\0')
			;
}

void
rig_end(void)
{
	rig_deaf();
	store->ops->free(store);
	for (unsigned w = 0; w < RIG_WORKERS; w++)
		worker_free(&workers[w]);
	clock_replace(NULL);
}

/* --- what is heard ------------------------------------------------------ */

static void __attribute__((format(printf, 1, 2))) add(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line_len +=
	    (size_t)vsnprintf(line + line_len, sizeof line - line_len, fmt, ap);
	va_end(ap);
	ck_assert_uint_lt(line_len, sizeof line);
}

static const char *
status_name(int status)
{
	switch (status) {
	case STORE_OK:
		return "OK";
	case STORE_LIMIT:
		return "LIMIT";
	case STORE_NOENT:
		return "NOENT";
	case STORE_TAKEN:
		return "TAKEN";
	default:
		return "?";
	}
}

static void
add_text(const struct payload *p)
{
	add("%.*s", (int)(p->len - p->head), (const char *)p->frame + p->head);
}

static void
joined(const struct store_event *e)
{
	add("joined %s", status_name(e->status));
	if (e->status != STORE_OK) {
		ck_assert_ptr_null(e->u.joined.topic);
		return;
	}
	add(" seq=%" PRIu64 " members=%" PRIu32 "%s", e->u.joined.seq,
	    e->u.joined.members, e->u.joined.complete ? " complete" : "");
	if (e->u.joined.n_missed == 0)
		return;
	for (uint32_t i = 0; i < e->u.joined.n_missed; i++) {
		add(i == 0 ? " [" : " ");
		add_text(e->u.joined.missed[i]);
	}
	add("]");
}

static void
message(const struct store_event *e)
{
	static const char *const lose[] = { "", ", first", ", next" };

	add("message ");
	add_text(e->u.message.payload);
	add("%s%s", e->u.message.stored ? ", stored" : "",
	    lose[e->u.message.lose]);
	if (e->u.message.except)
		add(", not to %" PRIu64, e->u.message.except);
}

static void
published(const struct store_event *e)
{
	add("published %s", status_name(e->status));
	if (e->u.published.seq)
		add(" seq=%" PRIu64, e->u.published.seq);
	if (e->u.published.key)
		add(" key=%s", e->u.published.key);
	if (e->u.published.duplicate)
		add(" duplicate");
}

static void
value(const struct store_event *e)
{
	ck_assert_ptr_eq(e->u.value.space, space);
	add("value %s%s%s", e->u.value.key, e->u.value.value ? "=" : "",
	    e->u.value.value ? e->u.value.value : " gone");
}

static void
describe(const struct store_event *e)
{
	switch (e->kind) {
	case STORE_JOINED:
		joined(e);
		break;
	case STORE_LEFT:
		add("left");
		break;
	case STORE_MESSAGE:
		message(e);
		break;
	case STORE_EVICT:
		add("evict: %s", e->u.evict.why);
		break;
	case STORE_PUBLISHED:
		published(e);
		break;
	case STORE_CLAIMED:
		add("claimed %s %s", status_name(e->status),
		    e->u.claimed.holder);
		break;
	case STORE_VALUE:
		value(e);
		break;
	}
}

void *
audience(unsigned worker)
{
	return &audiences[worker];
}

const char *
rig_line(unsigned worker)
{
	struct mail *m;

	if (event)
		store_event_free(event);
	event = NULL;
	line[line_len = 0] = '\0';
	if (!heard[worker])
		worker_round(workers[worker], false);
	m = heard[worker];
	if (!m)
		return line;
	heard[worker] = m->next;
	if (!m->next)
		heard_end[worker] = &heard[worker];
	event = container_of(m, struct store_event, mail);
	ck_assert_uint_eq(event->worker, worker);
	if (event->kind <= STORE_EVICT)
		ck_assert_ptr_eq(event->audience, audience(worker));
	describe(event);
	return line;
}

/* --- what is said ------------------------------------------------------- */

struct store_join
rig_a_join(unsigned worker, const char *topic)
{
	return (struct store_join){ .space = space,
		.topic = topic,
		.worker = worker,
		.audience = audience(worker) };
}

struct rig_sub
rig_sub(unsigned worker)
{
	ck_assert_ptr_nonnull(event);
	ck_assert_int_eq(event->kind, STORE_JOINED);
	ck_assert_int_eq(event->status, STORE_OK);
	return (struct rig_sub){ .topic = event->u.joined.topic,
		.member = event->u.joined.member,
		.worker = worker,
		.epoch = event->u.joined.epoch,
		.seq = event->u.joined.seq };
}

struct rig_sub
rig_join(unsigned worker, const char *topic, const char *member)
{
	struct store_join j = rig_a_join(worker, topic);

	j.member = member;
	ck_assert_int_eq(store->ops->join(store, &j), STORE_OK);
	(void)rig_line(worker);
	return rig_sub(worker);
}

void
rig_leave(const struct rig_sub *sub)
{
	store->ops->leave(store, sub->topic, sub->member, sub->worker);
	expect(sub->worker, "left");
}

struct payload *
rig_text(const char *text)
{
	struct payload *p = payload_new(WS_OP_TEXT, text, strlen(text));

	ck_assert_ptr_nonnull(p);
	return p;
}

int
rig_store(const char *topic, const char *text, const char *key)
{
	struct store_message msg = {
		.payload = rig_text(text), .store = true, .from = 5, .key = key
	};

	return store->ops->publish(store, space, topic, &msg);
}

int
rig_say(const char *topic, const char *text)
{
	struct store_message msg = { .payload = rig_text(text) };

	return store->ops->publish(store, space, topic, &msg);
}

void
rig_store_words(const char *topic, const char *words)
{
	char *copy = strdup(words), *rest = copy, *word;

	while ((word = strsep(&rest, " ")))
		ck_assert_int_eq(rig_store(topic, word, NULL), STORE_OK);
	free(copy);
	rig_deaf();
}

const char *
rig_resume(const char *topic, uint64_t epoch, uint64_t seq, uint32_t max)
{
	struct store_join j = rig_a_join(1, topic);
	static char said[LINE_MAX_LEN];
	struct rig_sub s;

	j.resume = true;
	j.epoch = epoch;
	j.seq = seq;
	j.max = max;
	ck_assert_int_eq(store->ops->join(store, &j), STORE_OK);
	snprintf(said, sizeof said, "%s", rig_line(1));
	s = rig_sub(1);
	rig_leave(&s);
	return said;
}

void
rig_remember(uint64_t messages, uint64_t bytes, uint64_t age_ms)
{
	struct store_history h = { messages, bytes, age_ms };

	store->ops->set_history(store, space, &h);
}

struct store_figures
rig_figures(void)
{
	struct store_figures f;

	store->ops->figures(store, &f);
	return f;
}
