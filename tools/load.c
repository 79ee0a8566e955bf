/* SPDX-License-Identifier: MIT
 *
 * load.c - `cleat load`: the life of a run.
 *
 * All connections are opened first, then the phases follow each other:
 * connect, warm-up, run, drain, close; or connect, idle, close. A connection
 * that fails is told and counted while the others go on, and the run fails
 * in the end. SIGINT and SIGTERM end the measured part early, in good order.
 *
 * It deliberately has one thread: the server shall be the bottleneck.
 *
 * THREADS: one. MEMORY: struct load and the array of connections.
 */
#include "config.h"

#include "load.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "load_conn.h"
#include "load_setup.h"
#include "verbs.h"

enum { EVENTS_MAX = 512 };

void
load_failed(struct load *l, const char *format, ...)
{
	va_list ap;

	if (++l->failures > LOAD_SENTENCES_MAX)
		return;
	va_start(ap, format);
	fputs("cleat load: ", stderr);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
}

/* The server's CPU time so far; 0 where nobody asked. */
static uint64_t
server_cpu(struct load *l)
{
	uint64_t ns = 0;
	int rc = l->opt.pid ? proc_cpu_ns((pid_t)l->opt.pid, &ns) : 0;

	if (rc < 0)
		load_failed(
		    l, "process %" PRIu64 ": %s", l->opt.pid, strerror(-rc));
	return ns;
}

static void
server_memory(struct load *l, struct proc_memory *m)
{
	int rc = l->opt.pid && l->opt.idle_ns
		     ? proc_memory_read((pid_t)l->opt.pid, m)
		     : 0;

	if (rc < 0)
		load_failed(
		    l, "process %" PRIu64 ": %s", l->opt.pid, strerror(-rc));
}

/* One turn: waits until something happens or `until`, and handles it.
 * Returns true where a signal asks to end. */
static bool
turn(struct load *l, uint64_t until)
{
	struct epoll_event ev[EVENTS_MAX];
	struct signalfd_siginfo signal;
	bool asked = false;
	int ms = 0;

	if (until > l->now) /* rounded up: no spinning in the last one */
		ms = (int)((until - l->now) / 1000000 + 1);
	int n = epoll_wait(l->epoll, ev, EVENTS_MAX, ms);
	l->now = clock_ns();
	for (int i = 0; i < n; i++) {
		if (ev[i].data.ptr)
			load_conn_ready(l, ev[i].data.ptr, ev[i].events);
		else if (read(l->signals, &signal, sizeof(signal)) > 0)
			asked = true;
	}
	return asked;
}

/* Nothing has come for too long, although something is due. */
static bool
stalled(struct load *l, const char *what, uint64_t due)
{
	if (l->now - l->last_byte < l->opt.timeout_ns)
		return false;
	l->stalled = true;
	load_failed(l, "%s: nothing came for %.3g seconds, %" PRIu64 " due",
	    what, (double)l->opt.timeout_ns / 1e9, due);
	return true;
}

static void
phase_begin(struct load *l, enum load_phase phase)
{
	l->phase = phase;
	l->last_byte = l->now = clock_ns();
}

/* What the server needs once (code, buffers, handshakes side by side) is not
 * the price of a connection: counting begins behind the first tenth. */
static void
read_first_tenth(struct load *l)
{
	if (l->result.before.rss_bytes > 0 || l->open < l->opt.connections / 10)
		return;
	server_memory(l, &l->result.before);
	l->result.before_open = l->open;
}

/* Returns false where there is no point in going on. */
static bool
phase_connect(struct load *l)
{
	uint64_t cpu = server_cpu(l);
	bool asked = false;

	phase_begin(l, LOAD_CONNECT);
	uint64_t began = l->now;
	while (!asked && l->failures == 0) {
		read_first_tenth(l);
		while (l->begun < l->opt.connections && l->failures == 0 &&
		       l->pending < l->opt.connect_parallel)
			load_conn_begin(l, &l->conns[l->begun]);
		if (l->pending == 0 || stalled(l, "connecting", l->pending))
			break;
		asked = turn(l, l->last_byte + l->opt.timeout_ns);
	}
	l->result.connect_ns = l->now - began;
	l->result.connect_cpu_ns = server_cpu(l) - cpu;
	if (asked)
		load_failed(l, "interrupted while connecting");
	if (l->failures == 0 && !l->opt.quiet)
		fprintf(stderr, "cleat load: %zu connections open\n", l->open);
	return l->failures == 0;
}

/* Waits until all connections are counted in *n. */
static bool
everybody(struct load *l, const size_t *n, const char *what)
{
	while (*n < l->begun && l->failures == 0) {
		if (stalled(l, what, l->begun - *n))
			break;
		if (turn(l, l->last_byte + l->opt.timeout_ns)) {
			load_failed(l, "interrupted before the first message");
			break;
		}
	}
	return l->failures == 0;
}

/* What the server says to each before it is asked anything, and in answer to
 * --first. */
static bool
phase_greet(struct load *l)
{
	const uint8_t *first = (const uint8_t *)l->opt.first;

	phase_begin(l, LOAD_READY);
	for (size_t i = 0; first && i < l->begun; i++) {
		load_wire_control(
		    &l->conns[i], WS_OP_TEXT, first, strlen(l->opt.first));
		load_conn_flush(l, &l->conns[i]);
	}
	return l->opt.skip == 0 || everybody(l, &l->greeted, "greeting");
}

/* A 101 says that the server has accepted, a pong that its handler has been
 * told: what it sends to all from now on is for this connection too. */
static bool
phase_ready(struct load *l)
{
	if (!phase_greet(l) || !l->opt.fan_out)
		return l->failures == 0;
	for (size_t i = 0; i < l->begun; i++) {
		load_wire_control(&l->conns[i], WS_OP_PING, NULL, 0);
		load_conn_flush(l, &l->conns[i]);
	}
	return everybody(l, &l->ponged, "pinging");
}

/* Echoes until `end`, or until the budget is spent and answered. Returns
 * true where a signal asks to end. */
static bool
echo_until(struct load *l, uint64_t end)
{
	while (l->now < end && l->open > 0 &&
	       (l->budget > 0 || l->outstanding > 0)) {
		if (l->outstanding > 0 && stalled(l, "echoing", l->outstanding))
			return false;
		uint64_t limit = l->last_byte + l->opt.timeout_ns;
		if (turn(l, limit < end ? limit : end))
			return true;
	}
	return false;
}

static void
phase_echo(struct load *l)
{
	bool asked = false;

	phase_begin(l, LOAD_WARMUP);
	l->budget = UINT64_MAX;
	if (l->opt.warmup_ns == 0 && l->opt.messages > 0)
		l->budget = l->opt.messages;
	if (l->opt.warmup_ns == 0)
		l->phase = LOAD_RUN;
	uint64_t cpu = server_cpu(l), began = l->now;
	for (size_t i = 0; i < l->begun; i++)
		load_conn_start(l, &l->conns[i]);
	if (l->opt.warmup_ns > 0) {
		asked = echo_until(l, l->now + l->opt.warmup_ns);
		phase_begin(l, LOAD_RUN);
		cpu = server_cpu(l);
		began = l->now;
		if (l->opt.messages > 0) /* those on their way count */
			l->budget = l->opt.messages > load_messages_due(l)
					? l->opt.messages - load_messages_due(l)
					: 0;
	}
	if (!asked)
		echo_until(l, l->opt.messages > 0 ? UINT64_MAX
						  : began + l->opt.duration_ns);
	l->result.run_cpu_ns = server_cpu(l) - cpu;
	l->result.run_ns = l->now - began;

	phase_begin(l, LOAD_DRAIN);
	l->budget = 0;
	if (!l->stalled)
		echo_until(l, UINT64_MAX);
}

static void
phase_idle(struct load *l)
{
	size_t all = l->open;

	phase_begin(l, LOAD_IDLE);
	uint64_t end = l->now + l->opt.idle_ns;
	while (l->now < end && l->open == all && !turn(l, end))
		;
	server_memory(l, &l->result.after);
}

static void
phase_close(struct load *l)
{
	uint64_t cpu = server_cpu(l);

	phase_begin(l, LOAD_CLOSE);
	for (size_t i = 0; i < l->begun; i++)
		load_conn_close(l, &l->conns[i]);
	while (l->open > 0 && !stalled(l, "closing", l->open))
		if (turn(l, l->last_byte + l->opt.timeout_ns))
			break;
	if (l->failures == 0)
		l->result.close_cpu_ns = server_cpu(l) - cpu;
}

static int
load_run(struct load *l)
{
	if (phase_connect(l)) {
		if (l->opt.idle_ns > 0)
			phase_idle(l);
		else if (phase_ready(l))
			phase_echo(l);
		if (!l->stalled)
			phase_close(l);
		load_report(l);
	}
	if (l->failures > LOAD_SENTENCES_MAX)
		fprintf(stderr, "cleat load: %" PRIu64 " failures in all\n",
		    l->failures);
	if (l->refusals > 0)
		return EXIT_REFUSED;
	return l->failures > 0 ? EXIT_FAILED : EXIT_FINE;
}

int
load_main(int argc, char **argv)
{
	struct load *l = calloc(1, sizeof(*l));
	int code = l ? load_setup(l, argc, argv) : EXIT_FAILED;

	if (!l)
		fputs("cleat load: out of memory\n", stderr);
	else if (code == LOAD_SETUP_DONE)
		code = load_run(l);
	load_teardown(&l);
	return code;
}
