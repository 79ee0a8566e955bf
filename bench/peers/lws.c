/* SPDX-License-Identifier: MIT
 *
 * lws.c - an echo server on libwebsockets. Messages wait in a list until the
 * socket may be written to, and leave as long as it takes them. It prints
 * where it listens.
 */
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECEIVE = 64 * 1024 };

struct message {
	struct message *next;
	size_t len, room;
	int kind;
	unsigned char bytes[]; /* behind LWS_PRE that the library writes to */
};

struct session {
	struct message *first, **last, *partial;
};

/* Appends what came to the message that is being received. */
static int
keep(struct session *s, struct lws *wsi, const void *in, size_t n)
{
	struct message *m = s->partial;

	if (!m || m->room - m->len < n) {
		size_t had = m ? m->len : 0;
		size_t room = had ? 2 * had + n : n;

		m = realloc(m, sizeof(*m) + LWS_PRE + room);
		if (!m)
			return -1;
		m->room = room;
		m->len = had;
		s->partial = m;
	}
	m->kind = lws_frame_is_binary(wsi) ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
	memcpy(m->bytes + LWS_PRE + m->len, in, n);
	m->len += n;
	if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi))
		return 0;
	m->next = NULL;
	*s->last = m;
	s->last = &m->next;
	s->partial = NULL;
	lws_callback_on_writable(wsi);
	return 0;
}

static int
give(struct session *s, struct lws *wsi)
{
	struct message *m;

	while ((m = s->first) && !lws_send_pipe_choked(wsi)) {
		int n = lws_write(
		    wsi, m->bytes + LWS_PRE, m->len, (enum lws_write_protocol)m->kind);
		if (n < (int)m->len)
			return -1;
		s->first = m->next;
		if (!s->first)
			s->last = &s->first;
		free(m);
	}
	if (s->first)
		lws_callback_on_writable(wsi);
	return 0;
}

static int
called(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
    size_t n)
{
	struct session *s = user;

	switch ((int)reason) {
	case LWS_CALLBACK_ESTABLISHED:
		*s = (struct session){ .last = &s->first };
		return 0;
	case LWS_CALLBACK_RECEIVE:
		return keep(s, wsi, in, n);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return give(s, wsi);
	case LWS_CALLBACK_CLOSED:
		while (s->first) {
			struct message *m = s->first;

			s->first = m->next;
			free(m);
		}
		free(s->partial);
		return 0;
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, n);
	}
}

int
main(void)
{
	static const struct lws_protocols protocols[] = {
		{ .name = "echo", .callback = called,
		    .per_session_data_size = sizeof(struct session),
		    .rx_buffer_size = RECEIVE },
		{ .name = NULL },
	};
	struct lws_context_creation_info info = {
		.iface = "127.0.0.1",
		.protocols = protocols,
		.pt_serv_buf_size = RECEIVE,
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
	};

	lws_set_log_level(LLL_ERR, NULL);
	struct lws_context *context = lws_create_context(&info);
	struct lws_vhost *host = context ? lws_create_vhost(context, &info) : NULL;
	if (!host)
		return 1;
	printf("listening on http://127.0.0.1:%d\n",
	    lws_get_vhost_listen_port(host));
	fflush(stdout);
	while (lws_service(context, 0) >= 0)
		continue;
	return 1;
}
