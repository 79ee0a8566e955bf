/* SPDX-License-Identifier: MIT
 *
 * client.c - the conversation of `cleat connect`.
 *
 * Lines become messages, messages become lines. After the end of input the
 * client stays until as many messages have come as it sent (or --count), or
 * until --wait has passed in silence; then it closes and waits for the
 * server's close frame. So `echo hello | cleat connect URL` prints the echo
 * and ends at once.
 *
 * THREADS: libwebsockets' loop. MEMORY: a line is freed once it is sent.
 */
#include "config.h"

#include "client.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "printable.h"
#include "wire/ws.h"

void
client_say(const struct client *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fprintf(stderr, "%scleat connect: ", c->prompt ? "\r" : "");
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
}

static void
prompt(const struct client *c)
{
	if (c->prompt && c->state == CLIENT_TALKING)
		fputs("> ", stderr);
}

/* --- when it ends --------------------------------------------------- */

static void
close_begin(struct client *c)
{
	if (c->state != CLIENT_TALKING)
		return;
	c->state = CLIENT_CLOSING;
	lws_sul_cancel(&c->wait_timer);
	lws_callback_on_writable(c->wsi);
}

static void
waited_enough(lws_sorted_usec_list_t *timer)
{
	close_begin(lws_container_of(timer, struct client, wait_timer));
}

/* Called whenever a message came and when the input ended. */
static void
end_check(struct client *c)
{
	uint64_t wanted = c->opt->count ? c->opt->count : c->sent;
	bool may_end = c->opt->count || (c->input_ended && !c->opt->listen);

	if (may_end && c->received >= wanted)
		close_begin(c);
	else if (c->input_ended && !c->opt->listen)
		lws_sul_schedule(c->context, 0, &c->wait_timer, waited_enough,
		    (lws_usec_t)(c->opt->wait_ns / 1000));
}

/* --- out ------------------------------------------------------------ */

static void
ping_now(lws_sorted_usec_list_t *timer)
{
	struct client *c = lws_container_of(timer, struct client, ping_timer);

	c->ping_due = true;
	lws_callback_on_writable(c->wsi);
	lws_sul_schedule(c->context, 0, timer, ping_now,
	    (lws_usec_t)(c->opt->ping_ns / 1000));
}

/* `buffer` has LWS_PRE bytes in front of the text. */
static int
message_send(struct client *c, char *buffer, size_t len)
{
	enum lws_write_protocol type =
	    c->opt->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
	int n = lws_write(c->wsi, (unsigned char *)buffer + LWS_PRE, len, type);

	if (n < 0)
		return -1;
	c->sent++;
	return 0;
}

static int
ping_send(struct client *c, const char *text)
{
	unsigned char buffer[LWS_PRE + WS_CONTROL_MAX];
	size_t n = strnlen(text, WS_CONTROL_MAX);

	memcpy(buffer + LWS_PRE, text, n);
	c->ping_sent = lws_now_usecs();
	return lws_write(c->wsi, buffer + LWS_PRE, n, LWS_WRITE_PING) < 0 ? -1
									  : 0;
}

/* A line that begins with '/', terminated. Returns 0 or -1. */
static int
command_obey(struct client *c, const char *line)
{
	unsigned code = c->close_code;
	int at = 0;

	if (strncmp(line, "/ping", 5) == 0 && strchr(" ", line[5]))
		return ping_send(c, line[5] ? line + 6 : "");
	if (strcmp(line, "/close") == 0 ||
	    (sscanf(line, "/close %4u %n", &code, &at) == 1 && at > 0 &&
		code >= 1000 && code <= 4999 &&
		strlen(line + at) <= WS_REASON_MAX)) {
		c->close_code = code;
		if (at > 0)
			snprintf(c->close_reason, sizeof(c->close_reason), "%s",
			    line + at);
		close_begin(c);
		return 0;
	}
	client_say(c,
	    "%s: not a command; they are /ping [TEXT] and "
	    "/close [CODE [REASON]]",
	    line);
	return 0;
}

static int
line_send(struct client *c, struct line *line)
{
	char *text = line->buffer + LWS_PRE;
	int rc;

	if (c->opt->commands && line->len > 0 && text[0] == '/') {
		char *command = strndup(text, line->len);

		rc = command ? command_obey(c, command) : -1;
		free(command);
	} else {
		rc = message_send(c, line->buffer, line->len);
	}
	prompt(c);
	return rc;
}

/* The next of --message; they stand in for standard input. */
static int
given_send(struct client *c)
{
	const char *text = c->opt->messages.text[c->next_message++];
	size_t len = strlen(text);
	char *buffer = malloc(LWS_PRE + len + 1);

	if (!buffer)
		return -1;
	memcpy(buffer + LWS_PRE, text, len + 1);
	int rc = message_send(c, buffer, len);
	free(buffer);
	return rc;
}

static void
input_end(struct client *c)
{
	if (c->input_ended)
		return;
	c->input_ended = true;
	if (c->prompt)
		fputc('\n', stderr); /* after the last prompt */
	end_check(c);
}

/* Sends the next message, if there is one. Returns 1, 0 for none, or -1. */
static int
next_send(struct client *c)
{
	struct line line;
	int error = 0;

	if (c->next_message < c->opt->messages.count)
		return given_send(c) < 0 ? -1 : 1;
	if (!c->lines) {
		input_end(c);
		return 0;
	}
	switch (lines_take(c->lines, &line, &error)) {
	case LINES_LINE: {
		int rc = line_send(c, &line);
		free(line.buffer);
		return rc < 0 ? -1 : 1;
	}
	case LINES_FAILED:
		if (error == -EMSGSIZE)
			client_say(c,
			    "a line of the input is longer than %" PRIu64
			    " bytes (--max-line)",
			    c->opt->max_line);
		else
			client_say(c, "standard input: %s", strerror(-error));
		c->exit_code = EXIT_FAILED;
		close_begin(c);
		return 0;
	case LINES_END:
		input_end(c);
		return 0;
	case LINES_NONE:
		return 0;
	}
	return 0;
}

static int
writeable(struct client *c)
{
	if (c->state == CLIENT_CLOSING) {
		lws_close_reason(c->wsi, (enum lws_close_status)c->close_code,
		    (unsigned char *)c->close_reason, strlen(c->close_reason));
		return -1; /* the library's word for "close it" */
	}
	if (c->ping_due) {
		c->ping_due = false;
		if (ping_send(c, "") < 0)
			return -1;
		lws_callback_on_writable(c->wsi);
		return 0;
	}
	int rc = next_send(c);
	if (rc > 0)
		lws_callback_on_writable(c->wsi);
	return rc < 0 ? -1 : 0;
}

/* --- in ------------------------------------------------------------- */

/* Text as it is; on a terminal without what could take control of it. */
static void
text_print(const struct client *c, const unsigned char *p, size_t len)
{
	char tame[1024];

	if (!c->terminal) {
		fwrite(p, 1, len, stdout);
		return;
	}
	while (len > 0) {
		size_t n = len < sizeof(tame) ? len : sizeof(tame) - 1;

		fwrite(
		    printable(tame, sizeof(tame), p, n, "\n\t"), 1, n, stdout);
		p += n;
		len -= n;
	}
}

static void
received(struct client *c, const unsigned char *p, size_t len)
{
	bool hex =
	    lws_frame_is_binary(c->wsi) && c->opt->binary_out == CONNECT_HEX;
	bool raw = lws_frame_is_binary(c->wsi) && !hex;

	if (c->opt->count && c->received >= c->opt->count)
		return; /* more than were asked for, while we close */
	if (c->prompt && lws_is_first_fragment(c->wsi))
		fputs("\r", stderr);
	for (size_t i = 0; i < len && hex; i++)
		printf("%02x", p[i]);
	if (raw)
		fwrite(p, 1, len, stdout);
	else if (!hex)
		text_print(c, p, len);
	if (!lws_is_final_fragment(c->wsi))
		return;
	if (!raw)
		putchar('\n');
	fflush(stdout);
	c->received++;
	prompt(c);
	end_check(c);
}

/* libwebsockets reports the codes that are younger than RFC 6455 as 1002. */
static void
say_closed(struct client *c, unsigned code, const char *reason)
{
	if (code == WS_CLOSE_PROTOCOL)
		client_say(c,
		    "closed by the server: 1002 or 1012 to 1014 "
		    "(the library does not say which)%s%s",
		    *reason ? " " : "", reason);
	else
		client_say(c, "closed by the server: %u (%s)%s%s", code,
		    ws_close_meaning(code), *reason ? " " : "", reason);
}

static void
peer_closes(struct client *c, const unsigned char *p, size_t len)
{
	unsigned code = len >= 2 ? (unsigned)(p[0] << 8 | p[1]) : WS_CLOSE_NONE;
	char reason[WS_REASON_MAX + 1];
	bool normal = code == WS_CLOSE_NORMAL || code == WS_CLOSE_GOING_AWAY ||
		      code == WS_CLOSE_NONE;

	printable(reason, sizeof(reason), p + 2, len > 2 ? len - 2 : 0, "");
	say_closed(c, code, reason);
	if (!normal)
		c->exit_code = EXIT_FAILED;
	c->state = CLIENT_DONE;
}

/* --- the library's events ------------------------------------------- */

static void
wake(void *arg)
{
	lws_cancel_service(arg);
}

static int
established(struct client *c)
{
	struct lines_options o = { .fd = STDIN_FILENO,
		.max_bytes = (size_t)c->opt->max_line,
		.room = LWS_PRE,
		.wake = wake,
		.arg = c->context };
	int rc = 0;

	if (c->opt->verbose)
		client_say(c, "connected to %s", c->opt->url.authority);
	c->state = CLIENT_TALKING;
	if (c->opt->messages.count == 0)
		rc = lines_new(&c->lines, &o);
	if (rc < 0) {
		client_say(c, "standard input: %s", strerror(-rc));
		return -1;
	}
	if (c->opt->ping_ns > 0)
		lws_sul_schedule(c->context, 0, &c->ping_timer, ping_now,
		    (lws_usec_t)(c->opt->ping_ns / 1000));
	prompt(c);
	lws_callback_on_writable(c->wsi);
	return 0;
}

static void
ended(struct client *c)
{
	if (c->state == CLIENT_TALKING) {
		client_say(c, "the connection was lost");
		c->exit_code = EXIT_FAILED;
	} else if (c->opt->verbose) {
		client_say(c, "closed");
	}
	c->state = CLIENT_DONE;
	c->wsi = NULL;
}

static void
subprotocol_say(const struct client *c, struct lws *wsi)
{
	char name[256];

	if (c->opt->verbose &&
	    lws_hdr_copy(wsi, name, sizeof(name), WSI_TOKEN_PROTOCOL) > 0)
		client_say(c, "subprotocol %s", name);
}

int
client_event(struct lws *wsi, enum lws_callback_reasons why, void *user,
    void *in, size_t len)
{
	struct client *c = lws_context_user(lws_get_context(wsi));

	(void)user;
	if (why == LWS_CALLBACK_EVENT_WAIT_CANCELLED) {
		if (c->state == CLIENT_TALKING)
			lws_callback_on_writable(c->wsi);
		return 0;
	}
	if (why == LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER)
		return client_lws_headers(c, wsi, in, len);
	if (why == LWS_CALLBACK_CLIENT_CONNECTION_ERROR) {
		c->exit_code =
		    client_lws_refused(c, wsi, in ? in : "no connection");
		c->state = CLIENT_DONE;
		c->wsi = NULL;
	} else if (why == LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH) {
		subprotocol_say(c, wsi);
	} else if (why == LWS_CALLBACK_CLIENT_ESTABLISHED) {
		return established(c);
	} else if (why == LWS_CALLBACK_CLIENT_RECEIVE) {
		received(c, in, len);
	} else if (why == LWS_CALLBACK_CLIENT_RECEIVE_PONG) {
		if (c->opt->verbose)
			client_say(c, "pong after %" PRId64 " us",
			    (int64_t)(lws_now_usecs() - c->ping_sent));
	} else if (why == LWS_CALLBACK_CLIENT_WRITEABLE) {
		return writeable(c);
	} else if (why == LWS_CALLBACK_WS_PEER_INITIATED_CLOSE) {
		peer_closes(c, in, len);
	} else if (why == LWS_CALLBACK_CLIENT_CLOSED) {
		ended(c);
	}
	return 0;
}

int
client_run(const struct connect_options *o)
{
	struct client c = { .opt = o,
		.close_code = (unsigned)o->close_code,
		.exit_code = EXIT_FINE,
		.terminal = isatty(STDOUT_FILENO),
		.prompt = o->messages.count == 0 && isatty(STDIN_FILENO) &&
			  isatty(STDERR_FILENO) };

	snprintf(c.close_reason, sizeof(c.close_reason), "%s",
	    o->reason ? o->reason : "");
	if (client_lws_init(&c) < 0) {
		c.exit_code = EXIT_FAILED;
		c.state = CLIENT_DONE;
	}
	while (
	    (c.state != CLIENT_DONE || c.wsi) && lws_service(c.context, 0) >= 0)
		;
	lines_free(&c.lines); /* it wakes the context */
	client_lws_fini(&c);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		client_say(&c, "standard output: %s", strerror(errno));
		return EXIT_FAILED;
	}
	if (c.exit_code == EXIT_FINE && c.received < o->count) {
		client_say(&c, "%" PRIu64 " of %" PRIu64 " messages came",
		    c.received, o->count);
		return EXIT_TOO_FEW;
	}
	return c.exit_code;
}
