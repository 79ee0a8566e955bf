/* SPDX-License-Identifier: MIT
 *
 * http.h - the group `http` of the configuration.
 */
#ifndef CLEAT_CONFIG_HTTP_H
#define CLEAT_CONFIG_HTTP_H

#include <stdint.h>

#include "config/limits.h"

/* The rows of hsts_scope. */
enum config_hsts { HSTS_HOST, HSTS_SUBDOMAINS, HSTS_PRELOAD };

struct config_http {
	const char *root; /* folder of static files, or NULL: none */
	struct config_strings index;
	const char *cache_control;
	uint64_t max_header;
	uint64_t request_timeout_ms;
	uint64_t min_rate; /* bytes each second; 0: off */
	uint64_t max_connections;
	uint64_t max_per_address; /* 0: off */
	uint64_t cache_small, cache_total, cache_recheck_ms;
	uint64_t hsts_ms; /* 0: off */
	enum config_hsts hsts_scope;
};

#endif
