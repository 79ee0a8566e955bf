/* SPDX-License-Identifier: MIT
 *
 * host_rig.c - a host with real handlers, driven by hand.
 */
#include "config.h"

#include "host_rig.h"

#include <arpa/inet.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/request.h"
#include "host/session.h"
#include "host/site.h"
#include "net/loop.h"
#include "../suite.h"
#include "wire/frame.h"

enum { WAIT_MS = 20000, ROUNDS = 10 };

static uint64_t now_ns;

static uint64_t
fake_ns(void)
{
	return now_ns;
}

static void
accepted(struct worker *w, int fd, const struct arrived *a)
{
	(void)w;
	(void)a;
	close(fd);
}

void
host_rig_init(struct host_rig *rig, unsigned workers)
{
	static const struct worker_calls calls = { .conn = &host_conn_calls,
		.accepted = accepted };

	memset(rig, 0, sizeof(*rig));
	now_ns = 1000000000000;
	clock_replace(fake_ns);
	snprintf(rig->dir, sizeof(rig->dir), "/tmp/cleat-host-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(rig->dir));
	rig->n = workers;
	for (unsigned i = 0; i < workers; i++)
		ck_assert_int_eq(worker_new(&rig->workers[i], i, &calls), 0);
	ck_assert_int_eq(host_new(&rig->host, rig->workers, workers), 0);
}

static struct config *
read_config(struct host_rig *rig, const char *more)
{
	struct config *config = NULL;
	char file[128];
	FILE *f;

	snprintf(file, sizeof(file), "%s/cleat.conf", rig->dir);
	f = fopen(file, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "plugins: { dir = \"%s\"; };\n%s\n", TEST_PLUGINS, more);
	fclose(f);
	if (config_load(file, true, &config, &rig->err) != 0)
		ck_abort_msg("%s", rig->err.text);
	unlink(file);
	return config;
}

int
host_rig_load(struct host_rig *rig, const char *more)
{
	struct config *config = read_config(rig, more);
	int result = host_load(rig->host, config, &rig->err);

	config_unref(&config);
	host_rig_run(rig);
	return result;
}

int
host_rig_check(struct host_rig *rig, const char *more)
{
	struct config *config = read_config(rig, more);
	int result = host_check(config, &rig->err);

	config_unref(&config);
	return result;
}

void
host_rig_fini(struct host_rig *rig)
{
	for (unsigned i = 0; i < rig->n_guests; i++) {
		struct guest *g = &rig->guests[i];

		guest_hang_up(g);
		free(g->body);
		free(g->headers);
		free(g->protocol);
	}
	host_rig_run(rig);
	host_stop(rig->host);
	host_free(&rig->host);
	for (unsigned i = 0; i < rig->n; i++)
		worker_free(&rig->workers[i]);
	rmdir(rig->dir);
	clock_replace(NULL);
}

void
host_rig_run(struct host_rig *rig)
{
	for (int round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < rig->n; i++)
			if (!rig->asleep[i])
				worker_round(rig->workers[i], false);
		host_tend(rig->host);
	}
}

void
host_rig_advance(struct host_rig *rig, uint64_t ms)
{
	now_ns += ms * 1000000;
	host_rig_run(rig);
}

void
host_rig_wait(struct host_rig *rig, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (int i = 0; i < WAIT_MS; i++) {
		host_rig_run(rig);
		if (poll(&p, 1, 1) > 0)
			return;
	}
	ck_abort_msg("nothing came");
}

/* --- knocking ----------------------------------------------------------- */

static char *
copy(const char *s)
{
	return s ? strdup(s) : NULL;
}

static void
answer(struct knock *k, const struct verdict *v)
{
	struct guest *g = (struct guest *)(void *)k;

	g->answered++;
	g->verdict = *v;
	g->body = copy(v->body);
	g->headers = copy(v->headers);
	g->protocol = copy(v->protocol);
}

/* Cuts "Name: value\n" lines into pairs. */
static size_t
split_headers(char *line, struct request_header *out, size_t max)
{
	size_t n = 0;

	while (*line && n < max) {
		size_t len = strcspn(line, "\n"), name = strcspn(line, ":");

		ck_assert_uint_lt(name, len);
		out[n++] = (struct request_header){ line, line + name + 2 };
		line[name] = line[len] = '\0';
		line += len + 1;
	}
	return n;
}

static struct request *
make_request(const struct route *row, const char *target, const char *headers)
{
	char path[256], lines[4096];
	struct request_header list[64];
	const char *query = strchr(target, '?');
	const struct sockaddr_in peer = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct request_parts parts = { .method = "GET",
		.peer = (const struct sockaddr *)&peer,
		.target = target,
		.version = "HTTP/1.1",
		.path = path,
		.script_len = route_script_len(row),
		.query = query ? query + 1 : NULL,
		.headers = list,
		.secrets = route_secrets(row) };

	snprintf(path, sizeof(path), "%.*s", (int)strcspn(target, "?"), target);
	snprintf(lines, sizeof(lines), "Host: a.example\n%s",
	    headers ? headers : "");
	parts.n_headers = split_headers(lines, list, 64);
	return request_new(&parts);
}

struct guest *
host_rig_knock(struct host_rig *rig, const char *target, const char *headers)
{
	struct site *site = host_site(rig->host);
	struct guest *g = &rig->guests[rig->n_guests++];
	char path[256];

	ck_assert_uint_le(rig->n_guests, GUESTS_MAX);
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(target, "?"), target);
	g->rig = rig;
	g->fd = -1;
	g->knock.route = site_find(site, path);
	ck_assert_ptr_nonnull(g->knock.route);
	route_ref(g->knock.route);
	site_unref(&site);
	g->knock.request = make_request(g->knock.route, target, headers);
	g->knock.answer = answer;
	door_knock(&g->knock);
	host_rig_run(rig);
	return g;
}

void
guest_enter(struct guest *g)
{
	struct relay *plain = NULL;
	int pair[2];

	ck_assert_int_eq(g->answered, 1);
	ck_assert_int_eq(g->verdict.status, 101);
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	g->fd = pair[0];
	while (
	    g->rig->workers[g->worker] != session_route(g->knock.conn)->worker)
		g->worker++;
	door_enter(&g->knock, pair[1], &plain, NULL, 0);
	route_unref(&g->knock.route);
	host_rig_run(g->rig);
}

void
guest_leave(struct guest *g)
{
	door_leave(&g->knock);
	route_unref(&g->knock.route);
	host_rig_run(g->rig);
}

struct guest *
host_rig_open(struct host_rig *rig, const char *target)
{
	struct guest *g = host_rig_knock(rig, target, NULL);

	guest_enter(g);
	return g;
}

/* --- speaking ----------------------------------------------------------- */

static void
say(struct guest *g, unsigned opcode, const void *data, size_t n)
{
	static const uint8_t key[4]; /* zero masks nothing */
	uint8_t frame[FRAME_CLIENT_MAX + 8192];
	size_t head = frame_put_masked(frame, FRAME_FIN | opcode, n, key);

	ck_assert_uint_le(n, 8192);
	memcpy(frame + head, data, n);
	ck_assert_int_eq(write(g->fd, frame, head + n), (ssize_t)(head + n));
	host_rig_run(g->rig);
}

void
guest_say(struct guest *g, const char *text)
{
	say(g, WS_OP_TEXT, text, strlen(text));
}

void
guest_say_binary(struct guest *g, const void *data, size_t n)
{
	say(g, WS_OP_BINARY, data, n);
}

void
guest_hang_up(struct guest *g)
{
	if (g->fd >= 0)
		close(g->fd);
	g->fd = -1;
	host_rig_run(g->rig);
}

/* Is a whole frame there? Its length, header included, or 0. */
static size_t
whole_frame(const struct guest *g, struct frame *f)
{
	int head = frame_parse(f, g->in, g->len, 0);

	ck_assert_int_ge(head, 0);
	return head > 0 && g->len - (size_t)head >= f->len
		   ? (size_t)head + f->len
		   : 0;
}

const char *
guest_hear(struct guest *g, unsigned *opcode)
{
	static char text[1 << 16];
	struct frame f;
	size_t n;

	while ((n = whole_frame(g, &f)) == 0) {
		ssize_t got;

		host_rig_wait(g->rig, g->fd);
		got = read(g->fd, g->in + g->len, sizeof(g->in) - g->len);
		ck_assert_int_gt(got, 0);
		g->len += (size_t)got;
	}
	memcpy(text, g->in + n - f.len, f.len);
	text[f.len] = '\0';
	memmove(g->in, g->in + n, g->len - n);
	g->len -= n;
	*opcode = f.opcode;
	return text;
}

void
guest_expect(struct guest *g, const char *text)
{
	unsigned opcode;

	ck_assert_str_eq(guest_hear(g, &opcode), text);
	ck_assert_uint_ne(opcode, WS_OP_CLOSE);
}

void
guest_expect_close(struct guest *g, int code, const char *reason)
{
	unsigned opcode;
	const uint8_t *said = (const void *)guest_hear(g, &opcode);

	ck_assert_uint_eq(opcode, WS_OP_CLOSE);
	ck_assert_int_eq(said[0] << 8 | said[1], code);
	ck_assert_str_eq((const char *)said + 2, reason);
}

double
host_rig_metric(struct host_rig *rig, const char *line)
{
	char *text = NULL, *at;
	double value = -1;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	host_metrics(rig->host, f);
	fclose(f);
	for (at = text; (at = strstr(at, line)) != NULL; at++)
		if ((at == text || at[-1] == '\n') && at[strlen(line)] == ' ')
			value = strtod(at + strlen(line), NULL);
	free(text);
	return value;
}

static const char *
log_file(const struct host_rig *rig)
{
	static char file[sizeof(rig->dir) + 8];

	snprintf(file, sizeof(file), "%s/log", rig->dir);
	return file;
}

void
host_rig_log(struct host_rig *rig)
{
	const struct log_options options = { .file = log_file(rig) };

	ck_assert_int_eq(log_start(&options), 0);
}

int
host_rig_logged(struct host_rig *rig, const char *what)
{
	char line[1024];
	int n = 0;
	FILE *f;

	log_stop();
	f = fopen(log_file(rig), "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, what) != NULL;
	fclose(f);
	unlink(log_file(rig));
	return n;
}

int
host_rig_main(const char *suite, void (*set_up)(void), void (*tear_down)(void),
    const TTest *const tests[], size_t n)
{
	Suite *s = suite_create(suite);
	TCase *t = suite_case(s, suite);

	tcase_add_checked_fixture(t, set_up, tear_down);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(t, tests[i]);
	return suite_run_forked(s);
}
