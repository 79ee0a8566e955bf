/* SPDX-License-Identifier: MIT
 *
 * http_fixture.c - see http_fixture.h.
 */
#include "config.h"

#include "http_fixture.h"

#include <sys/stat.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "http/server.h"
#include "net/arrived.h"
#include "http_client.h"

static struct config *
configure(const struct http_fixture *f, const char *keys)
{
	char file[128];
	struct conf_error err;
	struct config *config;
	FILE *out;

	snprintf(file, sizeof file, "%s/cleat.conf", f->dir);
	out = fopen(file, "w");
	ck_assert_ptr_nonnull(out);
	fprintf(out,
	    "log: { access = false; };\n"
	    "plugins: { dir = \"%s\"; };\n"
	    "http: { root = \"%s/www\"; %s };\nroutes = ();\n",
	    f->dir, f->dir, keys);
	fclose(out);
	ck_assert_msg(
	    config_load(file, true, &config, &err) == 0, "%s", err.text);
	return config;
}

void
http_fixture_start(struct http_fixture *f, const char *keys)
{
	struct config *config;
	char root[80];

	snprintf(f->dir, sizeof f->dir, "/tmp/cleat-http-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(f->dir));
	snprintf(root, sizeof root, "%s/www", f->dir);
	ck_assert_int_eq(mkdir(root, 0755), 0);
	config = configure(f, keys);
	ck_assert_int_eq(http_start(&f->http, config, NULL), 0);
	config_unref(&config);
}

int
http_fixture_reload(struct http_fixture *f, const char *keys)
{
	struct config *config = configure(f, keys);
	int err = http_reload(f->http, config);

	config_unref(&config);
	return err;
}

void
http_fixture_stop(struct http_fixture *f)
{
	char command[128];

	http_stop(&f->http);
	snprintf(command, sizeof command, "rm -rf '%s'", f->dir);
	ck_assert_int_eq(system(command), 0);
}

void
http_fixture_take(
    struct http *http, int fd, const struct sockaddr *from, socklen_t len)
{
	struct arrived a = { .len = len };

	memcpy(&a.from, from, len);
	http_take(http, fd, &a);
}

int
http_fixture_connect(struct http_fixture *f)
{
	struct sockaddr_storage peer;
	socklen_t len;
	int client, server;

	loopback(&client, &server, &peer, &len);
	http_fixture_take(f->http, server, (struct sockaddr *)&peer, len);
	return client;
}

void
http_fixture_put(
    struct http_fixture *f, const char *name, const void *data, size_t n)
{
	char path[256];
	const struct timespec times[2] = { { .tv_sec = 1000000000 },
		{ .tv_sec = 1000000000 } };
	FILE *out;

	snprintf(path, sizeof path, "%s/www/%s", f->dir, name);
	out = fopen(path, "w");
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(data, 1, n, out), n);
	fclose(out);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

const char *
http_fixture_metrics(struct http_fixture *f)
{
	static char text[16384];
	FILE *out = fmemopen(text, sizeof text, "w");

	http_metrics(f->http, out);
	fclose(out);
	return text;
}
