/* SPDX-License-Identifier: MIT
 *
 * proc.h - what the kernel says of another process: CPU time and memory.
 *
 * Read from /proc, so the process needs no cooperation. A thread or child that
 * ends between two readings takes its CPU time with it; servers keep theirs.
 */
#ifndef CLEAT_TOOLS_PROC_H
#define CLEAT_TOOLS_PROC_H

#include <stdint.h>
#include <sys/types.h>

struct proc_memory {
	uint64_t rss_bytes, pss_bytes;
};

/* Time on a CPU of all threads of `pid` and of its children, but not of
 * theirs. Returns 0 or -errno; both functions say -ESRCH where there is no such process. */
int proc_cpu_ns(pid_t pid, uint64_t *ns) __attribute__((warn_unused_result));

/* Returns 0 or -errno (-ENOTSUP: the kernel does not tell). */
int proc_memory_read(pid_t pid, struct proc_memory *m)
    __attribute__((warn_unused_result));

#endif
