/* SPDX-License-Identifier: MIT
 *
 * limits.h - what `defaults` gives to all routes and each may change; part of
 * config.h, where threads and memory are spoken of.
 */
#ifndef CLEAT_CONFIG_LIMITS_H
#define CLEAT_CONFIG_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/rules.h"
#include "wire/extension.h"

struct config_strings {
	const char *const *v;
	size_t n;
};

struct config_codes {
	const uint16_t *v;
	size_t n;
};

/* What each topic of a space remembers; as struct store_history. */
struct config_history {
	uint64_t messages; /* 0: nothing */
	uint64_t bytes;	   /* 0: no bound of this kind */
	uint64_t age_ms;   /* the same */
};

struct config_auth;

enum config_refuse { REFUSE_STATUS, REFUSE_CLOSE };

/* What `defaults` gives and each route may change. */
struct config_limits {
	struct config_auth *auth; /* NULL: the handler decides */
	struct rules rules;
	uint64_t max_connections; /* 0: only the total counts */
	uint64_t handshake_timeout_ms;
	uint64_t max_topics; /* of one connection */
	struct config_history history;
	uint64_t slow_ms; /* 0: off */
	enum config_refuse refuse;
	bool deflate, deflate_takeover;
	uint64_t deflate_window;       /* bits */
	struct config_strings origins; /* none: { "self" } */
	struct config_strings protocols;
	struct config_strings keep_vars;
	struct config_codes expected_closes;
};

#endif
