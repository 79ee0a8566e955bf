/* SPDX-License-Identifier: MIT
 *
 * jobs.c - threads for work that blocks.
 *
 * THREADS, MEMORY: see jobs.h. One lock, held only to link and unlink.
 */
#include "config.h"

#include "host/jobs.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/crash.h"

struct jobs {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct list queue;
	size_t waiting, queue_max;
	bool ending;
	unsigned n;
	pthread_t threads[];
};

static struct job *
next_job(struct jobs *j)
{
	struct job *job = NULL;

	pthread_mutex_lock(&j->lock);
	while (list_empty(&j->queue) && !j->ending)
		pthread_cond_wait(&j->more, &j->lock);
	if (!list_empty(&j->queue)) {
		job = container_of(j->queue.next, struct job, node);
		list_del(&job->node);
		j->waiting--;
	}
	pthread_mutex_unlock(&j->lock);
	return job;
}

static void *
run_jobs(void *arg)
{
	struct job *job;
	/* Without the extra stack only a stack overflow dies nameless. */
	bool last_words = crash_thread_start() == 0;

	while ((job = next_job(arg)) != NULL)
		job->run(job);
	if (last_words)
		crash_thread_stop();
	return NULL;
}

/* Signals are for the main thread. */
static int
start_threads(struct jobs *j, unsigned threads)
{
	sigset_t all, before;
	int error = 0;

	sigfillset(&all);
	crash_keep_open(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (j->n < threads && error == 0) {
		error = pthread_create(&j->threads[j->n], NULL, run_jobs, j);
		if (error == 0)
			j->n++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

int
jobs_new(struct jobs **out, unsigned threads, size_t queue_max)
{
	struct jobs *j = calloc(1, sizeof(*j) + threads * sizeof(pthread_t));
	int error;

	if (!j)
		return -ENOMEM;
	pthread_mutex_init(&j->lock, NULL);
	pthread_cond_init(&j->more, NULL);
	list_init(&j->queue);
	j->queue_max = queue_max;
	error = start_threads(j, threads);
	if (error != 0)
		jobs_free(&j);
	*out = j;
	return error;
}

void
jobs_stop(struct jobs *j)
{
	pthread_mutex_lock(&j->lock);
	j->ending = true;
	pthread_cond_broadcast(&j->more);
	pthread_mutex_unlock(&j->lock);
	for (; j->n > 0; j->n--)
		pthread_join(j->threads[j->n - 1], NULL);
}

void
jobs_free(struct jobs **jobs)
{
	struct jobs *j = *jobs;

	if (!j)
		return;
	jobs_stop(j);
	pthread_cond_destroy(&j->more);
	pthread_mutex_destroy(&j->lock);
	free(j);
	*jobs = NULL;
}

bool
jobs_put(struct jobs *j, struct job *job)
{
	bool room;

	pthread_mutex_lock(&j->lock);
	room = !j->ending && j->waiting < j->queue_max;
	if (room) {
		list_add_tail(&j->queue, &job->node);
		j->waiting++;
		pthread_cond_signal(&j->more);
	}
	pthread_mutex_unlock(&j->lock);
	return room;
}
