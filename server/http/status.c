/* SPDX-License-Identifier: MIT
 *
 * status.c - see status.h.
 */
#include "config.h"

#include "http/status.h"

#include <microhttpd.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/checks.h"
#include "http/daemon_log.h"
#include "http/head.h"
#include "http/pages.h"
#include "http/publish.h"
#include "http/target.h"
#include "net/listener.h"

enum { CONNECTIONS = 64, TIMEOUT_S = 10 };

struct status {
	struct status_calls calls;
	struct publishers publishers;
	struct listener *listener; /* a UNIX socket's name goes with it */
	struct MHD_Daemon *daemon[LISTENER_FDS]; /* one for each socket */
	size_t n;
};

/* One request, from its head to its end. */
struct request {
	struct head head;
	struct target target;
	struct publish *publish; /* NULL: it only reads */
	char path[];
};

/* --- what can be read --------------------------------------------------- */

static void
metrics(struct status *s, struct answer *a)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	*a = (struct answer){ .status = MHD_HTTP_OK };
	if (!out)
		return;
	s->calls.metrics(s->calls.arg, out);
	if (fclose(out) == 0 && text)
		a->response = MHD_create_response_from_buffer(
		    n, text, MHD_RESPMEM_MUST_FREE);
	if (!a->response)
		free(text);
	answer_header(a, "Content-Type", "text/plain; version=0.0.4");
	answer_header(a, "Cache-Control", "no-store");
}

static void
healthz(struct status *s, struct answer *a)
{
	(void)s;
	answer_page(a, MHD_HTTP_OK, "ok");
}

static void
readyz(struct status *s, struct answer *a)
{
	if (s->calls.ready(s->calls.arg))
		answer_page(a, MHD_HTTP_OK, "ready");
	else
		answer_page(a, MHD_HTTP_SERVICE_UNAVAILABLE, "not ready");
}

static const struct {
	const char *path;
	void (*answer)(struct status *, struct answer *);
} pages[] = {
	{ "/metrics", metrics },
	{ "/healthz", healthz },
	{ "/readyz", readyz },
};

static void
read_page(struct status *s, const struct request *r, struct answer *a)
{
	if (!head_reads(&r->head)) {
		answer_refusal(a, REFUSAL_METHOD);
		return;
	}
	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
		if (strcmp(r->path, pages[i].path) == 0) {
			pages[i].answer(s, a);
			return;
		}
	answer_refusal(a, REFUSAL_NOT_FOUND);
}

/* --- requests ----------------------------------------------------------- */

static enum refusal
judge(struct request *r, struct MHD_Connection *connection, const char *url)
{
	enum refusal refusal;

	if (head_gather(&r->head, connection, 0) != 0)
		return REFUSAL_NO_MEMORY;
	refusal = checks_run(&r->head);
	return refusal != REFUSAL_NONE ? refusal
				       : target_read(&r->target, url, r->path);
}

/* What is answered here is answered before a body is read. */
static enum MHD_Result
begin(struct status *s, struct request *r, struct MHD_Connection *connection,
    const char *url)
{
	enum refusal refusal = judge(r, connection, url);
	struct answer a;

	if (refusal != REFUSAL_NONE) {
		answer_refusal(&a, refusal);
	} else if (publish_wants(r->path)) {
		r->publish = publish_begin(
		    &s->publishers, connection, &r->head, r->path, &a);
		if (r->publish)
			return MHD_YES;
	} else {
		read_page(s, r, &a);
	}
	return answer_send(&a, connection);
}

static enum MHD_Result
go_on(struct request *r, struct MHD_Connection *connection, const char *data,
    size_t *data_size)
{
	size_t n = *data_size;
	struct answer a;

	if (!r->publish)
		return MHD_NO; /* has been answered */
	*data_size = 0;
	if (n > 0)
		return publish_add(r->publish, data, n) ? MHD_YES : MHD_NO;
	publish_finish(r->publish, &a);
	return answer_send(&a, connection);
}

static enum MHD_Result
handle(void *arg, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data,
    size_t *data_size, void **context)
{
	struct request *r = *context;

	if (r)
		return go_on(r, connection, data, data_size);
	r = calloc(1, sizeof *r + strlen(url) + 1);
	if (!r)
		return MHD_NO;
	*context = r;
	head_init(&r->head, method, version);
	return begin(arg, r, connection, url);
}

static void
completed(void *arg, struct MHD_Connection *connection, void **context,
    enum MHD_RequestTerminationCode code)
{
	struct request *r = *context;

	(void)arg, (void)connection, (void)code;
	*context = NULL;
	if (!r)
		return;
	publish_end(&r->publish);
	head_fini(&r->head);
	free(r);
}

/* --- start, stop -------------------------------------------------------- */

/* target_read() decodes, once. */
static size_t
keep_escaped(void *arg, struct MHD_Connection *connection, char *text)
{
	(void)arg, (void)connection;
	return strlen(text);
}

/* The daemon closes the socket that it is given, so it gets its own. */
static int
listen_on(struct status *s, int fd)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	int err = -errno;

	if (own < 0)
		return err;
	errno = 0;
	/* clang-format off: an option is a line */
	s->daemon[s->n] = MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD |
					       MHD_USE_THREAD_PER_CONNECTION |
					       MHD_USE_ITC | MHD_USE_ERROR_LOG,
	    0, NULL, NULL, handle, s, MHD_OPTION_EXTERNAL_LOGGER, daemon_log,
	    NULL, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED,
	    completed, s, MHD_OPTION_UNESCAPE_CALLBACK, keep_escaped, NULL,
	    MHD_OPTION_LISTEN_SOCKET, own, MHD_OPTION_CONNECTION_LIMIT,
	    CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S,
	    MHD_OPTION_END);
	/* clang-format on */
	if (!s->daemon[s->n]) {
		err = errno ? -errno : -EIO;
		close(own);
		return err;
	}
	s->n++;
	return 0;
}

int
status_start(struct status **out, struct listener *listener,
    const struct status_calls *calls)
{
	struct status *s = calloc(1, sizeof *s);
	int fds[LISTENER_FDS], err = 0;
	size_t n = listener_fds(listener, 0, fds);

	if (!s)
		return -ENOMEM;
	s->calls = *calls;
	s->listener = listener_ref(listener);
	s->publishers.on = calls->may_publish;
	s->publishers.calls = calls->publish;
	for (size_t i = 0; i < n && !err; i++)
		err = listen_on(s, fds[i]);
	if (err) {
		status_stop(&s);
		return err;
	}
	*out = s;
	return 0;
}

void
status_stop(struct status **sp)
{
	struct status *s = *sp;

	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		MHD_stop_daemon(s->daemon[i]);
	listener_unref(&s->listener);
	free(s);
	*sp = NULL;
}
