/* SPDX-License-Identifier: MIT
 *
 * task.c - posts and jobs.
 *
 * A post is a job whose work has been done already.
 *
 * THREADS, MEMORY: see task.h.
 */
#include "config.h"

#include "host/task.h"

#include <stdlib.h>

#include "host/call.h"
#include "host/host_struct.h"
#include "host/instance.h"
#include "host/jobs.h"

struct task {
	struct job job;
	struct mail mail;
	cleat_route *route;
	enum callback callback;
	void (*work)(void *);
	void (*done)(cleat_route *, void *);
	void *arg;
	struct callsite callsite; /* of the work: the route has another */
};

static void
deliver(struct mail *m)
{
	struct task *t = container_of(m, struct task, mail);
	cleat_route *r = t->route;
	struct stopwatch s;

	call_enter(r, t->callback, 0, &s);
	t->done(r, t->arg);
	call_leave(r, t->callback, &s);
	free(t);
	instance_work_done(r);
}

static struct task *
task_new(cleat_route *r, enum callback callback,
    void (*done)(cleat_route *, void *), void *arg)
{
	struct task *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->mail.deliver = deliver;
	t->route = r;
	t->callback = callback;
	t->done = done;
	t->arg = arg;
	return t;
}

int
task_post(cleat_route *r, void (*fn)(cleat_route *, void *), void *arg)
{
	struct task *t = task_new(r, CALLBACK_POST, fn, arg);
	int result;

	if (!t)
		return CLEAT_ENOMEM;
	result = instance_put(r, &t->mail);
	if (result != CLEAT_OK)
		free(t);
	return result;
}

static void
run(struct job *job)
{
	struct task *t = container_of(job, struct task, job);

	callsite_enter(&t->callsite, callback_names[CALLBACK_WORK], 0);
	t->work(t->arg);
	callsite_leave();
	instance_put_accepted(t->route, &t->mail);
}

/* While a configuration is only checked there is no pool: the work is done
 * at once. */
static bool
begin(struct task *t)
{
	struct host *h = t->route->host;

	if (h->jobs)
		return jobs_put(h->jobs, &t->job);
	t->work(t->arg);
	instance_put_accepted(t->route, &t->mail);
	return true;
}

int
task_job(cleat_route *r, void (*work)(void *),
    void (*done)(cleat_route *, void *), void *arg)
{
	struct task *t = task_new(r, CALLBACK_DONE, done, arg);
	int result;

	if (!t)
		return CLEAT_ENOMEM;
	t->work = work;
	t->job.run = run;
	t->callsite = r->callsite;
	result = instance_accept(r);
	if (result == CLEAT_OK && !begin(t)) {
		instance_work_done(r);
		result = CLEAT_ELIMIT;
	}
	if (result != CLEAT_OK)
		free(t);
	return result;
}
