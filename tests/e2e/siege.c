/* SPDX-License-Identifier: MIT
 *
 * siege.c - see siege.h.
 */
#include "config.h"

#include "siege.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "holding.h"
#include "secure.h"

struct siege siege;

void
siege_prepare(void)
{
	daemon_prepare(&siege.d);
}

void
siege_begin(const char *more)
{
	char text[4096];
	int n = snprintf(text, sizeof text,
	    "listen = ( { address = \"127.0.0.1\"; port = 0; },\n"
	    "  { address = \"127.0.0.1\"; port = 0; tls: { %s }; } );\n%s",
	    SECURE_FILES("one"), more);

	ck_assert_int_lt(n, (int)sizeof text);
	daemon_config(&siege.d, text);
	daemon_start_as_configured(&siege.d);
	siege.port[SIEGE_PLAIN] = siege.d.port;
	siege.port[SIEGE_TLS] =
	    daemon_announced(&siege.d, "listening on https");
	raw_ws(&siege.witness, siege.d.port, "/echo");
	siege_witness();
	siege.descriptors = holding_descriptors(&siege.d);
}

void
siege_start(const char *timeout, const char *http, const char *more)
{
	char text[2048];
	int n = snprintf(text, sizeof text,
	    "http: { root = \"www\"; request_timeout = \"%s\"; %s };\n%s\n"
	    "routes = ( { path = \"/echo\"; handler = \"echo\";\n"
	    "  max_message = \"8 MiB\"; queue_bytes = \"16 MiB\"; },\n"
	    "{ path = \"/idle\"; handler = \"echo\";\n"
	    "  idle_timeout = \"1 s\"; close_within = \"100 ms\"; },\n"
	    "{ path = \"/silent\"; handler = \"echo\";\n"
	    "  ping_every = \"300 ms\"; pong_within = \"1 s\";\n"
	    "  close_within = \"100 ms\"; } );",
	    timeout, http, more);

	ck_assert_int_lt(n, (int)sizeof text);
	siege_prepare();
	siege_begin(text);
}

void
siege_stop(void)
{
	siege_witness();
	holding_await_descriptors(&siege.d, siege.descriptors);
	raw_shut(&siege.witness);
	daemon_await(&siege.d, "cleat_connections_and_handshakes", 0);
	daemon_end(&siege.d);
}

void
siege_witness(void)
{
	struct raw newcomer;

	raw_text(&siege.witness, "I am here");
	raw_expect(&siege.witness, "I am here");
	raw_ws(&newcomer, siege.d.port, "/echo");
	raw_text(&newcomer, "and I");
	raw_expect(&newcomer, "and I");
	raw_close(&newcomer, 1000, "");
	raw_expect_close(&newcomer, 1000, "");
	raw_shut(&newcomer);
}

void
siege_connect(struct besieger *b, enum siege_door door)
{
	b->door = door;
	if (door == SIEGE_TLS)
		tunnel_open(&b->tunnel, siege.port[door], NULL);
	else
		raw_open(&b->tunnel.raw, siege.port[door]);
}

void
siege_upgrade(struct besieger *b, enum siege_door door, const char *path)
{
	siege_connect(b, door);
	ck_assert_int_eq(raw_upgrade(&b->tunnel.raw, path, ""), 101);
}

void
siege_leave(struct besieger *b)
{
	if (b->door == SIEGE_TLS)
		tunnel_shut(&b->tunnel);
	else
		raw_shut(&b->tunnel.raw);
}
