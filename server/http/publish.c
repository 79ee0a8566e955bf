/* SPDX-License-Identifier: MIT
 *
 * publish.c - see publish.h.
 */
#include "config.h"

#include "http/publish.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "cleat.h"
#include "host/outside.h"
#include "http/head.h"
#include "wire/utf8.h"

#define PREFIX "/publish/"

struct publish {
	struct publishers *all;
	const char *name; /* of the topic, its space before it */
	int kind;
	cleat_pub pub;
	uint64_t until_ms;
	size_t room, len; /* of the body: announced, and here */
	char data[];
};

bool
publish_wants(const char *path)
{
	return strncmp(path, PREFIX, strlen(PREFIX)) == 0;
}

/* --- refusing ----------------------------------------------------------- */

enum why {
	OFF,
	METHOD,
	PAGE,
	NO_SPACE,
	OPTION,
	NO_STORE,
	TYPE,
	NO_LENGTH,
	TOO_LARGE,
	BUSY,
	NOT_TEXT,
	INVALID,
	NOT_HELD,
	LIMIT,
};

static const struct {
	unsigned status;
	const char *sentence;
} reasons[] = {
	[OFF] = { 403, "Nobody may publish here: see the key status.publish." },
	[METHOD] = { 405, "Messages are published with POST." },
	[PAGE] = { 403, "Programs publish here, and no pages: it came with an "
			"Origin." },
	[NO_SPACE] = { 404, "No route has a space that this topic begins "
			    "with." },
	[OPTION] = { 400, "The query knows store (0, 1), lose (keep, first, "
			  "next) and the numbers except, erase, stamp and "
			  "stamp_epoch, each once." },
	[NO_STORE] = { 400, "A key, erase and stamps need store=1." },
	[TYPE] = { 415, "The Content-Type must be text/... or "
			"application/json, in UTF-8, or "
			"application/octet-stream." },
	[NO_LENGTH] = { 411, "The request needs a Content-Length." },
	[TOO_LARGE] = { 413, "The message is larger than max_message." },
	[BUSY] = { 503, "Too much is being published now." },
	[NOT_TEXT] = { 400, "The text is not UTF-8." },
	[INVALID] = { 400, "The topic, the key or an option cannot be right." },
	[NOT_HELD] = { 404, "The message to be erased is not there." },
	[LIMIT] = { 503, "The server has no room for it now." },
};

static void
refuse(struct answer *a, const char *name, enum why why)
{
	LOG_EVENT(LOG_LEVEL_WARN, "publish refused", LOG_STR("topic", name),
	    LOG_NUM("status", reasons[why].status),
	    LOG_STR("why", reasons[why].sentence));
	answer_page(a, reasons[why].status, reasons[why].sentence);
	if (reasons[why].status == MHD_HTTP_SERVICE_UNAVAILABLE)
		answer_header(a, "Retry-After", "1");
	if (why == METHOD)
		answer_header(a, "Allow", "POST");
}

/* --- options ------------------------------------------------------------ */

static bool
take_number(const char *s, uint64_t *to)
{
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	*to = strtoull(s, &end, 10);
	return *end == '\0' && errno == 0;
}

static bool
take_store(cleat_pub *p, const char *s)
{
	p->store = strcmp(s, "1") == 0;
	return p->store || strcmp(s, "0") == 0;
}

static bool
take_lose(cleat_pub *p, const char *s)
{
	static const char *const words[] = { [CLEAT_KEEP] = "keep",
		[CLEAT_LOSE_FIRST] = "first",
		[CLEAT_LOSE_NEXT] = "next" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(s, words[i]) == 0) {
			p->lose = (int)i;
			return true;
		}
	return false;
}

static bool
take_except(cleat_pub *p, const char *s)
{
	return take_number(s, &p->except);
}

static bool
take_erase(cleat_pub *p, const char *s)
{
	return take_number(s, &p->erase);
}

static bool
take_stamp(cleat_pub *p, const char *s)
{
	uint64_t at;
	bool ok = take_number(s, &at);

	p->stamp = ok ? at : 0;
	return ok;
}

static bool
take_stamp_epoch(cleat_pub *p, const char *s)
{
	uint64_t at;
	bool ok = take_number(s, &at);

	p->stamp_epoch = ok ? at : 0;
	return ok;
}

static const struct {
	const char *name;
	bool (*take)(cleat_pub *, const char *value);
} options[] = {
	{ "store", take_store },
	{ "lose", take_lose },
	{ "except", take_except },
	{ "erase", take_erase },
	{ "stamp", take_stamp },
	{ "stamp_epoch", take_stamp_epoch },
};
enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

struct taking {
	cleat_pub *pub;
	bool seen[OPTIONS], wrong;
};

static enum MHD_Result
take_option(
    void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct taking *t = arg;
	size_t i = 0;

	(void)kind;
	while (i < OPTIONS && strcmp(name, options[i].name) != 0)
		i++;
	t->wrong = i == OPTIONS || t->seen[i] || !value ||
		   !options[i].take(t->pub, value);
	if (!t->wrong)
		t->seen[i] = true;
	return t->wrong ? MHD_NO : MHD_YES;
}

static const char *
header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* Of a text type: nothing, or what ASCII and UTF-8 call themselves. */
static bool
is_utf8(const char *parameters)
{
	static const char *const names[] = { "utf-8", "us-ascii" };
	const char *charset = strcasestr(parameters, "charset=");
	size_t n;

	if (!charset)
		return true;
	charset += strlen("charset=");
	charset += *charset == '"';
	n = strcspn(charset, "\"; \t");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (n == strlen(names[i]) &&
		    strncasecmp(charset, names[i], n) == 0)
			return true;
	return false;
}

/* 0: of no kind that we know. */
static int
kind_of(const char *type)
{
	static const char json[] = "application/json";
	static const char bytes[] = "application/octet-stream";
	size_t n = type ? strcspn(type, "; \t") : 0;

	if (n == strlen(bytes) && strncasecmp(type, bytes, n) == 0)
		return CLEAT_BINARY;
	if ((n == strlen(json) && strncasecmp(type, json, n) == 0) ||
	    (n > 5 && strncasecmp(type, "text/", 5) == 0))
		return is_utf8(type + n) ? CLEAT_TEXT : 0;
	return 0;
}

/* --- before the body ---------------------------------------------------- */

struct ask {
	struct publishers *all;
	struct MHD_Connection *connection;
	const struct head *head;
	const char *name;
	cleat_pub pub;
	int kind;
	uint64_t length;
};

static bool
stores(const cleat_pub *p)
{
	return p->store || !(p->key || p->erase || p->stamp || p->stamp_epoch);
}

static int
judge_length(struct ask *q)
{
	const struct publish_calls *calls = &q->all->calls;
	const char *length = q->head->value[HEAD_CONTENT_LENGTH];
	uint64_t limit = calls->limit(calls->arg, q->name);

	if (limit == 0)
		return NO_SPACE;
	if (!length)
		return NO_LENGTH;
	if (!take_number(length, &q->length) || q->length > limit ||
	    q->length > PUBLISH_BYTES)
		return TOO_LARGE;
	return -1;
}

/* The first reason to refuse it, or -1. */
static int
judge(struct ask *q)
{
	struct taking taking = { .pub = &q->pub };

	if (!q->all->on)
		return OFF;
	if (strcmp(q->head->method, "POST") != 0)
		return METHOD;
	if (header(q->connection, "Origin"))
		return PAGE;
	MHD_get_connection_values(
	    q->connection, MHD_GET_ARGUMENT_KIND, take_option, &taking);
	if (taking.wrong)
		return OPTION;
	q->pub.key = header(q->connection, "Idempotency-Key");
	if (!stores(&q->pub))
		return NO_STORE;
	q->kind = kind_of(header(q->connection, "Content-Type"));
	if (q->kind == 0 || header(q->connection, "Content-Encoding"))
		return TYPE;
	return judge_length(q);
}

/* Counts its bytes among those under way; NULL: they are too many. */
static struct publish *
admit(const struct ask *q)
{
	size_t n = q->length;
	struct publish *p = NULL;

	if (__atomic_add_fetch(&q->all->bytes, n, __ATOMIC_RELAXED) <=
	    PUBLISH_BYTES)
		p = malloc(sizeof(*p) + n);
	if (!p) {
		__atomic_sub_fetch(&q->all->bytes, n, __ATOMIC_RELAXED);
		return NULL;
	}
	*p = (struct publish){ .all = q->all,
		.name = q->name,
		.kind = q->kind,
		.pub = q->pub,
		.until_ms = clock_ms() + PUBLISH_BODY_MS,
		.room = n };
	return p;
}

struct publish *
publish_begin(struct publishers *all, struct MHD_Connection *connection,
    const struct head *head, const char *path, struct answer *a)
{
	struct ask q = { .all = all,
		.connection = connection,
		.head = head,
		.name = path + strlen(PREFIX) };
	int why = judge(&q);
	struct publish *p = why < 0 ? admit(&q) : NULL;

	if (!p)
		refuse(a, q.name, why < 0 ? BUSY : (enum why)why);
	return p;
}

void
publish_end(struct publish **publish)
{
	struct publish *p = *publish;

	*publish = NULL;
	if (!p)
		return;
	__atomic_sub_fetch(&p->all->bytes, p->room, __ATOMIC_RELAXED);
	free(p);
}

/* --- the body, and the answer ------------------------------------------- */

bool
publish_add(struct publish *p, const void *data, size_t n)
{
	if (n > p->room - p->len || clock_ms() > p->until_ms)
		return false;
	memcpy(p->data + p->len, data, n);
	p->len += n;
	return true;
}

/* A path that came through target_read() has no control byte. */
static void
put_string(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', out);
		fputc(*s, out);
	}
	fputc('"', out);
}

/* What has no number was not stored, or is not known to be yet. */
static void
confirm(struct answer *a, const char *name, const struct host_published *done)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	*a = (struct answer){ .status =
				  done->seq ? MHD_HTTP_OK : MHD_HTTP_ACCEPTED };
	if (!out)
		return;
	fputs("{\"topic\":", out);
	put_string(out, name);
	if (done->seq)
		fprintf(out,
		    ",\"epoch\":%" PRIu64 ",\"seq\":%" PRIu64
		    ",\"duplicate\":%s",
		    done->epoch, done->seq, done->duplicate ? "true" : "false");
	fputs("}\n", out);
	if (fclose(out) == 0 && text)
		a->response = MHD_create_response_from_buffer(
		    n, text, MHD_RESPMEM_MUST_FREE);
	if (!a->response)
		free(text);
	answer_header(a, "Content-Type", "application/json");
	answer_header(a, "Cache-Control", "no-store");
}

void
publish_finish(struct publish *p, struct answer *a)
{
	const struct publish_calls *calls = &p->all->calls;
	struct host_published done = { 0 };

	if (p->kind == CLEAT_TEXT &&
	    !utf8_valid((const uint8_t *)p->data, p->len)) {
		refuse(a, p->name, NOT_TEXT);
		return;
	}
	switch (calls->put(
	    calls->arg, p->name, p->kind, p->data, p->len, &p->pub, &done)) {
	case CLEAT_OK:
		LOG_EVENT(LOG_LEVEL_DEBUG, "published",
		    LOG_STR("topic", p->name), LOG_NUM("bytes", p->len),
		    LOG_NUM("seq", done.seq));
		confirm(a, p->name, &done);
		break;
	case CLEAT_EINVAL:
		refuse(a, p->name, INVALID);
		break;
	case CLEAT_ENOENT:
		refuse(a, p->name, p->pub.erase ? NOT_HELD : NO_SPACE);
		break;
	default:
		refuse(a, p->name, LIMIT);
	}
}
