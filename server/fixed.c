/* SPDX-License-Identifier: MIT
 *
 * fixed.c - see fixed.h.
 */
#include "config.h"

#include "fixed.h"

#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "config/config.h"

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_texts(const struct config_strings *a, const struct config_strings *b)
{
	size_t i = 0;

	while (i < a->n && i < b->n && strcmp(a->v[i], b->v[i]) == 0)
		i++;
	return i == a->n && i == b->n;
}

static bool
same_sandbox(const struct config_sandbox *a, const struct config_sandbox *b)
{
	return a->files == b->files && a->calls == b->calls &&
	       same_texts(&a->allow_read, &b->allow_read) &&
	       same_texts(&a->allow_write, &b->allow_write);
}

static bool
same_status(const struct config_status *a, const struct config_status *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a->at.address, b->at.address) == 0 &&
	       a->at.port == b->at.port && a->at.mode == b->at.mode &&
	       same_text(a->at.owner, b->at.owner) && a->publish == b->publish;
}

void
fixed_tell(const struct config *now, const struct config *next)
{
	if (!same_text(now->user, next->user))
		log_warn("user: the change waits for a restart");
	if (now->workers != next->workers)
		log_warn("workers: the change waits for a restart");
	if (now->job_threads != next->job_threads ||
	    now->job_queue != next->job_queue)
		log_warn("job_threads, job_queue: the change waits for a "
			 "restart");
	if (!same_text(now->log.options.file, next->log.options.file))
		log_warn("log.file: the change waits for a restart");
	if (!same_sandbox(&now->sandbox, &next->sandbox))
		log_warn("sandbox: the change waits for a restart");
	if (!same_status(now->status, next->status))
		log_warn("status: the change waits for a restart");
}
