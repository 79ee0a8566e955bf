/* SPDX-License-Identifier: MIT
 *
 * load_setup.c - the options of `cleat load`, and all that a run needs
 * before its first connection: address, request, buffers, descriptors.
 *
 * The limit of open files is raised as far as it goes; where that is too
 * little for the connections asked for, the run is refused at once instead
 * of failing somewhere in the middle.
 *
 * THREADS: one. MEMORY: fills struct load; load_teardown() frees it.
 */
#include "config.h"

#include "load_setup.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "load_conn.h"
#include "verbs.h"

enum { DESCRIPTORS_OF_OUR_OWN = 16 };

#define AT(field) offsetof(struct load_options, field)
#define DAY	  (86400 * OPTIONS_SECONDS)

static const struct option_row rows[] = {
	{ 'c', "connections", "N", OPTION_NUMBER, AT(connections), 1, 1000000,
	    "connections to open (default 1)" },
	{ 's', "size", "N[,N]...", OPTION_NUMBERS, AT(sizes), 0, 256 << 20,
	    "bytes of a message, K or M; of several in turn (default 20)" },
	{ 'p', "in-flight", "N", OPTION_NUMBER, AT(in_flight), 1, 65536,
	    "messages in flight on each connection (default 1)" },
	{ 'd', "duration", "SECONDS", OPTION_SECONDS, AT(duration_ns), 1,
	    365 * DAY, "how long to measure (default 5)" },
	{ 'n', "messages", "N", OPTION_NUMBER, AT(messages), 1, UINT64_MAX / 2,
	    "end after N messages in all, instead of --duration" },
	{ 'f', "fan-out", NULL, OPTION_FLAG, AT(fan_out), 0, 0,
	    "only the first connection sends; each must receive everything" },
	{ 't', "type", "text|binary", OPTION_CHOICE, AT(binary), 0, 0,
	    "type of the messages (default text)" },
	{ 0, "ask", "TEXT", OPTION_TEXT, AT(ask), 0, 0,
	    "send this instead of --size bytes; % becomes 16 digits, which "
	    "differ from message to message" },
	{ 0, "answer", "TEXT", OPTION_TEXT, AT(answer), 0, 0,
	    "expect this, with the digits of --ask for % and any digits and "
	    "blanks for # (default: what was asked)" },
	{ 0, "first", "TEXT", OPTION_TEXT, AT(first), 0, 0,
	    "send this on each connection before anything else" },
	{ 0, "skip", "N", OPTION_NUMBER, AT(skip), 0, 1000000,
	    "wait for N messages on each connection first, whatever they are" },
	{ 0, "deflate", NULL, OPTION_FLAG, AT(deflate), 0, 0,
	    "compress messages (permessage-deflate, each by itself); the "
	    "server must agree" },
	{ 'H', "header", "LINE", OPTION_TEXTS, AT(headers), 0, 0,
	    "add \"Name: value\" to the handshake; may be repeated" },
	{ 0, "protocol", "LIST", OPTION_TEXT, AT(protocol), 0, 0,
	    "offer these subprotocols, separated by commas" },
	{ 0, "origin", "ORIGIN", OPTION_TEXT, AT(origin), 0, 0,
	    "send this Origin header" },
	{ 0, "unix", "PATH", OPTION_TEXT, AT(unix_path), 0, 0,
	    "connect to this UNIX socket; the URL gives host and path" },
	{ 0, "connect-parallel", "N", OPTION_NUMBER, AT(connect_parallel), 1,
	    65536, "handshakes under way at a time (default 64)" },
	{ 0, "warmup", "SECONDS", OPTION_SECONDS, AT(warmup_ns), 0, DAY,
	    "echo this long before measuring (default 0)" },
	{ 0, "idle", "SECONDS", OPTION_SECONDS, AT(idle_ns), 1, 365 * DAY,
	    "send nothing, hold the connections open this long; with --pid: "
	    "what each behind the first tenth costs" },
	{ 0, "pid", "PID", OPTION_NUMBER, AT(pid), 1, INT32_MAX,
	    "the server's process: report its CPU time, or memory with "
	    "--idle" },
	{ 0, "timeout", "SECONDS", OPTION_SECONDS, AT(timeout_ns), 1, DAY,
	    "fail when nothing comes for so long (default 10)" },
	{ 0, "ca", "FILE", OPTION_TEXT, AT(ca), 0, 0,
	    "trust the certificates in this file (wss)" },
	{ 'k', "insecure", NULL, OPTION_FLAG, AT(insecure), 0, 0,
	    "accept any certificate (wss)" },
	{ 'j', "json", NULL, OPTION_FLAG, AT(json), 0, 0,
	    "report as one JSON object" },
	{ 'q', "quiet", NULL, OPTION_FLAG, AT(quiet), 0, 0,
	    "say nothing on standard error but failures" },
};

const struct verb load_verb = { "load", "URL",
	"Echo messages over many connections, check every byte, and report "
	"the rates.",
	rows, sizeof(rows) / sizeof(rows[0]), load_main };

static int
complain(const char *what, const char *why)
{
	fprintf(stderr, "cleat load: %s: %s\n", what, why);
	return EXIT_FAILED;
}

static int
misused(const char *what, const char *why)
{
	complain(what, why);
	return EXIT_USAGE;
}

static int
command_line(struct load *l, int argc, char **argv)
{
	int i = options_parse(&load_verb, &l->opt, argc, argv);

	if (i == OPTIONS_HELP)
		return EXIT_FINE;
	if (i == OPTIONS_BAD)
		return EXIT_USAGE;
	if (argc - i != 1)
		return misused("usage", "cleat load [OPTION]... URL, the "
					"options first (see --help)");
	const char *wrong = url_parse(&l->url, argv[i]);
	if (wrong)
		return misused(argv[i], wrong);
	if (l->opt.answer && !l->opt.ask)
		return misused("--answer", "there is no --ask");
	if (l->opt.ask && (!*l->opt.ask || strchr(l->opt.ask, '#')))
		return misused("--ask", "it is empty, or has a #");
	if (l->opt.first && strlen(l->opt.first) > WS_CONTROL_MAX)
		return misused("--first", "it is longer than 125 bytes");
	for (size_t k = 0; k < l->opt.headers.count; k++)
		if (!strchr(l->opt.headers.text[k], ':') ||
		    strpbrk(l->opt.headers.text[k], "\r\n"))
			return misused(l->opt.headers.text[k],
			    "a header is one line \"Name: value\"");
	return LOAD_SETUP_DONE;
}

static int
resolve_unix(struct load *l)
{
	struct sockaddr_un *un = (void *)&l->addr;

	if (strlen(l->opt.unix_path) >= sizeof(un->sun_path))
		return complain(l->opt.unix_path, strerror(ENAMETOOLONG));
	un->sun_family = AF_UNIX;
	snprintf(un->sun_path, sizeof(un->sun_path), "%s", l->opt.unix_path);
	l->addr_len = sizeof(*un);
	return LOAD_SETUP_DONE;
}

/* Does anything accept there? Tried only where a name has more than one
 * address, so that a run adds no connection of its own. */
static bool
accepts(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0;

	if (fd >= 0)
		close(fd);
	return yes;
}

static int
resolve(struct load *l)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	char port[8];

	if (l->opt.unix_path)
		return resolve_unix(l);
	snprintf(port, sizeof(port), "%u", l->url.port);
	int rc = getaddrinfo(l->url.host, port, &hints, &found);
	if (rc != 0)
		return complain(l->url.host, gai_strerror(rc));
	const struct addrinfo *a = found;
	while (a->ai_next && !accepts(a))
		a = a->ai_next;
	memcpy(&l->addr, a->ai_addr, a->ai_addrlen);
	l->addr_len = a->ai_addrlen;
	freeaddrinfo(found);
	return LOAD_SETUP_DONE;
}

static int
request_write(struct load *l)
{
	const struct load_options *o = &l->opt;
	FILE *f = open_memstream(&l->request, &l->request_len);

	if (!f)
		return complain("the request", strerror(errno));
	fprintf(f,
	    "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",
	    l->url.target, l->url.authority);
	if (o->origin)
		fprintf(f, "Origin: %s\r\n", o->origin);
	if (o->deflate)
		fputs("Sec-WebSocket-Extensions: permessage-deflate; "
		      "client_no_context_takeover; "
		      "server_no_context_takeover\r\n",
		    f);
	if (o->protocol)
		fprintf(f, "Sec-WebSocket-Protocol: %s\r\n", o->protocol);
	for (size_t i = 0; i < o->headers.count; i++)
		fprintf(f, "%s\r\n", o->headers.text[i]);
	if (fclose(f) != 0)
		return complain("the request", strerror(errno));
	if (l->request_len > LOAD_REQUEST_MAX)
		return misused("the request", "its headers are too long");
	return LOAD_SETUP_DONE;
}

static int
tls_prepare(struct load *l)
{
	const char *why;

	if (!l->url.tls)
		return LOAD_SETUP_DONE;
	l->tls = load_tls_new(l->url.host, l->opt.ca, l->opt.insecure, &why);
	return l->tls ? LOAD_SETUP_DONE
		      : complain(l->opt.ca ? l->opt.ca : "TLS", why);
}

static int
files_raise(const struct load *l)
{
	uint64_t wanted = l->opt.connections + DESCRIPTORS_OF_OUR_OWN;
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return complain("RLIMIT_NOFILE", strerror(errno));
	r.rlim_cur = r.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &r) < 0)
		return complain("RLIMIT_NOFILE", strerror(errno));
	if (wanted <= r.rlim_max)
		return LOAD_SETUP_DONE;
	fprintf(stderr,
	    "cleat load: %" PRIu64 " connections need %" PRIu64
	    " open files, the hard limit (ulimit -Hn) is %" PRIu64 "\n",
	    l->opt.connections, wanted, (uint64_t)r.rlim_max);
	return EXIT_FAILED;
}

static int
descriptors(struct load *l)
{
	struct epoll_event ev = { .events = EPOLLIN };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->signals < 0 || l->epoll < 0 ||
	    epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->signals, &ev) < 0)
		return complain("epoll", strerror(errno));
	return LOAD_SETUP_DONE;
}

static int
allocate(struct load *l)
{
	size_t max = 0;

	for (size_t i = 0; i < l->opt.sizes.count; i++)
		if (l->opt.sizes.number[i] > max)
			max = (size_t)l->opt.sizes.number[i];
	l->in = malloc(LOAD_BUFFER);
	l->out = malloc(LOAD_BUFFER);
	l->conns = calloc(l->opt.connections, sizeof(*l->conns));
	l->arrived = calloc(l->opt.in_flight, sizeof(*l->arrived));
	if (!l->in || !l->out || !l->conns || !l->arrived ||
	    payload_init(&l->payload, max, !l->opt.binary) < 0 ||
	    pattern_init(&l->ask, l->opt.ask ? l->opt.ask : "") < 0 ||
	    pattern_init(&l->answer, l->opt.answer ? l->opt.answer
				     : l->opt.ask  ? l->opt.ask
						   : "") < 0)
		return complain("buffers", strerror(ENOMEM));
	if (l->ask.len > max)
		max = l->ask.len;
	if (l->answer.len > max)
		max = l->answer.len;
	max += 21 * l->answer.len; /* a # may be a number */
	if (l->opt.deflate && !(l->packing = packing_new(max)))
		return complain("--deflate", strerror(ENOMEM));
	for (size_t i = 0; i < l->opt.connections; i++)
		l->conns[i].stream.fd = -1;
	return LOAD_SETUP_DONE;
}

int
load_setup(struct load *l, int argc, char **argv)
{
	int code;

	l->epoll = l->signals = -1;
	l->opt = (struct load_options){
		.connections = 1,
		.in_flight = 1,
		.connect_parallel = 64,
		.duration_ns = 5 * OPTIONS_SECONDS,
		.timeout_ns = 10 * OPTIONS_SECONDS,
		.sizes = { .number = { 20 }, .count = 1 },
	};
	if ((code = command_line(l, argc, argv)) != LOAD_SETUP_DONE ||
	    (code = request_write(l)) != LOAD_SETUP_DONE ||
	    (code = tls_prepare(l)) != LOAD_SETUP_DONE ||
	    (code = files_raise(l)) != LOAD_SETUP_DONE ||
	    (code = resolve(l)) != LOAD_SETUP_DONE ||
	    (code = descriptors(l)) != LOAD_SETUP_DONE)
		return code;
	return allocate(l);
}

void
load_teardown(struct load **lp)
{
	struct load *l = *lp;

	if (!l)
		return;
	for (size_t i = 0; l->conns && i < l->opt.connections; i++)
		load_conn_end(l, &l->conns[i]);
	load_tls_free(&l->tls);
	free(l->conns);
	free(l->arrived);
	free(l->in);
	free(l->out);
	free(l->request);
	payload_fini(&l->payload);
	pattern_fini(&l->ask);
	pattern_fini(&l->answer);
	packing_free(&l->packing);
	if (l->epoll >= 0)
		close(l->epoll);
	if (l->signals >= 0)
		close(l->signals);
	free(l);
	*lp = NULL;
}
