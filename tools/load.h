/* SPDX-License-Identifier: MIT
 *
 * load.h - what the parts of `cleat load` share.
 *
 * load.c is the life of a run: connect, warm up, run, drain, close. It owns
 * struct load, which load_setup.c makes. load_conn.c is the life of one
 * connection, load_stream.c what carries its bytes, load_handshake.c its
 * beginning, load_wire.c the bytes that it sends and receives, load_grant.c
 * when it may; load_report.c has the words at the end.
 *
 * THREADS: one. MEMORY: a connection keeps no message; both buffers are the
 * run's, because payloads can be made again (payload.h).
 */
#ifndef CLEAT_TOOLS_LOAD_H
#define CLEAT_TOOLS_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "histogram.h"
#include "options.h"
#include "packing.h"
#include "pattern.h"
#include "payload.h"
#include "proc.h"
#include "url.h"

enum {
	LOAD_BUFFER = 512 * 1024,
	LOAD_REQUEST_MAX = 16 * 1024,
	LOAD_SENTENCES_MAX = 10, /* failures told one by one */
};

/* What the command line says. */
struct load_options {
	uint64_t connections, in_flight, messages, connect_parallel, pid;
	uint64_t duration_ns, warmup_ns, idle_ns, timeout_ns;
	struct option_numbers sizes;
	struct option_texts headers;
	uint64_t skip;
	const char *unix_path, *protocol, *origin, *ca;
	const char *first, *ask, *answer;
	unsigned binary; /* of "text|binary" */
	bool json, quiet, fan_out, insecure, deflate;
};

enum load_phase {
	LOAD_CONNECT,
	LOAD_READY, /* greetings are awaited, then, with --fan-out, pongs */
	LOAD_WARMUP,
	LOAD_RUN,
	LOAD_IDLE,
	LOAD_DRAIN, /* answers are awaited, nothing new is sent */
	LOAD_CLOSE,
};

/* What was counted in the measured part of the run. */
struct load_result {
	uint64_t connect_ns, run_ns;
	uint64_t connect_cpu_ns, run_cpu_ns; /* of the server, with --pid */
	uint64_t close_cpu_ns;
	uint64_t messages, bytes;
	struct proc_memory before, after; /* with --pid and --idle */
	size_t before_open;		  /* connections that `before` has */
	struct histogram latency;
};

struct load_conn;
struct load_tls;

struct load {
	struct load_options opt;
	struct url url;
	struct load_tls *tls; /* NULL: plain */
	struct sockaddr_storage addr;
	socklen_t addr_len;
	char *request; /* all of it but the key's line */
	size_t request_len;
	struct payload payload;
	struct pattern ask, answer; /* instead of payload */
	struct packing *packing;    /* with --deflate */
	uint8_t *in, *out;	    /* LOAD_BUFFER bytes each */
	int epoll, signals;

	struct load_conn *conns;
	size_t begun, pending, open, ended; /* connections, by state */

	enum load_phase phase;
	uint64_t now;	      /* of this event, CLOCK_MONOTONIC */
	uint64_t last_byte;   /* when anything was received last */
	uint64_t budget;      /* messages that may still be begun */
	uint64_t outstanding; /* begun or granted, not yet answered */
	uint64_t *arrived;    /* with --fan-out: a ring of in_flight counts */
	size_t greeted;	      /* connections that have had --skip messages */
	size_t ponged;	      /* and that answered the first ping */

	uint64_t failures, refusals;
	bool stalled; /* the server is silent: it is not waited for again */
	struct load_result result;
};

/* Tells one failure on standard error, up to LOAD_SENTENCES_MAX of them. */
void load_failed(struct load *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Messages under way, however many must receive each. */
uint64_t load_messages_due(const struct load *l);

void load_report(const struct load *l);

#endif
