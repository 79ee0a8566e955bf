/* SPDX-License-Identifier: MIT
 *
 * captive.c - a handler that tries the bars of the sandbox.
 *
 * A message is a command and its argument; the answer is the command and what
 * the system said to it, "read=0" or "read=EACCES". With the key `file` it
 * reads that file when it is loaded, and does not load where it may not.
 */
#define _GNU_SOURCE
#include <cleat.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int
try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int
read_it(const char *path)
{
	return try_open(path, O_RDONLY);
}

static int
make_it(const char *path)
{
	return try_open(path, O_WRONLY | O_CREAT);
}

static int
remove_it(const char *path)
{
	return unlink(path) < 0 ? errno : 0;
}

/* To a port of this machine. */
static int
connect_to(const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), err;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)strtol(port, NULL, 10));
	err = connect(fd, (struct sockaddr *)&to, sizeof to) < 0 ? errno : 0;
	close(fd);
	return err;
}

/* In a child; what it could not become it says by its exit status. */
static int
run(const char *path)
{
	char *const argv[] = { NULL, NULL }, *const envp[] = { NULL };
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (pid == 0) {
		execve(path, argv, envp);
		_exit(errno);
	}
	if (waitpid(pid, &status, 0) < 0)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

/* The number of a call, with arguments that no kernel takes. */
static int
call(const char *number)
{
	return syscall(strtol(number, NULL, 10), -1L, -1L, -1L, -1L, -1L, -1L) <
		       0
		   ? errno
		   : 0;
}

static const struct {
	const char *word;
	int (*try)(const char *arg);
} commands[] = { { "read", read_it }, { "make", make_it },
	{ "remove", remove_it }, { "connect", connect_to }, { "run", run },
	{ "call", call } };

static void
on_message(cleat_conn *c, int kind, const void *data, size_t len)
{
	char text[512], *arg;

	(void)kind;
	if (len >= sizeof text)
		return;
	memcpy(text, data, len);
	text[len] = '\0';
	arg = strchr(text, ' ');
	if (!arg)
		return;
	*arg++ = '\0';
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (strcmp(text, commands[i].word) == 0) {
			int err = commands[i].try(arg);

			cleat->sendf(
			    c, "%s=%s", text, err ? strerrorname_np(err) : "0");
		}
}

static int
on_load(cleat_route *r)
{
	const cleat_conf *conf = cleat->conf(r);
	const char *file = cleat->conf_str(conf, "file", NULL);

	if (file && read_it(file) != 0)
		return cleat->conf_fail(
		    r, conf, "file", "%s: %s", file, strerror(read_it(file)));
	return 0;
}

CLEAT_HANDLER("captive", "1.0", .on_message = on_message, .on_load = on_load)
