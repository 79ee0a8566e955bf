/* SPDX-License-Identifier: MIT
 *
 * api.h - a daemon with json-router at /api on two workers, and its clients.
 */
#ifndef CLEAT_TESTS_API_H
#define CLEAT_TESTS_API_H

#include "daemon.h"
#include "raw.h"

/* Starts a prepared daemon; `config` is the route's group of that name,
 * `limits` further keys of the route. */
void api_start(struct daemon *, const char *config, const char *limits);
/* With further keys of the file. */
void api_start_with(
    struct daemon *, const char *top, const char *config, const char *limits);

/* Comes in, with further header lines (NULL: none), and takes hello. */
void api_open(struct daemon *, struct raw *, const char *headers);

/* Says a message and expects this answer. */
void api_ask(struct raw *, const char *message, const char *answer);

/* The next message begins so; its text, until the next call. */
const char *api_hear(struct raw *, const char *begins);

/* A metric of the route; waits until it has the value. */
void api_await(struct daemon *, const char *metric, double value);

/* What `cleatd -t` says about a config that has this in it: the text behind
 * "cleat.conf:", with the line. */
const char *api_complaint(struct daemon *, const char *config);

/* The error of a code, without an id, and with one. */
#define API_ERROR(code, message) \
	"{\"type\":\"error\",\"code\":\"" code "\",\"message\":\"" message "\"}"
#define API_ERROR_TO(id, code, message)                          \
	"{\"type\":\"error\",\"id\":\"" id "\",\"code\":\"" code \
	"\",\"message\":\"" message "\"}"

#define API_BAD_FORMAT	 API_ERROR("bad_format", "Invalid message format")
#define API_UNKNOWN_TYPE API_ERROR("unknown_type", "Unknown message type")
#define API_FORBIDDEN	 API_ERROR("forbidden", "This is not allowed")
#define API_RATE_LIMITED \
	API_ERROR("rate_limited", "Too many messages, slow down")
#define API_UNAVAILABLE API_ERROR("unavailable", "The service is not available")
#define API_TIMEOUT	API_ERROR("timeout", "The answer took too long")
#define API_INTERNAL	API_ERROR("internal", "An internal error")

#endif
