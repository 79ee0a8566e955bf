/* SPDX-License-Identifier: MIT
 *
 * publish.c - `cleat publish`: a message to a topic, from a script.
 *
 * The answer goes to standard output, as one object of JSON; a refusal goes
 * to standard error.
 *
 * THREADS: main thread. MEMORY: the message, at most MESSAGE_MAX bytes.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_post.h"
#include "printable.h"
#include "url.h"
#include "verbs.h"

#define AT(field) offsetof(struct publish_options, field)

enum { MESSAGE_MAX = 256 << 20, KEY_MAX = 255 };

struct publish_options {
	const char *url, *key;
	uint64_t except, timeout_s;
	unsigned type, lose;
	bool store;
};

#define TYPES "text|json|binary"
static const char *const types[] = { "text/plain; charset=utf-8",
	"application/json", "application/octet-stream" };
#define LOSES "keep|first|next"
static const char *const loses[] = { "keep", "first", "next" };

static const struct option_row rows[] = {
	{ 'u', "url", "URL", OPTION_TEXT, AT(url), 0, 0,
	    "the private listener: http://HOST:PORT or unix:PATH (default "
	    "http://127.0.0.1:9090)" },
	{ 't', "type", TYPES, OPTION_CHOICE, AT(type), 0, 0,
	    "type of the message (default text)" },
	{ 's', "store", NULL, OPTION_FLAG, AT(store), 0, 0,
	    "number it and put it into the topic's history" },
	{ 'k', "key", "KEY", OPTION_TEXT, AT(key), 0, 0,
	    "with --store: not again while the history knows this key" },
	{ 0, "lose", LOSES, OPTION_CHOICE, AT(lose), 0, 0,
	    "what a slow reader may miss (default keep: nothing)" },
	{ 0, "except", "ID", OPTION_NUMBER, AT(except), 1, UINT64_MAX,
	    "not to the connection of this number, as the log has it" },
	{ 0, "timeout", "SECONDS", OPTION_NUMBER, AT(timeout_s), 1, 3600,
	    "give up when nothing happens for so long (default 10)" },
};

const struct verb publish_verb = { "publish", "TOPIC [MESSAGE]",
	"Publish a message to a topic, through the server's private listener.",
	rows, sizeof(rows) / sizeof(rows[0]), publish_main };

static int
misused(const char *what, const char *why)
{
	fprintf(stderr, "cleat publish: %s: %s\n", what, why);
	return EXIT_USAGE;
}

static int
failed(const char *what, const char *why)
{
	fprintf(stderr, "cleat publish: %s: %s\n", what, why);
	return EXIT_FAILED;
}

/* --- the request ---------------------------------------------------------- */

/* A topic's slashes stay; what else is not plain is escaped. */
static void
put_topic(FILE *out, const char *topic)
{
	for (const char *s = topic; *s; s++)
		if (isalnum((unsigned char)*s) || strchr("/-._~", *s))
			fputc(*s, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*s);
}

/* On the heap, or NULL. */
static char *
make_head(const struct publish_options *o, const char *authority,
    const char *topic, size_t len)
{
	char *head = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&head, &n);

	if (!out)
		return NULL;
	fputs("POST /publish/", out);
	put_topic(out, topic);
	fprintf(out, "?store=%d&lose=%s", o->store, loses[o->lose]);
	if (o->except)
		fprintf(out, "&except=%" PRIu64, o->except);
	fprintf(out,
	    " HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n",
	    authority, types[o->type], len);
	if (o->key)
		fprintf(out, "Idempotency-Key: %s\r\n", o->key);
	fputs("\r\n", out);
	return fclose(out) == 0 ? head : NULL;
}

/* All of standard input; NULL and errno. */
static char *
read_input(size_t *len)
{
	size_t room = 4096, n = 0, got;
	char *data = malloc(room), *more;

	while (data && (got = fread(data + n, 1, room - n, stdin)) > 0) {
		n += got;
		if (n < room)
			continue;
		errno = EMSGSIZE;
		more = n < MESSAGE_MAX ? realloc(data, room *= 2) : NULL;
		if (!more)
			free(data);
		data = more;
	}
	if (data && ferror(stdin)) {
		free(data);
		return NULL;
	}
	*len = n;
	return data;
}

/* --- to the server, and what it says --------------------------------------- */

static int
judge(const char *where, const struct http_answer *a)
{
	char said[512];

	if (a->status == 200 || a->status == 202) {
		fputs(a->body, stdout);
		return fflush(stdout) == 0
			   ? EXIT_FINE
			   : failed("standard output", strerror(errno));
	}
	printable(said, sizeof(said), a->body, strcspn(a->body, "\r\n"), "");
	if (a->status == 0)
		fprintf(stderr, "cleat publish: %s: no answer in HTTP: %s\n",
		    where, said);
	else
		fprintf(stderr, "cleat publish: %s: refused with %u: %s\n",
		    where, a->status, said);
	return EXIT_REFUSED;
}

static int
publish(const struct publish_options *o, const struct url *url,
    const char *topic, const char *message, size_t len)
{
	static struct http_answer answer;
	char port[8];
	struct http_post post = { .host = url->host,
		.port = port,
		.body = message,
		.len = len,
		.timeout_s = (unsigned)o->timeout_s };
	const char *wrong;
	char *head;

	snprintf(port, sizeof(port), "%u", url->port);
	if (strncmp(o->url, "unix:", 5) == 0)
		post.unix_path = o->url + 5;
	head = make_head(
	    o, post.unix_path ? "localhost" : url->authority, topic, len);
	if (!head)
		return failed("no memory", strerror(ENOMEM));
	post.head = head;
	wrong = http_post(&post, &answer);
	free(head);
	return wrong ? failed(o->url, wrong) : judge(o->url, &answer);
}

/* A sentence, or NULL. */
static const char *
check(const struct publish_options *o, struct url *url)
{
	const char *wrong;

	if (o->key && !o->store)
		return "--key needs --store";
	if (o->key && (o->key[0] == '\0' || strlen(o->key) > KEY_MAX ||
			  strpbrk(o->key, "\r\n")))
		return "--key has 1 to 255 bytes and no end of line";
	if (strncmp(o->url, "unix:", 5) == 0)
		return NULL;
	if (strncmp(o->url, "http://", 7) != 0)
		return "--url begins with http:// or unix:";
	wrong = url_parse(url, o->url);
	if (wrong)
		return wrong;
	return strcmp(url->target, "/") == 0
		   ? NULL
		   : "--url has no path: the topic makes it";
}

int
publish_main(int argc, char **argv)
{
	struct publish_options o = { .url = "http://127.0.0.1:9090",
		.timeout_s = 10 };
	int i = options_parse(&publish_verb, &o, argc, argv), code;
	struct url url = { 0 };
	const char *wrong;
	char *input;
	size_t len;

	if (i == OPTIONS_HELP)
		return EXIT_FINE;
	if (i == OPTIONS_BAD)
		return EXIT_USAGE;
	if (argc - i < 1 || argc - i > 2)
		return misused("usage", "cleat publish [OPTION]... TOPIC "
					"[MESSAGE], the options first (see "
					"--help)");
	wrong = check(&o, &url);
	if (wrong)
		return misused("usage", wrong);
	if (argc - i == 2 && strcmp(argv[i + 1], "-") != 0)
		return publish(
		    &o, &url, argv[i], argv[i + 1], strlen(argv[i + 1]));
	input = read_input(&len);
	if (!input)
		return failed("standard input", strerror(errno));
	code = publish(&o, &url, argv[i], input, len);
	free(input);
	return code;
}
