/* SPDX-License-Identifier: MIT
 *
 * front.c - see front.h.
 */
#include "config.h"

#include "front.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define STREAMS "/usr/lib/nginx/modules/ngx_stream_module.so"

enum { TEXT_MAX = 16384, OTHERS_MAX = 256 };

const char *
front_program(const char *name)
{
	static const char *const folders[] = { "/usr/sbin", "/usr/local/sbin",
		"/usr/bin" };
	static char path[128];

	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", folders[i], name);
		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

bool
front_has_streams(void)
{
	return access(STREAMS, R_OK) == 0;
}

void
front_init(struct front *f, bool listening)
{
	const int on = 1;

	f->pid = 0;
	for (int i = 0; i < FRONT_PORTS; i++) {
		struct sockaddr_in at = { .sin_family = AF_INET,
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		socklen_t len = sizeof at;
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, len), 0);
		if (listening)
			ck_assert_int_eq(listen(fd, 128), 0);
		ck_assert_int_eq(
		    getsockname(fd, (struct sockaddr *)&at, &len), 0);
		f->fd[i] = fd;
		f->port[i] = ntohs(at.sin_port);
	}
}

/* Every `from` becomes `to`. */
static void
change(char text[TEXT_MAX], const struct front_change *c)
{
	char copy[TEXT_MAX], *at = text, *found;
	size_t n = 0;

	ck_assert_msg(strstr(text, c->from), "no \"%s\" in: %s", c->from, text);
	while ((found = strstr(at, c->from))) {
		n += (size_t)snprintf(copy + n, sizeof copy - n, "%.*s%s",
		    (int)(found - at), at, c->to);
		at = found + strlen(c->from);
	}
	n += (size_t)snprintf(copy + n, sizeof copy - n, "%s", at);
	ck_assert_uint_lt(n, sizeof copy);
	memcpy(text, copy, n + 1);
}

void
front_configure(
    struct daemon *d, const char *example, const struct front_change *changes)
{
	char path[512], text[TEXT_MAX];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, PROXY_EXAMPLES "/%s", example);
	f = fopen(path, "r");
	ck_assert_msg(f != NULL, "%s", path);
	n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = '\0';
	for (; changes->from; changes++)
		change(text, changes);
	daemon_write(d, example, text, strlen(text));
}

/* The child's: the sockets stay open, what is said goes to a file, and it
 * dies with the test. */
static void
become(const struct front *f, const struct daemon *d, const char *const args[])
{
	char log[256];
	int fd;

	snprintf(log, sizeof log, "%s/front.log", d->dir);
	fd = open(log, O_CREAT | O_WRONLY | O_APPEND, 0600);
	dup2(fd, 1);
	dup2(fd, 2);
	/* Nothing else, least of all where the suite notes its results. */
	for (fd = 3; fd < OTHERS_MAX; fd++)
		if (fd != f->fd[0] && fd != f->fd[1])
			close(fd);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execv(args[0], (char **)(uintptr_t)args);
	_exit(127);
}

static void
start(struct front *f, const struct daemon *d, const char *const args[])
{
	f->pid = fork();
	ck_assert_int_ge(f->pid, 0);
	if (f->pid == 0)
		become(f, d, args);
}

static void
await_listener(int port)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	for (int i = 0; i < PATIENCE_MS; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		int rc = connect(fd, (const struct sockaddr *)&to, sizeof to);

		close(fd);
		if (rc == 0)
			return;
		usleep(1000);
	}
	ck_abort_msg("nobody listens on port %d", port);
}

/* What stands around the example; one process, which changes no user. */
static const char nginx_main[] =
    "%s"
    "daemon off; master_process off; pid %s/nginx.pid;\n"
    "error_log stderr notice;\n"
    "events { worker_connections 256; }\n";
static const char nginx_http[] =
    "http { access_log off;\n"
    "client_body_temp_path %s/body; proxy_temp_path %s/proxy;\n"
    "fastcgi_temp_path %s/fastcgi; uwsgi_temp_path %s/uwsgi;\n"
    "scgi_temp_path %s/scgi;\n"
    "include %s/nginx.conf; }\n";

void
front_start_nginx(struct front *f, struct daemon *d, bool streams)
{
	char text[4096], conf[256];
	const char *dir = d->dir;
	const char *args[] = { NULL, "-p", d->dir, "-e", "stderr", "-c", conf,
		NULL };
	int n = snprintf(text, sizeof text, nginx_main,
	    streams ? "load_module " STREAMS ";\n" : "", dir);

	if (streams)
		n += snprintf(text + n, sizeof text - (size_t)n,
		    "include %s/nginx-stream.conf;\n", dir);
	else
		n += snprintf(text + n, sizeof text - (size_t)n, nginx_http,
		    dir, dir, dir, dir, dir, dir);
	daemon_write(d, "main.conf", text, (size_t)n);
	snprintf(conf, sizeof conf, "%s/main.conf", dir);
	args[0] = front_program("nginx");
	start(f, d, args);
	await_listener(f->port[0]);
}

void
front_start_haproxy(struct front *f, struct daemon *d)
{
	char conf[256];
	const char *args[] = { NULL, "-db", "-f", conf, NULL };

	snprintf(conf, sizeof conf, "%s/haproxy.cfg", d->dir);
	args[0] = front_program("haproxy");
	start(f, d, args);
}

void
front_stop(struct front *f)
{
	int status;

	if (f->pid <= 0)
		return;
	kill(f->pid, SIGKILL);
	waitpid(f->pid, &status, 0);
	f->pid = 0;
	for (int i = 0; i < FRONT_PORTS; i++)
		close(f->fd[i]);
}
