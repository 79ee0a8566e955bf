/* SPDX-License-Identifier: MIT
 *
 * daemon.c - see daemon.h.
 */
#include "config.h"

#include "daemon.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw.h"

/* The build directory; automake runs tests in it. */
static const char cleatd[] = "./cleatd";

void
daemon_prepare(struct daemon *d)
{
	const char *tmp = getenv("TMPDIR");

	memset(d, 0, sizeof *d);
	d->out = d->err = -1;
	umask(022); /* or the handlers in it would be refused */
	snprintf(
	    d->dir, sizeof d->dir, "%s/cleat-test-XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(d->dir));
	snprintf(d->www, sizeof d->www, "%s/www", d->dir);
	snprintf(d->plugins, sizeof d->plugins, "%s/plugins", d->dir);
	snprintf(d->conf, sizeof d->conf, "%s/cleat.conf", d->dir);
	ck_assert_int_eq(mkdir(d->www, 0755), 0);
	ck_assert_int_eq(mkdir(d->plugins, 0755), 0);
	daemon_install(d, "plugins/echo.so", "echo.so");
}

static void
copy(const char *from, const char *to, mode_t mode)
{
	char buf[65536];
	size_t n;
	FILE *in = fopen(from, "re"), *out = fopen(to, "we");

	ck_assert_msg(in && out, "%s to %s: %s", from, to, strerror(errno));
	while ((n = fread(buf, 1, sizeof buf, in)) > 0)
		ck_assert_uint_eq(fwrite(buf, 1, n, out), n);
	fclose(in);
	ck_assert_int_eq(fchmod(fileno(out), mode), 0);
	ck_assert_int_eq(fclose(out), 0);
}

void
daemon_install(struct daemon *d, const char *from, const char *as)
{
	char to[512], part[520];

	/* A new file takes the name, as `install` and `mv` do it: a handler
	 * that is in use must not change under its user. */
	snprintf(to, sizeof to, "%s/%s", d->plugins, as);
	snprintf(part, sizeof part, "%s.part", to);
	copy(from, part, 0755);
	ck_assert_int_eq(rename(part, to), 0);
}

void
daemon_write(struct daemon *d, const char *name, const void *data, size_t n)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s", d->dir, name);
	FILE *f = fopen(path, "we");
	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	ck_assert_uint_eq(fwrite(data, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

void
daemon_config(struct daemon *d, const char *more)
{
	char text[65536];

	int n = snprintf(text, sizeof text,
	    "%s%s"
	    "plugins: { dir = \"plugins\"; };\n"
	    "%s\n",
	    strstr(more, "http:") ? "" : "http: { root = \"www\"; };\n",
	    strstr(more, "status:") ? "" : "status: { port = 0; };\n", more);
	ck_assert_int_lt(n, (int)sizeof text);
	daemon_write(d, "cleat.conf", text, (size_t)n);
}

/* In the child: what the test has asked for beside the arguments. */
static void
furnish(const struct daemon *d)
{
	struct rlimit limit = { d->descriptors, d->descriptors };
	char pid[16];

	if (d->inherit > 0) {
		snprintf(pid, sizeof pid, "%d", (int)getpid());
		setenv("LISTEN_PID", pid, 1);
		setenv("LISTEN_FDS", "1", 1);
		if (d->inherit != 3)
			dup2(d->inherit, 3);
		fcntl(3, F_SETFD, 0);
	}
	if (d->descriptors > 0)
		setrlimit(RLIMIT_NOFILE, &limit);
}

/* Starts cleatd with its output in pipes. */
static void
spawn(struct daemon *d, const char *const args[])
{
	int out[2], err[2];

	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(err, O_CLOEXEC), 0);
	(void)fcntl(err[0], F_SETPIPE_SZ, 1 << 20);
	d->pid = fork();
	ck_assert_int_ge(d->pid, 0);
	if (d->pid == 0) {
		/* A test that fails leaves no daemon behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(out[1], 1);
		dup2(err[1], 2);
		furnish(d);
		execv(cleatd, (char **)(uintptr_t)args);
		_exit(127);
	}
	close(out[1]);
	close(err[1]);
	d->out = out[0];
	d->err = err[0];
}

static bool
wait_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, PATIENCE_MS) == 1;
}

/* Reads on from stderr; false at its end. */
static bool
read_log(struct daemon *d)
{
	if (d->log_cap - d->log_len < 4096) {
		d->log_cap = 2 * d->log_cap + 65536;
		d->log = realloc(d->log, d->log_cap);
		ck_assert_ptr_nonnull(d->log);
		d->log[d->log_len] = '\0';
	}
	ssize_t n =
	    read(d->err, d->log + d->log_len, d->log_cap - d->log_len - 1);
	if (n <= 0)
		return false;
	d->log_len += (size_t)n;
	d->log[d->log_len] = '\0';
	return true;
}

/* The end of what was logged: libcheck takes no message above 4 KiB, and a
 * sanitizer's report is the last thing a daemon says. */
static const char *
log_end(const struct daemon *d)
{
	const size_t shown = 3000;

	if (!d->log)
		return "";
	return d->log_len > shown ? d->log + d->log_len - shown : d->log;
}

/* The port at the end of a line of stdout; -1: it will not say so. One that
 * neither says it nor ends is killed, so that its log has an end. */
static int
announced(struct daemon *d, const char *what)
{
	for (;;) {
		const char *at = strstr(d->first, what);
		const char *end = at ? strchr(at, '\n') : NULL;
		if (end) {
			while (end > at && *end != ':')
				end--;
			return (int)strtol(end + 1, NULL, 10);
		}
		size_t have = strlen(d->first);
		bool silent = !wait_readable(d->out);
		ssize_t n = silent ? 0
				   : read(d->out, d->first + have,
					 sizeof d->first - have - 1);
		if (silent)
			kill(d->pid, SIGKILL);
		if (n <= 0)
			return -1;
		d->first[have + (size_t)n] = '\0';
	}
}

int
daemon_announced(struct daemon *d, const char *what)
{
	int port = announced(d, what);

	if (port < 0) {
		kill(d->pid, SIGKILL);
		while (read_log(d))
			;
		ck_abort_msg("cleatd did not say \"%s\": %s", what, log_end(d));
	}
	return port;
}

static void
start(struct daemon *d, const char *const args[])
{
	spawn(d, args);
	d->port = daemon_announced(d, "listening on http");
	d->status_port = daemon_announced(d, "status on ");
}

void
daemon_start(struct daemon *d, const char *more_config)
{
	const char *const args[] = { cleatd, "-c", d->conf, "-l", "127.0.0.1:0",
		NULL };

	daemon_config(d, more_config);
	start(d, args);
}

/* False when it refuses to. */
static bool
starts(struct daemon *d, const char *const args[])
{
	spawn(d, args);
	d->port = announced(d, "listening on http://");
	d->status_port = d->port < 0 ? -1 : announced(d, "status on ");
	return d->port >= 0;
}

bool
daemon_starts(struct daemon *d, const char *more_config)
{
	const char *const args[] = { cleatd, "-c", d->conf, "-l", "127.0.0.1:0",
		NULL };

	daemon_config(d, more_config);
	return starts(d, args);
}

bool
daemon_starts_as_configured(struct daemon *d)
{
	const char *const args[] = { cleatd, "-c", d->conf, NULL };

	return starts(d, args);
}

void
daemon_start_as_configured(struct daemon *d)
{
	const char *const args[] = { cleatd, "-c", d->conf, NULL };

	start(d, args);
}

int
daemon_run(char *text, size_t size, const char *const args[])
{
	struct daemon d = { .out = -1, .err = -1 };
	const char *argv[16] = { cleatd };
	int status, n = 0;
	bool silent;

	while (args[n] && n < 14) {
		argv[n + 1] = args[n];
		n++;
	}
	spawn(&d, argv);
	do
		silent = !wait_readable(d.err);
	while (!silent && read_log(&d));
	if (silent)
		kill(d.pid, SIGKILL); /* it serves, as it should not */
	size_t have = 0;
	ssize_t got;
	while (have + 1 < size &&
	       (got = read(d.out, text + have, size - have - 1)) > 0)
		have += (size_t)got;
	snprintf(text + have, size - have, "%s", log_end(&d));
	ck_assert_int_eq(waitpid(d.pid, &status, 0), d.pid);
	close(d.out);
	close(d.err);
	free(d.log);
	ck_assert_msg(WIFEXITED(status), "ended by signal %d: %s",
	    WTERMSIG(status), text);
	return WEXITSTATUS(status);
}

/* Does the line contain all words? */
static bool
line_has(const char *line, const char *word, va_list words)
{
	va_list ap;
	bool all = true;

	va_copy(ap, words);
	for (const char *w = word; w; w = va_arg(ap, const char *))
		all = all && strstr(line, w);
	va_end(ap);
	return all;
}

const char *
daemon_log(struct daemon *d, const char *word, ...)
{
	static char found[8192];
	va_list ap;

	va_start(ap, word);
	for (;;) {
		const char *line = d->log ? d->log + d->log_seen : NULL;
		const char *end = line ? strchr(line, '\n') : NULL;
		if (end) {
			size_t n = (size_t)(end - line);
			d->log_seen += n + 1;
			if (n >= sizeof found)
				n = sizeof found - 1;
			memcpy(found, line, n);
			found[n] = '\0';
			if (line_has(found, word, ap))
				break;
		} else if (!wait_readable(d->err) || !read_log(d)) {
			ck_abort_msg(
			    "no line says \"%s\" in: %s", word, log_end(d));
		}
	}
	va_end(ap);
	return found;
}

void
daemon_signal(struct daemon *d, int sig)
{
	ck_assert_int_eq(kill(d->pid, sig), 0);
}

void
daemon_reload(struct daemon *d)
{
	daemon_signal(d, SIGHUP);
	daemon_log(d, " reloaded ", NULL);
}

int
daemon_wait(struct daemon *d)
{
	bool silent;
	int status = 0;

	do
		silent = !wait_readable(d->err);
	while (!silent && read_log(d));
	if (silent)
		kill(d->pid, SIGKILL); /* it does not end, as it should */
	ck_assert_int_eq(waitpid(d->pid, &status, 0), d->pid);
	d->pid = 0;
	return status;
}

void
daemon_forget(struct daemon *d)
{
	d->log_len = d->log_seen = 0;
	if (d->log)
		d->log[0] = '\0';
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

void
daemon_end(struct daemon *d)
{
	if (d->pid > 0) {
		daemon_signal(d, SIGTERM);
		int status = daemon_wait(d);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		    "cleatd ended with %#x: %s", (unsigned)status, log_end(d));
	}
	ck_assert_msg(
	    !d->log || !strstr(d->log, "Sanitizer"), "%s", log_end(d));
	close(d->out);
	close(d->err);
	free(d->log);
	nftw(d->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

double
daemon_metric(struct daemon *d, const char *name)
{
	struct raw r;
	char head[4096], *body = calloc(1, 1 << 20);
	double value = -1;
	size_t n = strlen(name);

	ck_assert_ptr_nonnull(body);
	raw_open(&r, d->status_port);
	ck_assert_int_eq(raw_request(&r, "GET /metrics",
			     "Connection: close\r\n", head, sizeof head),
	    200);
	raw_take(&r, body, (1 << 20) - 1);
	raw_shut(&r);
	for (char *line = body; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, n) == 0 && line[n] == ' ') {
			value = strtod(line + n, NULL);
			break;
		}
	}
	free(body);
	return value;
}

void
daemon_await(struct daemon *d, const char *name, double value)
{
	double seen = -1;

	/* Each question is an exchange with the daemon, so this is paced by
	 * its answers. */
	for (int i = 0; i < 20000; i++)
		if ((seen = daemon_metric(d, name)) == value)
			return;
	ck_abort_msg("%s is %g, not %g", name, seen, value);
}
