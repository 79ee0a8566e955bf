/* SPDX-License-Identifier: MIT
 *
 * daemon.h - the real cleatd, started for one test.
 *
 * Each daemon has a directory of its own below $TMPDIR with cleat.conf,
 * www/ and plugins/ in it; it listens on ports that the kernel chose. What
 * it prints is read through pipes, so a test waits for a line and never for
 * a time. Everything is removed by daemon_end().
 */
#ifndef CLEAT_TESTS_DAEMON_H
#define CLEAT_TESTS_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PATIENCE_MS = 20000 }; /* after this a wait has failed */

/* Threads that a sanitizer begins before main(), which nothing that is done to
 * one thread and its offspring holds. */
#ifdef __SANITIZE_THREAD__
enum { STRANGERS = 1 };
#else
enum { STRANGERS = 0 };
#endif

/* The route that is enough for most tests. */
#define ECHO_ROUTE "routes = ( { path = \"/echo\"; handler = \"echo\"; } );\n"

struct daemon {
	pid_t pid;
	int port;	 /* of the public listener, 127.0.0.1 */
	int status_port; /* of /metrics; 0: that is a UNIX socket */
	char dir[128];
	char www[160];
	char plugins[160];
	char conf[160];
	int out, err; /* its stdout and stderr */
	char *log;    /* all of stderr so far */
	size_t log_len, log_cap;
	size_t log_seen; /* where daemon_log() goes on */
	char first[512]; /* stdout so far */

	/* Set between daemon_prepare() and the start: */
	unsigned descriptors; /* RLIMIT_NOFILE; 0: as it is */
	int inherit;	      /* a listening socket for LISTEN_FDS; 0: none */
};

/* A fresh directory; no process yet. */
void daemon_prepare(struct daemon *);

/* Puts a handler that the build made into plugins/ under another name;
 * `from` is relative to the build directory. */
void daemon_install(struct daemon *, const char *from, const char *as);

/* Writes a file below the daemon's directory. */
void daemon_write(struct daemon *, const char *name, const void *, size_t);

/* Writes cleat.conf: what every test needs, and then `more`, which is
 * ordinary configuration ("routes = (...);"). */
void daemon_config(struct daemon *, const char *more);

/* Starts it on a port of its own with daemon_config(more), and waits until
 * it listens. */
void daemon_start(struct daemon *, const char *more);
/* The same, but it may refuse: false, and daemon_wait() tells how. */
bool daemon_starts(struct daemon *, const char *more);
/* The same with the cleat.conf that is there and the listeners in it. */
void daemon_start_as_configured(struct daemon *);
bool daemon_starts_as_configured(struct daemon *);

/* Runs `cleatd ARGS...` to its end; its output goes to `text`. The exit
 * status; fails the test when it does not end. */
int daemon_run(char *text, size_t size, const char *const args[]);

/* Waits for a line of the log, after the last one found, that contains all
 * of the words (NULL ends them); fails the test when it does not come. */
const char *
daemon_log(struct daemon *, const char *word, ...) __attribute__((sentinel));

/* The same for a line of stdout that begins with `what`: the port at its
 * end. */
int daemon_announced(struct daemon *, const char *what);

void daemon_signal(struct daemon *, int sig);
/* SIGHUP, and waits until it has been obeyed. */
void daemon_reload(struct daemon *);

/* Waits for its end, by force if need be: the wait status. */
int daemon_wait(struct daemon *);

/* Forgets the log so far: a death that the test has wanted. */
void daemon_forget(struct daemon *);

/* SIGTERM, wait, clean up; the test fails when it does not exit with 0 or a
 * sanitizer has complained. */
void daemon_end(struct daemon *);

/* The value of a metric's line, which begins with `name`; -1: no such. */
double daemon_metric(struct daemon *, const char *name);

/* Waits until a metric has the value. */
void daemon_await(struct daemon *, const char *name, double value);

#endif
