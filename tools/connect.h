/* SPDX-License-Identifier: MIT
 *
 * connect.h - what the parts of `cleat connect` share.
 *
 * connect.c reads the command line and says what came of it; client.c is
 * the conversation, on libwebsockets; client_lws.c what libwebsockets has to
 * be told before the first byte. Only the last two include its header.
 */
#ifndef CLEAT_TOOLS_CONNECT_H
#define CLEAT_TOOLS_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "url.h"

enum connect_binary { CONNECT_HEX, CONNECT_RAW };

struct connect_options {
	struct url url;
	struct option_texts headers, messages;
	const char *protocol, *origin, *unix_path, *ca, *reason;
	uint64_t count, max_line, close_code, timeout_s;
	uint64_t ping_ns, wait_ns;
	unsigned binary_out; /* enum connect_binary */
	bool binary, commands, listen, insecure, verbose;
};

/* Connects, talks until one side closes. Returns the exit code; what went
 * wrong was told on standard error. */
int
client_run(const struct connect_options *o) __attribute__((warn_unused_result));

#endif
