/* SPDX-License-Identifier: MIT
 *
 * crash.c - last words: who was running when the process died.
 *
 * Everything below die() is async-signal-safe: no lock, no allocation, no
 * stdio. A fault's instruction runs again when the handler returns, and then
 * meets the action that was there before ours; so cores and sanitizers show
 * the place of the fault, not this file.
 */
#include "config.h"

#include "base/crash.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/forbidden.h"

#define STACK_SIZE (64 * 1024)

static struct {
	int number;
	const char *name;
	struct sigaction before;
} watched[] = {
	{ .number = SIGSEGV, .name = "SIGSEGV" },
	{ .number = SIGBUS, .name = "SIGBUS" },
	{ .number = SIGFPE, .name = "SIGFPE" },
	{ .number = SIGILL, .name = "SIGILL" },
	{ .number = SIGABRT, .name = "SIGABRT" },
	{ .number = SIGSYS, .name = "SIGSYS" },
};
#define N_WATCHED (sizeof(watched) / sizeof(watched[0]))

static void (*describe)(struct crash_line *);
static int dying; /* only the first thread to die speaks */
static __thread void *own_stack;

void
crash_add(struct crash_line *l, const char *text)
{
	if (text == NULL)
		return;
	while (*text != '\0' && l->len < sizeof(l->text) - 1) {
		unsigned char c = (unsigned char)*text++;

		l->text[l->len++] = c < 0x20 || c >= 0x7f ? '?' : (char)c;
	}
}

void
crash_add_number(struct crash_line *l, uint64_t n)
{
	char digits[21];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	crash_add(l, digits + at);
}

/* What the filter of system calls has forbidden; " call=execve". */
static void
add_call(struct crash_line *line, const siginfo_t *info)
{
	const char *name;

	if (info->si_signo != SIGSYS || info->si_code <= 0)
		return;
	name = forbidden_name(info->si_syscall);
	crash_add(line, " call=");
	if (name != NULL)
		crash_add(line, name);
	else
		crash_add_number(line, (uint64_t)(unsigned)info->si_syscall);
}

static void
speak(const char *name, const siginfo_t *info)
{
	struct crash_line line = { .len = 0 };
	ssize_t written;

	crash_add(&line, "cleatd: ");
	crash_add(&line, name);
	add_call(&line, info);
	describe(&line);
	line.text[line.len++] = '\n'; /* crash_add() leaves room for it */
	written = write(STDERR_FILENO, line.text, line.len);
	(void)written; /* there is nobody left to tell */
}

static void
die(int number, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)context;
	for (size_t i = 0; i < N_WATCHED; i++) {
		if (watched[i].number != number)
			continue;
		if (!__atomic_exchange_n(&dying, 1, __ATOMIC_RELAXED))
			speak(watched[i].name, info);
		sigaction(number, &watched[i].before, NULL);
	}
	/* A fault comes again by itself, a signal that was sent does not, nor
	 * does a forbidden call: the kernel goes on behind it.
	 * (abort() sends it again, so that it dies without this, too.) */
	if (info->si_code <= 0 || number == SIGSYS)
		raise(number);
	errno = saved;
}

void
crash_watch(void (*fn)(struct crash_line *))
{
	struct sigaction sa = { .sa_sigaction = die,
		.sa_flags = SA_SIGINFO | SA_ONSTACK };

	describe = fn;
	dying = 0;
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < N_WATCHED; i++)
		sigaction(watched[i].number, &sa, &watched[i].before);
}

void
crash_unwatch(void)
{
	for (size_t i = 0; i < N_WATCHED; i++)
		sigaction(watched[i].number, &watched[i].before, NULL);
}

void
crash_keep_open(sigset_t *set)
{
	for (size_t i = 0; i < N_WATCHED; i++)
		sigdelset(set, watched[i].number);
}

/* A stack that is already there (AddressSanitizer gives each thread one, and
 * unmaps whatever it finds in its place) serves as well. */
int
crash_thread_start(void)
{
	stack_t now, own = { .ss_size = STACK_SIZE };

	if (sigaltstack(NULL, &now) < 0)
		return -errno;
	if (!(now.ss_flags & SS_DISABLE))
		return 0;
	own.ss_sp = malloc(STACK_SIZE);
	if (own.ss_sp == NULL)
		return -ENOMEM;
	if (sigaltstack(&own, NULL) < 0) {
		free(own.ss_sp);
		return -errno;
	}
	own_stack = own.ss_sp;
	return 0;
}

void
crash_thread_stop(void)
{
	if (own_stack == NULL)
		return;
	sigaltstack(&(stack_t){ .ss_flags = SS_DISABLE }, NULL);
	free(own_stack);
	own_stack = NULL;
}
