/* SPDX-License-Identifier: MIT
 *
 * late_auth.c - asks something slow whether a visitor may come in.
 *
 * The cookie "sid" is looked up by a job, on a thread of its own, while the
 * worker goes on; the handshake waits (CLEAT_LATER). Here the slow thing is a
 * file with lines "SID USER". Who is not in it gets 401, and 503 who comes
 * while nobody can be asked.
 *
 *	{ path = "/me"; handler = "late_auth";
 *	  config: { sessions = "/run/sessions"; }; }
 *
 * Try it: echo s1 ada >/run/sessions
 *	cleat connect -n 1 -H "Cookie: sid=s1" ws://localhost:8080/me
 */
#include <cleat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct route {
	const char *sessions;
};

struct question {
	cleat_id asker;
	int asked;
	char sid[65], user[65];
	char sessions[];
};

/* On a thread of the pool. */
static void
look_up(void *arg)
{
	struct question *q = arg;
	FILE *f = fopen(q->sessions, "r");
	char sid[65], user[65];

	if (!f)
		return;
	while (fscanf(f, "%64s %64s", sid, user) == 2)
		if (strcmp(sid, q->sid) == 0)
			snprintf(q->user, sizeof(q->user), "%s", user);
	q->asked = !ferror(f);
	fclose(f);
}

static void
answer(cleat_route *r, void *arg)
{
	struct question *q = arg;
	cleat_accept a = { .user = q->user };

	if (!q->asked) {
		a.status = 503;
		a.body = "Try again in a minute.";
		cleat->log(r, CLEAT_ERROR, "cannot read %s", q->sessions);
	} else if (!*q->user) {
		a.status = 401;
		a.body = "Log in first.";
	}
	cleat->decide(q->asker, &a); /* or the visitor waits no more */
	free(q);
}

static int
on_handshake(cleat_conn *c)
{
	struct route *r = cleat->route_state(cleat->route(c));
	const char *sid = cleat->cookie(c, "sid");
	size_t room = strlen(r->sessions) + 1;
	struct question *q;

	if (!sid || strlen(sid) >= sizeof(q->sid))
		return 401;
	q = calloc(1, sizeof(*q) + room);
	if (!q)
		return 503;
	q->asker = cleat->id(c);
	memcpy(q->sid, sid, strlen(sid));
	memcpy(q->sessions, r->sessions, room);
	if (cleat->job(cleat->route(c), look_up, answer, q) == CLEAT_OK)
		return CLEAT_LATER;
	free(q);
	return 503;
}

static void
on_open(cleat_conn *c)
{
	cleat->sendf(c, "hello, %s", cleat->var(c, "REMOTE_USER"));
}

static int
on_load(cleat_route *r)
{
	struct route *state = cleat->route_state(r);

	state->sessions = cleat->conf_str(cleat->conf(r), "sessions", NULL);
	return state->sessions ? 0
			       : cleat->conf_fail(r, cleat->conf(r), "sessions",
				     "must name the file of sessions");
}

CLEAT_HANDLER("late_auth", "1.0", .route_size = sizeof(struct route),
    .on_load = on_load, .on_handshake = on_handshake, .on_open = on_open)
