/* SPDX-License-Identifier: MIT
 *
 * server.h - HTTP in front of the host: one libmicrohttpd daemon.
 *
 * It gets sockets that a worker accepted, checks each request, answers with
 * a file or a page of the host, or knocks at the host's door with a
 * WebSocket handshake and hands the socket over after the 101. Nothing of it
 * listens: that is net. From the door's answer on, HTTP has no part in a
 * connection.
 *
 * One thread, libmicrohttpd's, does all of it, so a slow disk delays other
 * HTTP but no WebSocket.
 *
 * THREADS: as said per function.
 * MEMORY: a struct http owns its daemon and a reference to the configuration
 * that it serves, and borrows the host; a request keeps the configuration it
 * began with.
 */
#ifndef CLEAT_HTTP_SERVER_H
#define CLEAT_HTTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct arrived;
struct config;
struct http;
struct host;
struct redirects;

/* How often http_tick() wants to be called. */
enum { HTTP_TICK_MS = 250 };

/* Main thread. 0 or -errno; the reason was logged. Takes a reference to
 * the config. */
int http_start(struct http **, struct config *, struct host *);

/* Serves the files of another configuration from the next request on (the
 * routes are the host's, see host_load); 0 or -errno, then
 * the old one stays. http.max_header and http.max_connections are fixed when
 * the daemon starts: a change is logged and waits for a restart. Main
 * thread. */
int http_reload(struct http *, struct config *);

/* Which listeners redirect from the next request on; copied. Any thread. */
void http_redirect(struct http *, const struct redirects *);

/* Ends connections whose deadline has passed. Main thread, every
 * HTTP_TICK_MS. */
void http_tick(struct http *);

/* Answers what waits for the door with 503, ends all HTTP connections and
 * joins the thread. Connections that were handed over live on. The workers
 * may still run and answer; nobody may call http_take() any more. Main
 * thread. */
void http_stop(struct http **);

/* See worker_calls. Any thread. */
bool http_admits(struct http *, struct arrived *);
void http_left(struct http *, struct arrived *);

/* Takes an accepted socket, any stream socket, and the reference to what is
 * behind it; closes it when there is no room. What is known of it is copied,
 * and its address stands in logs and variables as it is. Any thread. */
void http_take(struct http *, int fd, const struct arrived *);

/* Writes the counters in Prometheus' text format. Any thread. */
void http_metrics(struct http *, FILE *);

#endif
