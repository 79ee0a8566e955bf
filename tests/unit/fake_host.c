/* SPDX-License-Identifier: MIT
 *
 * fake_host.c - see fake_host.h.
 */
#include "config.h"

#include "fake_host.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "host/host.h"
#include "host/request.h"
#include "host/site.h"

enum { HEADERS = 32, EARLY_MAX = 1 << 18, QUEUE = 256 };

struct request {
	struct request_parts parts;
};

static const char *const offered[] = { "chat", "echo" };
static const struct config_route route_conf = {
	.path = FAKE_PATH,
	.limits.protocols = { offered, 2 },
};
static struct site the_site;
static struct route the_route = { .conf = &route_conf };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static enum fake_mood mood;
static struct verdict verdict;
static struct knock *pending[QUEUE];
static size_t n_pending, n_entered;
static int entered_fds[QUEUE];
static char early_bytes[EARLY_MAX];
static size_t early_len;
static unsigned knocks, entries, leaves, answers, requests;
static int held;
static pthread_t knocker;
static char names[HEADERS][64], values[HEADERS][256];
static size_t n_headers;

void
fake_host_set(enum fake_mood m, const struct verdict *v)
{
	pthread_mutex_lock(&lock);
	mood = m;
	verdict = *v;
	pthread_mutex_unlock(&lock);
}

bool
fake_host_knocked_here(void)
{
	bool here;

	pthread_mutex_lock(&lock);
	here = knocks > 0 && pthread_equal(knocker, pthread_self());
	pthread_mutex_unlock(&lock);
	return here;
}

struct knock *
fake_host_knock(void)
{
	struct knock *knock;

	pthread_mutex_lock(&lock);
	while (n_pending == 0)
		pthread_cond_wait(&changed, &lock);
	knock = pending[--n_pending];
	pthread_mutex_unlock(&lock);
	return knock;
}

void
fake_host_answer(struct knock *knock)
{
	struct verdict v;

	pthread_mutex_lock(&lock);
	v = verdict;
	answers++;
	pthread_mutex_unlock(&lock);
	knock->answer(knock, &v);
}

int
fake_host_entered(char *early, size_t size, size_t *n)
{
	int fd;

	pthread_mutex_lock(&lock);
	while (n_entered == 0)
		pthread_cond_wait(&changed, &lock);
	fd = entered_fds[--n_entered];
	ck_assert_uint_le(early_len, size);
	memcpy(early, early_bytes, early_len);
	*n = early_len;
	pthread_mutex_unlock(&lock);
	return fd;
}

void
fake_host_left(unsigned n)
{
	pthread_mutex_lock(&lock);
	while (leaves < n)
		pthread_cond_wait(&changed, &lock);
	ck_assert_uint_eq(leaves, n);
	pthread_mutex_unlock(&lock);
}

unsigned
fake_host_entries(void)
{
	unsigned n;

	pthread_mutex_lock(&lock);
	n = entries;
	pthread_mutex_unlock(&lock);
	return n;
}

void
fake_host_check(void)
{
	pthread_mutex_lock(&lock);
	while (n_entered > 0)
		close(entered_fds[--n_entered]);
	ck_assert_uint_eq(knocks, entries + leaves);
	ck_assert_int_eq(held, 0);
	ck_assert_uint_eq(requests, 0);
	pthread_mutex_unlock(&lock);
}

const char *
fake_host_header(const char *name)
{
	for (size_t i = 0; i < n_headers; i++)
		if (strcasecmp(names[i], name) == 0)
			return values[i];
	return NULL;
}

/* --- what http calls --------------------------------------------------- */

static void
hold(int change)
{
	pthread_mutex_lock(&lock);
	held += change;
	pthread_mutex_unlock(&lock);
}

struct site *
host_site(struct host *host)
{
	(void)host;
	hold(+1);
	return &the_site;
}

void
site_unref(struct site **site)
{
	ck_assert_ptr_eq(*site, &the_site);
	*site = NULL;
	hold(-1);
}

struct route *
site_find(const struct site *site, const char *path)
{
	ck_assert_ptr_eq(site, &the_site);
	return strcmp(path, FAKE_PATH) == 0 ? &the_route : NULL;
}

struct route *
route_ref(struct route *route)
{
	hold(+1);
	return route;
}

void
route_unref(struct route **route)
{
	ck_assert_ptr_eq(*route, &the_route);
	*route = NULL;
	hold(-1);
}

const struct credential_places *
route_secrets(const struct route *r)
{
	(void)r;
	return NULL;
}

size_t
route_script_len(const struct route *route)
{
	return strlen(route->conf->path);
}

struct request *
request_new(const struct request_parts *parts)
{
	pthread_mutex_lock(&lock);
	requests++;
	ck_assert_uint_le(parts->n_headers, HEADERS);
	n_headers = parts->n_headers;
	for (size_t i = 0; i < n_headers; i++) {
		strncat(memset(names[i], 0, sizeof names[i]),
		    parts->headers[i].name, sizeof names[i] - 1);
		strncat(memset(values[i], 0, sizeof values[i]),
		    parts->headers[i].value, sizeof values[i] - 1);
	}
	pthread_mutex_unlock(&lock);
	return calloc(1, sizeof(struct request));
}

void
request_free(struct request **request)
{
	pthread_mutex_lock(&lock);
	requests -= *request != NULL;
	pthread_mutex_unlock(&lock);
	free(*request);
	*request = NULL;
}

bool
door_answers_at_once(const struct route *route)
{
	bool now;

	ck_assert_ptr_eq(route, &the_route);
	pthread_mutex_lock(&lock);
	now = mood == FAKE_AT_ONCE;
	pthread_mutex_unlock(&lock);
	return now;
}

void
door_knock(struct knock *knock)
{
	bool now;

	pthread_mutex_lock(&lock);
	knocks++;
	knocker = pthread_self();
	now = mood == FAKE_AT_ONCE;
	ck_assert_uint_lt(n_pending, QUEUE);
	if (!now)
		pending[n_pending++] = knock;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	if (now)
		fake_host_answer(knock);
}

void
door_enter(struct knock *knock, int fd, struct relay **relay, const void *early,
    size_t n)
{
	ck_assert_ptr_null(*relay);
	request_free(&knock->request);
	pthread_mutex_lock(&lock);
	ck_assert_uint_le(n, EARLY_MAX);
	memcpy(early_bytes, early ? early : "", n);
	early_len = n;
	ck_assert_uint_lt(n_entered, QUEUE);
	entered_fds[n_entered++] = fd;
	entries++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void
door_leave(struct knock *knock)
{
	request_free(&knock->request);
	pthread_mutex_lock(&lock);
	leaves++;
	ck_assert_uint_ge(answers, leaves + entries);
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}
