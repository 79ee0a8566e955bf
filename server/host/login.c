/* SPDX-License-Identifier: MIT
 *
 * login.c - see login.h.
 */
#include "config.h"

#include "host/login.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "base/clock.h"
#include "base/list.h"
#include "config/auth.h"
#include "host/details.h"
#include "host/door.h"
#include "host/handshake.h"
#include "host/host_struct.h"
#include "host/host.h"
#include "host/jobs.h"
#include "host/mount.h"
#include "host/request.h"
#include "host/session.h"
#include "host/site.h"
#include "net/address.h"

/* One that is being judged. */
struct trial {
	struct job job;
	struct knock *knock;
	struct host *host;
	void (*done)(struct knock *, enum ws_refusal);
	struct credential shown;
	struct address from;
	bool counts; /* as a failed login of this address, as yet */
};

static const struct auth *
auth_of(const struct knock *k)
{
	return &k->route->conf->limits.auth->auth;
}

/* --- what is shown ------------------------------------------------------ */

/* Where more than one of a kind came the last counts as the one; which that
 * is does not matter, for several are refused. */
static void
find_credential(struct credential *c, const struct request *r)
{
	struct credential_offer offer = { .n = 0 };
	enum request_secret kind;
	const char *value;

	while ((value = request_secret(r, offer.n, &kind)) != NULL) {
		offer.n++;
		switch (kind) {
		case REQUEST_SECRET_HEADER:
			offer.header = value;
			break;
		case REQUEST_SECRET_COOKIE:
			offer.cookie = value;
			break;
		case REQUEST_SECRET_QUERY:
			offer.query = value;
			break;
		case REQUEST_SECRET_PROTOCOL:
			offer.protocol = value;
			break;
		}
	}
	credential_read(c, &offer);
}

/* The name that the route wants of a client's certificate. */
static const char *
find_certificate(const struct auth *a, const struct request *r)
{
	static const char *const names[] = {
		[AUTH_CERTIFICATE_NO] = "",
		[AUTH_CERTIFICATE_CN] = "SSL_CLIENT_S_DN_CN",
		[AUTH_CERTIFICATE_DNS] = "SSL_CLIENT_SAN_DNS_0",
		[AUTH_CERTIFICATE_EMAIL] = "SSL_CLIENT_SAN_Email_0",
		[AUTH_CERTIFICATE_URI] = "SSL_CLIENT_SAN_URI_0",
		[AUTH_CERTIFICATE_DN] = "SSL_CLIENT_S_DN",
	};

	return request_var(r, names[a->certificate]);
}

/* --- the verdict -------------------------------------------------------- */

static enum ws_refusal
result_of(struct login *l, const struct auth *a, const struct auth_verdict *v)
{
	l->type = v->type;
	l->why = v->why;
	switch (v->answer) {
	case AUTH_GOOD:
	case AUTH_NOBODY:
		return WS_R_NONE;
	case AUTH_MISSING:
		l->headers = a->challenge;
		return WS_R_UNAUTHORIZED;
	case AUTH_WRONG:
	case AUTH_EXPIRED:
	case AUTH_SLOW:
		l->headers = a->challenge_wrong;
		return WS_R_UNAUTHORIZED;
	case AUTH_NO_MEMORY:
		return WS_R_MEMORY;
	case AUTH_FORBIDDEN:
		break;
	}
	return WS_R_FORBIDDEN;
}

/* --- the address it comes from -------------------------------------------- */

/* May it show anything? Where nothing is shown nobody guesses. */
static bool
may_try(struct trial *t)
{
	struct knock *k = t->knock;
	uint64_t wait;

	if (t->shown.kind == CREDENTIAL_NONE ||
	    !request_address(k->request, &t->from))
		return true;
	wait = callers_try(&t->host->callers, &t->from);
	if (wait > 0)
		door_retry(k, wait);
	t->counts = wait == 0;
	return t->counts;
}

static void
take_back(struct trial *t)
{
	if (t->counts)
		callers_take_back(&t->host->callers, &t->from);
}

/* The end of it: whoever asked may free the knock. */
static void
tell(struct trial *t, enum ws_refusal result)
{
	void (*done)(struct knock *, enum ws_refusal) = t->done;
	struct knock *k = t->knock;

	credential_wipe(&t->shown);
	free(t);
	done(k, result);
}

/* Nobody has judged it. */
static void
give_up(struct trial *t, enum ws_refusal result)
{
	request_forget(t->knock->request);
	take_back(t);
	tell(t, result);
}

static void
settle(struct trial *t, const struct auth_verdict *v)
{
	struct knock *k = t->knock;

	if (v->answer != AUTH_WRONG)
		take_back(t);
	tell(t, result_of(&k->login, auth_of(k), v));
}

static void
judge_slow(struct job *job)
{
	struct trial *t = container_of(job, struct trial, job);
	struct auth_verdict v;

	/* A stop waits for those who are being judged, not for all. */
	if (__atomic_load_n(&t->host->draining, __ATOMIC_RELAXED)) {
		give_up(t, WS_R_DRAINING);
		return;
	}
	v = auth_judge_slow(auth_of(t->knock), &t->shown, t->knock->login.who);
	settle(t, &v);
}

static void
judge(struct trial *t)
{
	struct knock *k = t->knock;
	const struct auth *a = auth_of(k);
	struct auth_verdict v;

	find_credential(&t->shown, k->request);
	if (!may_try(t)) {
		give_up(t, WS_R_LOGINS);
		return;
	}
	v = auth_judge(a, &t->shown, find_certificate(a, k->request),
	    (int64_t)(clock_wall_ms() / 1000), k->login.who);
	/* A token borrows from the request: only now. */
	request_forget(k->request);
	if (v.answer != AUTH_SLOW) {
		settle(t, &v);
		return;
	}
	t->job.run = judge_slow;
	if (!jobs_put(t->host->logins, &t->job))
		give_up(t, WS_R_PENDING);
}

/* --- a handler that decides --------------------------------------------- */

/* What it says of somebody. False: more than there is room for. */
static bool
introduce(struct identity *who, const struct details *d)
{
	identity_init(who);
	if (!d)
		return true;
	if (d->user && *d->user != '\0' &&
	    identity_set_user(who, d->user, strlen(d->user)) != IDENTITY_OK)
		return false;
	for (size_t i = 0; i < d->n_attrs; i++)
		if (identity_add(who, d->attrs[i].name + strlen("AUTH_"),
			d->attrs[i].value,
			strlen(d->attrs[i].value)) != IDENTITY_OK)
			return false;
	who->expires = (int64_t)(d->until / 1000 + (d->until % 1000 > 0));
	return true;
}

static enum ws_refusal
take_decision(
    struct knock *k, struct details **d, enum ws_refusal result, int status)
{
	struct login *l = &k->login;

	if (result != WS_R_NONE) {
		l->status = status;
		if (status == 401)
			l->headers = auth_of(k)->challenge;
		l->said = *d;
		*d = NULL;
		return result;
	}
	if (!introduce(l->who, *d)) {
		l->why =
		    "the handler of auth says what is no name or attribute";
		return WS_R_BROKEN;
	}
	if (auth_allows(auth_of(k), l->who))
		return WS_R_NONE;
	l->why = "not among those in allow";
	return WS_R_FORBIDDEN;
}

/* Owner worker of the handler. What was lent to its handshake goes on. */
static void
guard_told(struct handshake *h, enum ws_refusal result, int status)
{
	struct trial *t = h->trial;
	struct knock *k = t->knock;
	struct details *d = h->details;

	k->request = h->request;
	h->request = NULL;
	h->details = NULL;
	h->state = HANDSHAKE_ANSWERED;
	handshake_put(h, handshake_discard);
	result = take_decision(k, &d, result, status);
	details_free(&d);
	tell(t, result);
}

/* A handshake of its own, which leads nowhere. NULL: no memory. */
static struct handshake *
lend(struct trial *t, struct route *guard)
{
	struct cleat_conn *c = session_new(guard, mount_pick(guard->mount));
	struct handshake *h = calloc(1, sizeof(*h));

	if (!c || !h) {
		pool_put(&guard->mount->sessions, c);
		free(h);
		return NULL;
	}
	list_init(&h->node);
	h->conn = c;
	h->trial = t;
	h->told = guard_told;
	h->request = t->knock->request;
	h->left.carrier.fd = -1;
	c->handshake = h;
	t->knock->request = NULL;
	route_ref(guard);
	return h;
}

/* WS_R_NONE: it is asked, and the trial may be over already. */
static enum ws_refusal
ask_guard(struct trial *t)
{
	struct route *guard = t->knock->route->guard;
	struct host *host = t->host;
	enum ws_refusal result = WS_R_PENDING;
	struct handshake *h;

	if (!mount_use(guard->mount))
		return WS_R_RELOADED;
	if (count_enter(&host->pending,
		__atomic_load_n(&host->max_pending, __ATOMIC_RELAXED))) {
		h = lend(t, guard);
		if (h) {
			handshake_put(h, handshake_ask);
			return WS_R_NONE;
		}
		count_leave(&host->pending);
		result = WS_R_MEMORY;
	}
	mount_leave(guard->mount);
	return result;
}

void
login_begin(struct knock *k, struct host *h,
    void (*done)(struct knock *, enum ws_refusal))
{
	struct trial *t = calloc(1, sizeof(*t));
	enum ws_refusal result;

	k->login.who = calloc(1, sizeof(*k->login.who));
	if (!t || !k->login.who) {
		free(t);
		done(k, WS_R_MEMORY);
		return;
	}
	t->knock = k;
	t->host = h;
	t->done = done;
	if (!k->route->guard) {
		judge(t);
		return;
	}
	result = ask_guard(t);
	if (result != WS_R_NONE)
		tell(t, result);
}

void
login_free(struct login *l)
{
	free(l->who);
	details_free(&l->said);
	*l = (struct login){ .who = NULL };
}

const char *
login_var(const struct login *l, const char *name)
{
	const char *user = l->who ? identity_user(l->who) : "";

	if (strcmp(name, "REMOTE_USER") == 0)
		return *user != '\0' ? user : NULL;
	if (strcmp(name, "AUTH_TYPE") == 0)
		return l->type;
	if (!l->who || strncmp(name, "AUTH_", 5) != 0)
		return NULL;
	return identity_find(l->who, name + 5);
}

/* --- another token ------------------------------------------------------ */

/* The route of the same path in the site of today, with a reference; NULL:
 * there is none any more. */
static struct route *
route_today(const struct cleat_conn *c)
{
	const char *path = session_row(c)->conf->path;
	struct site *s = host_site(session_route(c)->host);
	struct route *found = NULL;

	for (size_t i = 0; s && !found && i < s->n; i++)
		if (strcmp(s->routes[i].conf->path, path) == 0)
			found = route_ref(&s->routes[i]);
	site_unref(&s);
	return found;
}

static int
renew(struct cleat_conn *c, const struct auth *a, const char *token,
    struct identity *who)
{
	const char *user = session_var(c, "REMOTE_USER");
	struct login l = { .who = who };
	struct credential shown;
	struct auth_verdict v;

	credential_read(
	    &shown, &(struct credential_offer){ .protocol = token, .n = 1 });
	v = auth_judge(a, &shown, NULL, (int64_t)(clock_wall_ms() / 1000), who);
	if (v.answer == AUTH_NO_MEMORY)
		return CLEAT_ENOMEM;
	if (v.answer != AUTH_GOOD || !user ||
	    strcmp(user, identity_user(who)) != 0)
		return CLEAT_EINVAL;
	l.type = v.type;
	if (!session_know(c, &l))
		return CLEAT_ENOMEM;
	session_expire(c, (uint64_t)who->expires * 1000);
	return CLEAT_OK;
}

int
login_renew(struct cleat_conn *c, const char *token)
{
	struct route *row = route_today(c);
	const struct config_auth *a = row ? row->conf->limits.auth : NULL;
	struct identity *who = calloc(1, sizeof(*who));
	int result = CLEAT_ENOENT;

	if (!who)
		result = CLEAT_ENOMEM;
	else if (a && auth_knows_tokens(&a->auth))
		result = renew(c, &a->auth, token, who);
	free(who);
	route_unref(&row);
	return result;
}

int
login_start(struct host *h)
{
	return h->logins ? 0 : jobs_new(&h->logins, LOGIN_THREADS, LOGIN_QUEUE);
}
