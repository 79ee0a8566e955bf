/* SPDX-License-Identifier: MIT
 *
 * config.h - the configuration of one cleatd, checked and complete.
 *
 * A struct config never changes after config_load() has returned it. Every
 * value is within the bounds of keys.def and every default is filled in, so
 * nobody downstream checks again. What needs a handler's file (does it load,
 * does it like its config) is the host's to check.
 *
 * All numbers are uint64_t, times in milliseconds, sizes in bytes.
 *
 * THREADS: any thread may read; the count of references is atomic.
 * config_load() on one thread at a time.
 * MEMORY: a config owns all it points to. A route or a listener is part of
 * its config: who keeps one keeps a reference to the config.
 */
#ifndef CLEAT_CONFIG_CONFIG_H
#define CLEAT_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/log.h"
#include "config/http.h"
#include "config/limits.h"
#include "config/listen.h"
#include "config/sandbox.h"
#include "config/tree.h"

struct proxies;

/* The private listener. */
struct config_status {
	struct config_listen at;
	bool publish; /* not only to be read */
};

struct config_log {
	struct log_options options;
	bool access;
};

/* The rows of proxy_header. */
enum config_forwarded { FORWARDED_X, FORWARDED_RFC };

/* What is kept of all routes' topics. */
struct config_topics {
	uint64_t topics;
	uint64_t history_bytes, registry_bytes;
};

enum { CONFIG_SPACE_MAX = 255, CONFIG_REDIRECT_MAX = 255 };

struct config_route {
	const char *path;    /* as written: "/echo", or "/chat/" and a star */
	bool prefix;	     /* written with the star */
	size_t path_len;     /* without the star */
	const char *handler; /* as written */
	const char *handler_file; /* the .so */
	const char *space;	  /* whose topics it shares */
	struct config_limits limits;
	const struct conf_node *config;	      /* for the handler, or NULL */
	const struct conf_node *node;	      /* for FILE:LINE */
	const struct conf_node *handler_node; /* the same of `handler` */
	/* The route that auth.handler would have, and has: it decides about
	 * handshakes of this one. NULL: there is none. */
	const struct config_route *guard;
};

struct config {
	const char *user;			  /* NULL: stays who it is */
	uint64_t workers;			  /* 0: one per core */
	uint64_t drain_timeout_ms, busy_poll_ms;  /* 0: off */
	uint64_t max_connections;		  /* of all routes */
	uint64_t max_per_address;		  /* 0: off */
	uint64_t handshake_rate, handshake_burst; /* of an address; 0: off */
	uint64_t failed_logins; /* of an address, for nothing; 0: all are */
	uint64_t login_delay_ms, login_delay_max_ms;
	uint64_t max_pending;
	uint64_t max_memory; /* 0: off */
	uint64_t job_threads, job_queue;
	struct config_strings trusted_proxies;
	struct proxies *proxies; /* the same, as it is asked */
	enum config_forwarded proxy_header;
	uint64_t stall_ms; /* 0: off */
	struct config_listen *listen;
	size_t n_listen;
	struct config_http http;
	const char *plugin_dir;
	struct config_status *status; /* NULL: no such listener */
	struct config_log log;
	struct config_sandbox sandbox;
	struct config_topics topics;
	struct config_limits defaults;
	struct config_route *routes;
	size_t n_routes;
	const struct conf_node *node; /* the main file */
	struct config_memory *memory; /* private */
};

/* Reads `file`, then conf.d/<name>.conf beside it in the order of their
 * names; those may only add routes. 0 and a config with one reference, or -1
 * and one line in *err. `listeners_given`: -l or the service manager says
 * where to listen, so `listen` may be missing. */
int config_load(const char *file, bool listeners_given, struct config **out,
    struct conf_error *err) __attribute__((warn_unused_result));
struct config *config_ref(struct config *);
void config_unref(struct config **);

/* Every key with type, bounds, default and meaning: --help-config, and the
 * KEYS section of cleat.conf(5) in man markup. */
void config_help(FILE *);
void config_man(FILE *);

/* Every key with its value and its origin; a configuration again. */
void config_dump(const struct config *, FILE *);

#endif
