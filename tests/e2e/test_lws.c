/* SPDX-License-Identifier: MIT
 *
 * test_lws.c - an independent implementation as the other end.
 *
 * libwebsockets connects, negotiates a subprotocol, sends text and binary of
 * many sizes in fragments of its own choosing and closes; whatever it finds
 * wrong with our frames makes it drop the connection.
 */
#include "config.h"

#include <check.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>

#include "daemon.h"
#include "suite.h"

enum { BIGGEST = 200000 };

static const size_t sizes[] = { 1, 125, 126, 127, 4096, 65535, 65536, BIGGEST };
enum { N_SIZES = sizeof sizes / sizeof *sizes };

struct talk {
	unsigned next; /* message under way: size, and text or binary */
	size_t got;
	bool established, sent, done, failed;
	char protocol[32];
	uint8_t message[BIGGEST];
	uint8_t out[LWS_PRE + BIGGEST]; /* masked in place by the library */
	int close_code;
};

static size_t
size_of(const struct talk *t)
{
	return sizes[t->next / 2 % N_SIZES];
}

static void
received(struct talk *t, struct lws *wsi, const uint8_t *p, size_t n)
{
	size_t size = size_of(t);

	if (lws_frame_is_binary(wsi) != (int)(t->next % 2) ||
	    t->got + n > size || memcmp(p, t->message + t->got, n) != 0) {
		t->failed = true;
		return;
	}
	t->got += n;
	if (t->got < size || !lws_is_final_fragment(wsi))
		return;
	t->got = 0;
	t->sent = false;
	t->next++;
	t->done = t->next == 2 * N_SIZES;
	lws_callback_on_writable(wsi);
}

static int
callback(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in,
    size_t len)
{
	unsigned char thanks[] = "thank you";
	struct talk *t = lws_get_opaque_user_data(wsi);

	(void)user;
	switch ((int)why) {
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		t->failed = true;
		break;
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		t->established = true;
		snprintf(t->protocol, sizeof t->protocol, "%s",
		    lws_get_protocol(wsi)->name);
		lws_callback_on_writable(wsi);
		break;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		if (t->done) {
			lws_close_reason(wsi, 4000, thanks, sizeof thanks - 1);
			return -1;
		}
		if (t->sent)
			break;
		t->sent = true;
		memcpy(t->out + LWS_PRE, t->message, size_of(t));
		if (lws_write(wsi, t->out + LWS_PRE, size_of(t),
			t->next % 2 ? LWS_WRITE_BINARY : LWS_WRITE_TEXT) < 0)
			return -1;
		break;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		received(t, wsi, in, len);
		break;
	case LWS_CALLBACK_CLIENT_CLOSED:
		t->established = false;
		break;
	default:
		break;
	}
	return t && t->failed ? -1 : 0;
}

static const struct lws_protocols protocols[] = {
	{ "mirror.v1", callback, 0, 65536, 0, NULL, 0 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 },
};

START_TEST(libwebsockets_and_the_host_understand_each_other)
{
	struct daemon d;
	static struct talk t;
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.gid = (gid_t)-1,
		.uid = (uid_t)-1,
	};

	for (size_t i = 0; i < BIGGEST; i++)
		t.message[i] = (uint8_t)('a' + i % 26);
	daemon_prepare(&d);
	daemon_start(&d, "routes = ( { path = \"/echo\"; handler = \"echo\";\n"
			 "             protocols = [ \"mirror.v1\" ]; } );");
	lws_set_log_level(0, NULL);
	struct lws_context *context = lws_create_context(&info);
	ck_assert_ptr_nonnull(context);
	struct lws_client_connect_info to = {
		.context = context,
		.address = "127.0.0.1",
		.host = "127.0.0.1",
		.port = d.port,
		.path = "/echo",
		.protocol = "mirror.v1",
		.local_protocol_name = "mirror.v1",
		.opaque_user_data = &t,
	};
	ck_assert_ptr_nonnull(lws_client_connect_via_info(&to));
	while (!t.failed && !(t.done && !t.established))
		ck_assert_int_ge(lws_service(context, 0), 0);
	lws_context_destroy(context);
	ck_assert(!t.failed);
	ck_assert_str_eq(t.protocol, "mirror.v1");
	ck_assert_uint_eq(t.next, 2 * N_SIZES);
	daemon_log(&d, "closed", "4000", "thank you", NULL);
	daemon_end(&d);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("libwebsockets");

	tcase_add_test(suite_case(s, "interop"),
	    libwebsockets_and_the_host_understand_each_other);
	return suite_run(s);
}
