/* SPDX-License-Identifier: MIT
 *
 * test_nth.c - the n-th call that asks the system for something fails, for
 * every kind of call and every n.
 *
 * Whatever it was, cleatd refuses to start with a line that says why, or goes
 * on: who is in the middle of something is answered, told of an error or loses
 * the connection, all others are served, and it ends with 0, having lost
 * nothing that a sanitizer would find.
 *
 * Of the allocations some are tried, and of all else nearly all. The variable
 * CLEAT_NTH asks for others: "all", "memory" (all of a kind), "memory:17".
 */
#include "config.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"
#include "nth.h"
#include "raw.h"
#include "secure.h"
#include "suite.h"
#include "tunnel.h"

enum {
	FIRST = 40,
	SAMPLE = 40,
	ALL = 1 << 30,
	LARGE = 300000,
	FILE_SIZE = 100000
};

/* ThreadSanitizer lets nobody stand before it. */
#ifdef __SANITIZE_THREAD__
enum { JEALOUS = 1 };
#else
enum { JEALOUS = 0 };
#endif

#define ROUTES                                                          \
	"{ path = \"/echo\"; handler = \"echo\"; },"                    \
	"{ path = \"/chat/*\"; handler = \"chat-hub\"; "                \
	"config: { rooms = [ \"lobby\" ]; }; },"                        \
	"{ path = \"/api\"; handler = \"json-router\"; config: { "      \
	"routes = ( { type = \"say\"; do = \"publish\"; store = true; " \
	"topic = \"room/${payload.room}\"; } ); "                       \
	"subscribe = ( { topic = \"room/*\"; } ); }; },"                \
	"{ path = \"/token\"; handler = \"echo\";"                      \
	"auth: { tokens = \"tokens\"; query = \"token\"; }; },"         \
	"{ path = \"/jwt\"; handler = \"echo\"; auth: { jwt: {"         \
	"keys = \"keys.json\"; }; query = \"token\"; }; }"
#define BASE                                                           \
	"workers = 2; job_threads = 1;\n"                              \
	"sandbox: { allow_read = [ \"" NTH_SUPPRESSIONS "\" ]; };\n"   \
	"status: { port = 0; publish = true; };\n"                     \
	"listen = ( { address = \"127.0.0.1\"; port = 0; },"           \
	"  { address = \"127.0.0.1\"; port = 0; tls: { " SECURE_FILES( \
	    "one") " }; } );\n"
#define CONFIG BASE "routes = (" ROUTES ");\n"
/* Another json-router: loaded beside the first, which ends. */
#define NEXT                     \
	BASE "routes = (" ROUTES \
	     ", { path = \"/more\"; handler = \"echo\"; } );\n"

static const char *const names[NTH_COUNT] = {
#define KIND(NAME, name, err) [NTH_##NAME] = name,
	NTH_KINDS(KIND)
#undef KIND
};

static struct daemon d;
static struct nth *page;
static int tls_port;
static bool busy; /* a run has not come to its end */
static char body[LARGE + 1];

/* --- a visit that anything may happen to ---------------------------------- */

/* The next message with one of two parts in it; false: the end came first. */
static bool
hear(struct raw *r, const char *part, const char * or)
{
	for (;;) {
		struct raw_frame f = raw_next(r);

		if (f.opcode < 0 || f.opcode == 8)
			return false;
		if (strstr((char *)f.data, part) ||
		    (or &&strstr((char *)f.data, or)))
			return true;
	}
}

static bool
ask(struct raw *r, const char *message, const char *part)
{
	raw_text(r, message);
	return hear(r, part, "\"error\"");
}

/* Is it open? If not, nobody has been told that it was his fault, or at most
 * in this way. */
static bool
enter_or(struct raw *r, const char *path, int told)
{
	int status;

	raw_open(r, d.port);
	status = raw_upgrade(r, path, NULL);
	ck_assert_msg(
	    status == 0 || status == 101 || status >= 500 || status == told,
	    "%d", status);
	if (status != 101)
		raw_shut(r);
	return status == 101;
}

static bool
enter(struct raw *r, const char *path)
{
	return enter_or(r, path, 0);
}

static void
leave(struct raw *r)
{
	if (r->fd < 0)
		return;
	raw_close(r, 1000, "");
	while (raw_next(r).opcode >= 0)
		;
	raw_shut(r);
}

static bool
visit_echo(void)
{
	struct raw r;
	bool well = enter(&r, "/echo");

	if (well)
		raw_text(&r, "hello");
	well = well && hear(&r, "hello", NULL);
	if (well)
		raw_frame(&r, 0x82, body, LARGE);
	well = well && hear(&r, body, NULL);
	leave(&r);
	return well;
}

#define JOIN "{\"type\":\"join\",\"room\":\"lobby\",\"id\":\"j\"}"
#define SAY  "{\"type\":\"say\",\"room\":\"lobby\",\"text\":\"x\",\"id\":\"s\"}"
#define SUBSCRIBE                                                             \
	"{\"type\":\"subscribe\",\"id\":\"s\",\"payload\":{\"topic\":\"room/" \
	"a\"}}"
#define PUBLISH "{\"type\":\"say\",\"id\":\"p\",\"payload\":{\"room\":\"a\"}}"

static bool
visit_chat(void)
{
	struct raw a, b;
	bool well = enter(&a, "/chat/"), other = enter(&b, "/chat/");

	well = well && ask(&a, JOIN, "\"joined\"");
	other = other && ask(&b, JOIN, "\"joined\"");
	well = well && ask(&a, SAY, "\"ack\"");
	other = other && ask(&b, SAY, "\"ack\"");
	leave(&a);
	leave(&b);
	return well && other;
}

static bool
visit_api(void)
{
	struct raw a, b;
	bool well = enter(&a, "/api"), other = enter(&b, "/api");

	well = well && ask(&a, SUBSCRIBE, "\"complete\"");
	other = other && ask(&b, PUBLISH, "\"id\":\"p\"");
	leave(&a);
	leave(&b);
	return well && other;
}

/* A token, and one that is signed with the key in KEYS. */
#define TOKENS                                                            \
	"ann 13f2f346cba975a33cb554bbaec221da37f9b0c62d3a8795eea5ec01453" \
	"eb5f0 role=admin\n"
#define KEYS                                             \
	"{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS256\"," \
	"\"k\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\"}]}"
#define SIGNED                                                            \
	"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbm4iLCJleHAiOj" \
	"QxMDI0NDQ4MDB9.QUBG8ORn79WF-qLlBM0DYBJAepMsIRX3NJGSMMdYxBo"

/* Whoever shows a good one comes in, or is told of an error of the server. JSON
 * that jansson has no memory for is none, for it does not say why. */
static bool
visit_guarded(void)
{
	static const char *const paths[] = { "/token?token=nth-token-of-ann",
		"/jwt?token=" SIGNED };
	bool all = true;

	for (size_t i = 0; i < 2; i++) {
		struct raw r;
		bool well = enter_or(&r, paths[i], i == 1 ? 401 : 0);

		if (well)
			raw_text(&r, "hello");
		all &= well && hear(&r, "hello", NULL);
		leave(&r);
	}
	return all;
}

/* A file and the metrics. Less than all of it is a connection that ends. */
static bool
visit_page(void)
{
	char head[4096], *got = calloc(1, FILE_SIZE);
	struct raw r;
	size_t n = 0;
	int status;

	raw_open(&r, d.port);
	status = raw_request(&r, "GET /page", NULL, head, sizeof head);
	ck_assert_msg(
	    status == 0 || status == 200 || status >= 500, "%s", head);
	if (status == 200)
		n = raw_take(&r, got, FILE_SIZE);
	ck_assert_mem_eq(got, body, n);
	free(got);
	raw_shut(&r);
	if (d.status_port > 0) {
		raw_open(&r, d.status_port);
		(void)raw_request(&r, "GET /metrics", "Connection: close\r\n",
		    head, sizeof head);
		raw_shut(&r);
	}
	return n == FILE_SIZE;
}

/* The echo and the page again, with a session. */
static bool
visit_tls(void)
{
	static struct tunnel t;
	struct raw *r = &t.raw;
	bool well;
	int status;

	if (tunnel_try(&t, tls_port, NULL) != 0)
		return false;
	status = raw_upgrade(r, "/echo", NULL);
	ck_assert_msg(
	    status == 0 || status == 101 || status >= 500, "%d", status);
	well = status == 101;
	if (well) {
		raw_frame(r, 0x82, body, LARGE);
		well = hear(r, body, NULL);
		raw_close(r, 1000, "");
		while (raw_next(r).opcode >= 0)
			;
	}
	tunnel_shut(&t);
	return well;
}

/* A program publishes. */
static bool
visit_status(void)
{
	char head[4096];
	struct raw r;
	int status;

	if (d.status_port <= 0)
		return false;
	raw_open(&r, d.status_port);
	raw_puts(&r, "POST /publish/api/room/a HTTP/1.1\r\nHost: a\r\n"
		     "Content-Type: text/plain\r\nContent-Length: 5\r\n"
		     "Connection: close\r\n\r\nhello");
	status = raw_head(&r, head, sizeof head);
	ck_assert_msg(
	    status == 0 || status / 100 == 2 || status == 429 || status >= 500,
	    "%s", head);
	raw_shut(&r);
	return status / 100 == 2;
}

static bool
visit_all(void)
{
	bool echo = visit_echo(), chat = visit_chat(), api = visit_api();
	bool tls = visit_tls(), status = visit_status();

	bool guarded = visit_guarded();

	return visit_page() && echo && chat && api && tls && status && guarded;
}

/* --- a run ------------------------------------------------------------------ */

static bool
failed(void)
{
	return page->n > 0 && atomic_load(&page->failed);
}

/* It refused to start: with a status that says so, and a line. */
static void
expect_refusal(void)
{
	int status = daemon_wait(&d);

	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) != 0 &&
			  WEXITSTATUS(status) < 100,
	    "ended with %#x", (unsigned)status);
	ck_assert(failed() && d.log && strchr(d.log, '\n'));
}

static void
end_run(void)
{
	daemon_end(&d);
	busy = false;
}

/* Starts, serves and stops with the n-th call of a kind failing; false: it
 * does not come to that. */
static bool
run(unsigned kind, unsigned n)
{
	char keys[sizeof d.dir + 16];

	memset(page, 0, sizeof *page);
	busy = true;
	page->kind = kind;
	page->n = n;
	daemon_prepare(&d);
	daemon_install(&d, "plugins/chat-hub.so", "chat-hub.so");
	daemon_install(&d, "plugins/json-router.so", "json-router.so");
	daemon_write(&d, "www/page", body, FILE_SIZE);
	snprintf(keys, sizeof keys, "%s/keys.json", d.dir);
	daemon_write(&d, "tokens", TOKENS, strlen(TOKENS));
	daemon_write(&d, "keys.json", KEYS, strlen(KEYS));
	ck_assert_int_eq(chmod(keys, 0600), 0);
	daemon_config(&d, CONFIG);
	if (!daemon_starts_as_configured(&d)) {
		expect_refusal();
		end_run();
		return true;
	}
	tls_port = daemon_announced(&d, "listening on https");

	bool well = visit_all();

	ck_assert(well || failed());
	daemon_config(&d, NEXT);
	daemon_signal(&d, SIGHUP);
	daemon_log(&d, "reload", NULL);
	if (failed())
		ck_assert_msg(visit_all(), "it has not recovered");
	end_run();
	return failed();
}

/* --- which -------------------------------------------------------------------- */

/* A sanitizer would rather be the first. */
static void
allow_preload(void)
{
	const char *options = getenv("ASAN_OPTIONS");
	char all[1024];

	snprintf(all, sizeof all, "%s:verify_asan_link_order=0",
	    options ? options : "");
	setenv("ASAN_OPTIONS", all, 1);
	setenv("LSAN_OPTIONS",
	    "print_suppressions=0:suppressions=" NTH_SUPPRESSIONS, 1);
}

static void
start(void)
{
	char file[64];
	int fd = memfd_create("nth", MFD_CLOEXEC);

	ck_assert(fd >= 0 && ftruncate(fd, sizeof *page) == 0);
	page =
	    mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(page, MAP_FAILED);
	snprintf(file, sizeof file, "/proc/%d/fd/%d", (int)getpid(), fd);
	setenv(NTH_FILE, file, 1);
	setenv("LD_PRELOAD", "./tests/e2e/nth_preload.so", 1);
	allow_preload();
	memset(body, 'x', LARGE);
}

static void
finish(void)
{
	unsetenv("LD_PRELOAD");
	if (d.pid > 0) {
		kill(d.pid, SIGKILL);
		(void)daemon_wait(&d);
	}
	if (busy)
		fprintf(stderr, "%s:%u failed in\n%s%s\n", names[page->kind],
		    page->n, page->where, d.log ? d.log : "");
	busy = false;
}

/* What the environment asks for; 0: nothing, else the n, or ALL. */
static unsigned
wish(unsigned kind)
{
	const char *asked = getenv("CLEAT_NTH");
	size_t n = strcspn(asked, ":");

	if (strcmp(asked, "all") == 0 || strcmp(asked, names[kind]) == 0)
		return ALL;
	if (n != strlen(names[kind]) || strncmp(asked, names[kind], n) != 0)
		return 0;
	return (unsigned)strtoul(asked + n + 1, NULL, 10);
}

static void
run_all(unsigned kind)
{
	for (unsigned n = 1; run(kind, n); n++)
		;
}

/* The first ones, with which it does not come far, and then some. */
static void
run_some(unsigned kind, unsigned total)
{
	for (unsigned n = 1; n <= total && n <= FIRST; n++)
		run(kind, n);
	for (unsigned i = 1; i <= SAMPLE && total > FIRST; i++)
		run(kind, FIRST + i * (total - FIRST) / SAMPLE);
}

START_TEST(nobody_notices)
{
	unsigned kind = (unsigned)_i;
	unsigned n = getenv("CLEAT_NTH") ? wish(kind) : ALL;

	if (n == ALL) {
		run(kind, 0);
		ck_assert_uint_gt(page->calls[kind], 0);
	}
	if (n == ALL && !getenv("CLEAT_NTH"))
		run_some(kind, page->calls[kind]);
	else if (n == ALL)
		run_all(kind);
	else if (n > 0)
		run(kind, n);
}
END_TEST

int
main(void)
{
	if (JEALOUS)
		return 77; /* skipped */

	Suite *s = suite_create("nth");
	TCase *c = suite_case(s, "calls");

	tcase_add_checked_fixture(c, start, finish);
	tcase_add_loop_test(c, nobody_notices, 0, NTH_COUNT);
	return suite_run(s);
}
