/* SPDX-License-Identifier: MIT
 *
 * connect.c - `cleat connect`: the command line of the interactive client.
 *
 * Data goes to standard output and nothing else does: a script can read the
 * answers line by line. Everything for the eye goes to standard error.
 *
 * THREADS: main thread. MEMORY: none; texts borrow from argv.
 */
#include "config.h"

#include "connect.h"

#include <stdio.h>
#include <string.h>

#include "verbs.h"
#include "wire/ws.h"

#define AT(field) offsetof(struct connect_options, field)
#define DAY	  (86400 * OPTIONS_SECONDS)

static const struct option_row rows[] = {
	{ 'm', "message", "TEXT", OPTION_TEXTS, AT(messages), 0, 0,
	    "send this and do not read standard input; may be repeated" },
	{ 'n', "count", "N", OPTION_NUMBER, AT(count), 1, UINT32_MAX,
	    "close as soon as N messages have come; fewer is exit code 3" },
	{ 'w', "wait", "SECONDS", OPTION_SECONDS, AT(wait_ns), 0, DAY,
	    "after end of input, wait so long for the next answer (default "
	    "5)" },
	{ 'l', "listen", NULL, OPTION_FLAG, AT(listen), 0, 0,
	    "after end of input, receive until the server closes" },
	{ 'b', "binary", NULL, OPTION_FLAG, AT(binary), 0, 0,
	    "send binary messages, not text" },
	{ 'o', "output", "hex|raw", OPTION_CHOICE, AT(binary_out), 0, 0,
	    "print binary messages as a line of hex (default), or as they "
	    "are" },
	{ 'C', "commands", NULL, OPTION_FLAG, AT(commands), 0, 0,
	    "obey the lines /ping [TEXT] and /close [CODE [REASON]]" },
	{ 'H', "header", "LINE", OPTION_TEXTS, AT(headers), 0, 0,
	    "add \"Name: value\" to the handshake; may be repeated" },
	{ 's', "protocol", "LIST", OPTION_TEXT, AT(protocol), 0, 0,
	    "offer these subprotocols, separated by commas" },
	{ 0, "origin", "ORIGIN", OPTION_TEXT, AT(origin), 0, 0,
	    "send this Origin header" },
	{ 0, "unix", "PATH", OPTION_TEXT, AT(unix_path), 0, 0,
	    "connect to this UNIX socket; the URL gives host and path" },
	{ 0, "ping", "SECONDS", OPTION_SECONDS, AT(ping_ns), 1000000, DAY,
	    "send a ping so often (default: none)" },
	{ 0, "close", "CODE", OPTION_NUMBER, AT(close_code), 1000, 4999,
	    "close with this code (default 1000)" },
	{ 0, "reason", "TEXT", OPTION_TEXT, AT(reason), 0, 0,
	    "close with this reason" },
	{ 0, "max-line", "N", OPTION_NUMBER, AT(max_line), 1, 256 << 20,
	    "longest line to send, in bytes, K or M (default 1M)" },
	{ 0, "timeout", "SECONDS", OPTION_NUMBER, AT(timeout_s), 1, 3600,
	    "give up connecting, or closing, after so long (default 10)" },
	{ 0, "ca", "FILE", OPTION_TEXT, AT(ca), 0, 0,
	    "trust the certificates in this file (wss)" },
	{ 'k', "insecure", NULL, OPTION_FLAG, AT(insecure), 0, 0,
	    "accept any certificate (wss)" },
	{ 'v', "verbose", NULL, OPTION_FLAG, AT(verbose), 0, 0,
	    "tell of connecting, pongs and closing on standard error" },
};

const struct verb connect_verb = { "connect", "URL",
	"Send lines as messages, print what comes back.", rows,
	sizeof(rows) / sizeof(rows[0]), connect_main };

static int
misused(const char *what, const char *why)
{
	fprintf(stderr, "cleat connect: %s: %s\n", what, why);
	return EXIT_USAGE;
}

int
connect_main(int argc, char **argv)
{
	struct connect_options o = {
		.wait_ns = 5 * OPTIONS_SECONDS,
		.close_code = 1000,
		.max_line = 1 << 20,
		.timeout_s = 10,
	};
	int i = options_parse(&connect_verb, &o, argc, argv);

	if (i == OPTIONS_HELP)
		return EXIT_FINE;
	if (i == OPTIONS_BAD)
		return EXIT_USAGE;
	if (argc - i != 1)
		return misused("usage", "cleat connect [OPTION]... URL, the "
					"options first (see --help)");
	const char *wrong = url_parse(&o.url, argv[i]);
	if (wrong)
		return misused(argv[i], wrong);
	for (size_t k = 0; k < o.headers.count; k++)
		if (!strchr(o.headers.text[k], ':') ||
		    strpbrk(o.headers.text[k], "\r\n"))
			return misused(o.headers.text[k],
			    "a header is one line \"Name: value\"");
	if (o.reason && strlen(o.reason) > WS_REASON_MAX)
		return misused("--reason", "at most 123 bytes");
	return client_run(&o);
}
