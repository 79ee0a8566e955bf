/* SPDX-License-Identifier: MIT
 *
 * registry.c - put, claimed, released, expired.
 *
 * All that a change needs is made before the lock is taken: an entry, in case
 * that there is none, and what is told. What was not needed is freed behind
 * the lock.
 *
 * THREADS, MEMORY: see registry.h.
 */
#include "config.h"

#include "topics/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"

struct entry {
	struct list node; /* of the space's */
	struct table_node by_key;
	struct deadline end; /* armed: at until_ms */
	struct store_space *space;
	char *value;	   /* or the holder */
	uint64_t until_ms; /* 0: for ever */
	uint32_t claims;   /* 0: it was put */
	size_t cost;
	struct batch *last; /* tells that it is gone */
	char key[];
};

/* What a change may need. */
struct change {
	struct entry *entry;	 /* a new one, with its value */
	struct batch *batch;	 /* a VALUE for each worker, a CLAIMED */
	const char *key, *value; /* in the batch */
};

static void
entry_free(struct entry *e)
{
	if (!e)
		return;
	batch_free(&e->last);
	free(e->value);
	free(e);
}

static struct entry *
entry_new(struct memory *m, struct store_space *sp, const char *key,
    const char *value)
{
	size_t n = strlen(key) + 1;
	struct entry *e = malloc(sizeof *e + n);

	if (!e)
		return NULL;
	*e = (struct entry){ .space = sp, .value = strdup(value) };
	e->last = batch_new(&m->flow, m->store.n_workers, n);
	e->cost = sizeof *e + n + strlen(value) + 1 +
		  batch_size(m->store.n_workers, n);
	memcpy(e->key, key, n);
	if (!e->value || !e->last) {
		entry_free(e);
		return NULL;
	}
	return e;
}

static void
change_free(struct change *c)
{
	entry_free(c->entry);
	batch_free(&c->batch);
}

/* `more`: events beside those that tell the change, and text. */
static int
change_init(struct change *c, struct memory *m, struct store_space *sp,
    const char *key, const char *value, size_t more, size_t text)
{
	*c = (struct change){ .entry = entry_new(m, sp, key, value) };
	c->batch = batch_new(&m->flow, m->store.n_workers + more,
	    strlen(key) + strlen(value) + 2 + text);
	if (!c->entry || !c->batch) {
		change_free(c);
		return STORE_NOMEM;
	}
	c->key = batch_text(c->batch, key);
	c->value = batch_text(c->batch, value);
	return STORE_OK;
}

/* --- under the lock ----------------------------------------------------- */

static uint64_t
key_hash(const struct memory *m, const struct store_space *sp, const char *key)
{
	return memory_hash(m, sp->number, key);
}

static struct entry *
find(const struct memory *m, const struct store_space *sp, const char *key)
{
	uint64_t hash = key_hash(m, sp, key);
	struct table_node *n;

	for (n = table_first(&m->entries, hash); n; n = table_next(n)) {
		struct entry *e = container_of(n, struct entry, by_key);

		if (e->space == sp && strcmp(e->key, key) == 0)
			return e;
	}
	return NULL;
}

static void
tell(struct memory *m, struct batch *b, const struct entry *e, const char *key,
    const char *value)
{
	for (unsigned w = 0; w < m->store.n_workers; w++) {
		struct store_event *v = batch_event(b, STORE_VALUE, w);

		v->u.value.space = e->space;
		v->u.value.key = key;
		v->u.value.value = value;
		v->u.value.until_ms = value ? e->until_ms : 0;
	}
}

static bool
fits(const struct memory *m, size_t cost, size_t instead_of)
{
	return m->figures.registry_bytes - instead_of + cost <=
	       m->limits.registry_bytes;
}

static void
link_in(struct memory *m, struct entry *e)
{
	table_add(&m->entries, &e->by_key, key_hash(m, e->space, e->key));
	list_add_tail(&e->space->entries, &e->node);
	m->figures.registry_bytes += e->cost;
}

static void
link_out(struct memory *m, struct entry *e)
{
	table_remove(&m->entries, &e->by_key);
	list_del(&e->node);
	if (e->end.slot > 0)
		deadline_heap_clear(&m->expiries, &e->end);
	m->figures.registry_bytes -= e->cost;
}

/* Takes it out and tells; it is the caller's to free. */
static void
end(struct memory *m, struct entry *e)
{
	link_out(m, e);
	tell(m, e->last, e, batch_text(e->last, e->key), NULL);
	batch_send(&e->last, &m->store);
}

/* The one that is there now: one whose time has come is not, and goes. */
static struct entry *
current(struct memory *m, const struct store_space *sp, const char *key,
    uint64_t now_ms, struct entry **gone)
{
	struct entry *e = find(m, sp, key);

	if (!e || e->until_ms == 0 || e->until_ms > now_ms)
		return e;
	end(m, e);
	*gone = e;
	return NULL;
}

/* --- put ---------------------------------------------------------------- */

/* Arms, moves or clears its end. False: no memory, nothing happened. */
static bool
set_end(struct memory *m, struct entry *e, uint64_t until_ms)
{
	if (until_ms > 0 &&
	    deadline_heap_set(&m->expiries, &e->end, until_ms) < 0)
		return false;
	if (until_ms == 0 && e->end.slot > 0)
		deadline_heap_clear(&m->expiries, &e->end);
	e->until_ms = until_ms;
	return true;
}

/* Gives the value of the new entry to the one that is there. */
static void
replace(struct memory *m, struct entry *there, struct entry *given)
{
	char *value = there->value;

	there->value = given->value;
	given->value = value;
	m->figures.registry_bytes += given->cost - there->cost;
	there->cost = given->cost;
}

static int
put_value(
    struct memory *m, struct change *c, struct entry *there, uint64_t until_ms)
{
	struct entry *e = there ? there : c->entry;

	if (!fits(m, c->entry->cost, there ? there->cost : 0))
		return memory_refuse(m, STORE_LIMIT);
	if (!set_end(m, e, until_ms))
		return STORE_NOMEM;
	if (there) {
		replace(m, there, c->entry);
	} else {
		link_in(m, e);
		c->entry = NULL;
	}
	tell(m, c->batch, e, c->key, c->value);
	batch_send(&c->batch, &m->store);
	return STORE_OK;
}

static int
remove_value(struct memory *m, struct store_space *sp, const char *key)
{
	struct entry *gone = NULL, *there;

	pthread_mutex_lock(&m->lock);
	there = current(m, sp, key, clock_ms(), &gone);
	if (there && there->claims > 0) {
		memory_refuse(m, STORE_TAKEN);
	} else if (there) {
		end(m, there);
		gone = there;
	}
	pthread_mutex_unlock(&m->lock);
	entry_free(gone);
	return STORE_OK;
}

static uint64_t
end_of(uint64_t now_ms, uint64_t ttl_ms)
{
	if (ttl_ms == 0)
		return 0;
	return ttl_ms < UINT64_MAX - now_ms ? now_ms + ttl_ms : UINT64_MAX;
}

int
registry_put(struct store *s, struct store_space *sp, const char *key,
    const char *value, uint64_t ttl_ms)
{
	struct memory *m = memory_of(s);
	struct entry *gone = NULL, *there;
	struct change c;
	uint64_t now_ms;
	int rc;

	if (!value) /* an end, which is never refused */
		return remove_value(m, sp, key);
	if (flow_flooded(&m->flow))
		return memory_refuse(m, STORE_LIMIT);
	rc = change_init(&c, m, sp, key, value, 0, 0);
	if (rc != STORE_OK)
		return rc;
	pthread_mutex_lock(&m->lock);
	now_ms = clock_ms();
	there = current(m, sp, key, now_ms, &gone);
	if (there && there->claims > 0)
		memory_refuse(m, STORE_TAKEN);
	else
		rc = put_value(m, &c, there, end_of(now_ms, ttl_ms));
	pthread_mutex_unlock(&m->lock);
	change_free(&c);
	entry_free(gone);
	return rc;
}

/* --- claims ------------------------------------------------------------- */

/* What becomes of a claim; who has the key then. */
static int
take(struct memory *m, struct change *c, struct entry *there,
    const char *holder, const char **who)
{
	*who = holder;
	if (there && there->claims == 0) {
		*who = "";
		return STORE_TAKEN;
	}
	if (there) {
		*who = there->value;
		if (strcmp(there->value, holder) != 0)
			return STORE_TAKEN;
		there->claims++;
		return STORE_OK;
	}
	if (!fits(m, c->entry->cost, 0)) {
		*who = "";
		return STORE_LIMIT;
	}
	c->entry->claims = 1;
	link_in(m, c->entry);
	tell(m, c->batch, c->entry, c->key, c->value);
	c->entry = NULL;
	return STORE_OK;
}

int
registry_claim(struct store *s, struct store_space *sp, const char *key,
    const char *holder, unsigned worker, void *ticket)
{
	struct memory *m = memory_of(s);
	struct entry *gone = NULL, *there;
	struct store_event *claimed;
	struct change c;
	const char *who;
	int rc;

	must(strlen(holder) <= STORE_NAME_MAX);
	if (flow_flooded(&m->flow))
		return memory_refuse(m, STORE_LIMIT);
	rc = change_init(&c, m, sp, key, holder, 1, STORE_NAME_MAX + 1);
	if (rc != STORE_OK)
		return rc;
	pthread_mutex_lock(&m->lock);
	there = current(m, sp, key, clock_ms(), &gone);
	rc = take(m, &c, there, holder, &who);
	if (rc != STORE_OK)
		memory_refuse(m, rc);
	/* Behind the VALUE: who is told that he has it can read it. */
	claimed = batch_event(c.batch, STORE_CLAIMED, worker);
	claimed->status = rc;
	claimed->ticket = ticket;
	claimed->u.claimed.holder = batch_text(c.batch, who);
	batch_send(&c.batch, s);
	pthread_mutex_unlock(&m->lock);
	change_free(&c);
	entry_free(gone);
	return STORE_OK;
}

void
registry_release(struct store *s, struct store_space *sp, const char *key,
    const char *holder)
{
	struct memory *m = memory_of(s);
	struct entry *e;

	pthread_mutex_lock(&m->lock);
	e = find(m, sp, key);
	must(e && e->claims > 0 && strcmp(e->value, holder) == 0);
	if (--e->claims > 0)
		e = NULL;
	else
		end(m, e);
	pthread_mutex_unlock(&m->lock);
	entry_free(e);
}

/* --- ends --------------------------------------------------------------- */

bool
registry_tick(struct memory *m, uint64_t now_ms, unsigned most)
{
	unsigned n = 0;

	while (n < most) {
		struct deadline *d = deadline_heap_first(&m->expiries);
		struct entry *e;

		if (!d || d->at_ms > now_ms)
			return false;
		e = container_of(d, struct entry, end);
		end(m, e);
		entry_free(e);
		n++;
	}
	return true;
}

void
registry_free(struct memory *m)
{
	LIST_FOREACH (s, &m->spaces) {
		struct store_space *sp =
		    container_of(s, struct store_space, node);

		LIST_FOREACH_SAFE (n, &sp->entries) {
			struct entry *e = container_of(n, struct entry, node);

			link_out(m, e);
			entry_free(e);
		}
	}
	deadline_heap_fini(&m->expiries);
}
