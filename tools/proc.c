/* SPDX-License-Identifier: MIT
 *
 * proc.c - see proc.h.
 *
 * /proc/PID/task/TID/schedstat counts nanoseconds on a CPU; stat and
 * getrusage count ticks on most kernels, too coarse for a short run.
 *
 * MEMORY: none kept.
 */
#include "config.h"

#include "proc.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A thread that has ended meanwhile counts as nothing. */
static int
task_cpu_ns(pid_t pid, const char *tid, uint64_t *ns)
{
	char path[320];

	snprintf(
	    path, sizeof(path), "/proc/%d/task/%s/schedstat", (int)pid, tid);
	*ns = 0;
	FILE *f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? 0 : -errno;
	int got = fscanf(f, "%" SCNu64, ns);
	fclose(f);
	return got == 1 ? 0 : -ENOTSUP;
}

/* All threads of one process. */
static int
process_cpu_ns(pid_t pid, uint64_t *ns)
{
	char path[64];
	struct dirent *e;
	uint64_t one;
	int rc = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	DIR *d = opendir(path);
	if (!d)
		return errno == ENOENT ? -ESRCH : -errno;
	*ns = 0;
	while (rc == 0 && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		rc = task_cpu_ns(pid, e->d_name, &one);
		*ns += one;
	}
	closedir(d);
	return rc;
}

/* The parent of a process; 0 where it has gone. What stands between the
 * parentheses is the process's own choice, with parentheses too. */
static pid_t
parent_of(pid_t pid)
{
	char path[64], line[512], *end = NULL;
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return 0;
	if (fgets(line, sizeof(line), f))
		end = strrchr(line, ')');
	fclose(f);
	if (!end || sscanf(end + 1, " %*c %d", &parent) != 1)
		return 0;
	return parent;
}

int
proc_cpu_ns(pid_t pid, uint64_t *ns)
{
	int rc = process_cpu_ns(pid, ns);
	struct dirent *e;
	uint64_t one;

	if (rc < 0)
		return rc;
	DIR *d = opendir("/proc");
	if (!d)
		return -errno;
	while (rc == 0 && (e = readdir(d))) {
		pid_t child = (pid_t)strtol(e->d_name, NULL, 10);

		if (child <= 0 || parent_of(child) != pid)
			continue;
		one = 0;
		rc = process_cpu_ns(child, &one);
		if (rc == -ESRCH)
			rc = 0;
		*ns += one;
	}
	closedir(d);
	return rc;
}

int
proc_memory_read(pid_t pid, struct proc_memory *m)
{
	char path[64], line[256];
	uint64_t kib;
	int found = 0;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? -ESRCH : -errno;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Rss: %" SCNu64 " kB", &kib) == 1) {
			m->rss_bytes = kib * 1024;
			found |= 1;
		} else if (sscanf(line, "Pss: %" SCNu64 " kB", &kib) == 1) {
			m->pss_bytes = kib * 1024;
			found |= 2;
		}
	}
	fclose(f);
	return found == 3 ? 0 : -ENOTSUP;
}
