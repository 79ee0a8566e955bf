/* SPDX-License-Identifier: MIT
 *
 * host_rig.h - a host with real handlers, driven by hand: workers without
 * threads, sockets without HTTP, a clock of the rig's own.
 *
 * A guest knocks as http would, and enters with one end of a socket pair;
 * the test speaks frames at the other end.
 */
#ifndef CLEAT_TESTS_HOST_RIG_H
#define CLEAT_TESTS_HOST_RIG_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "host/door.h"
#include "host/host.h"
#include "net/worker.h"

enum { RIG_WORKERS_MAX = 4, GUESTS_MAX = 64 };

struct guest {
	struct knock knock;
	struct host_rig *rig;
	int answered; /* how often */
	struct verdict verdict;
	char *body, *headers, *protocol; /* copies of the verdict's */
	int fd;				 /* -1: not inside */
	unsigned worker;		 /* of those of the rig; once inside */
	uint8_t in[1 << 16];
	size_t len;
};

struct host_rig {
	struct worker *workers[RIG_WORKERS_MAX];
	bool asleep[RIG_WORKERS_MAX]; /* as if something held it */
	unsigned n;
	struct host *host;
	char dir[64];
	struct conf_error err;
	struct guest guests[GUESTS_MAX];
	unsigned n_guests;
};

/* A host without a configuration, and with this many workers. */
void host_rig_init(struct host_rig *, unsigned workers);
/* Loads a configuration of these routes (text of cleat.conf; ${plugins} is
 * the folder of the tests' handlers). host_load()'s answer. */
int host_rig_load(struct host_rig *, const char *more);
int host_rig_check(struct host_rig *, const char *more);
void host_rig_fini(struct host_rig *);

/* Rounds of all workers until nothing happens any more; then host_tend(). */
void host_rig_run(struct host_rig *);
void host_rig_advance(struct host_rig *, uint64_t ms);
/* The same until `fd` is readable, for what other threads do. */
void host_rig_wait(struct host_rig *, int fd);

/* Knocks at a target ("/x?a=b"); headers are "Name: value\n" lines. */
struct guest *
host_rig_knock(struct host_rig *, const char *target, const char *headers);
/* Enters after a 101, leaves after anything else. */
void guest_enter(struct guest *);
void guest_leave(struct guest *);
/* Both at once: fails the test unless the guest is let in. */
struct guest *host_rig_open(struct host_rig *, const char *target);

void guest_say(struct guest *, const char *text);
void guest_say_binary(struct guest *, const void *, size_t);
void guest_hang_up(struct guest *);
/* The next message is this text; or a close with this code; waits for it. */
void guest_expect(struct guest *, const char *text);
void guest_expect_close(struct guest *, int code, const char *reason);
/* The next frame's text, until the next call. */
const char *guest_hear(struct guest *, unsigned *opcode);

/* The value of a line in the metrics; -1: there is none. */
double host_rig_metric(struct host_rig *, const char *line);

/* From the first on the log is kept; the second ends that, and counts its
 * lines with this in them. */
void host_rig_log(struct host_rig *);
int host_rig_logged(struct host_rig *, const char *what);

/* What main() of such a test returns. */
int host_rig_main(const char *suite, void (*set_up)(void),
    void (*tear_down)(void), const TTest *const tests[], size_t n);

#endif
