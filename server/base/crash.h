/* SPDX-License-Identifier: MIT
 *
 * crash.h - last words: who was running when the process died.
 *
 * Handlers are other people's C in our process. When one of them makes the
 * process die (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT; SIGSYS of a
 * forbidden call, which it names), one line on
 * standard error names it before the signal takes its course with the
 * action it had before: a core file, or a sanitizer's report. This rescues
 * nothing and unwinds nothing.
 *
 * What a thread was doing is known above; `describe` says it.
 *
 * THREADS: as said per function.
 * MEMORY: one alternate stack per thread that asked for it, so that even a
 * handler that has run out of stack is named.
 */
#ifndef CLEAT_BASE_CRASH_H
#define CLEAT_BASE_CRASH_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

struct crash_line {
	char text[512];
	size_t len;
};

/* Begins to watch; `describe` adds to the line what the dying thread was
 * doing, if anything. It runs inside the signal handler, on that thread, and
 * may call only the crash_add functions. Main thread. */
void crash_watch(void (*describe)(struct crash_line *));
void crash_unwatch(void);

/* Takes the signals watched here out of a set that is about to be blocked: a
 * fault whose signal is blocked kills without a word. */
void crash_keep_open(sigset_t *);

/* Gives the calling thread a stack for its last words; 0 or -errno. Stop on
 * the same thread, before it ends. */
int crash_thread_start(void);
void crash_thread_stop(void);

/* Async-signal-safe; what does not fit is cut. NULL adds nothing. */
void crash_add(struct crash_line *, const char *);
void crash_add_number(struct crash_line *, uint64_t);

#endif
