/* SPDX-License-Identifier: MIT
 *
 * cleat_router.h - for a .so that answers types of json-router in C.
 *
 * The module names its types; a route of the router's config maps a type of
 * the protocol to one of them (call = "orders.so:create"), and says who may
 * say it, how often, and what its payload must be: all that is checked before
 * the module is asked. It answers at once or later, from any thread, by the
 * request's token; after the route's timeout the client has been told so, and
 * the answer is dropped and counted.
 *
 * Example: greet.c
 *
 *	#include <cleat_router.h>
 *
 *	static int
 *	start(cleat_route *r, const cleat_conf *conf, void **state)
 *	{
 *		(void)r;
 *		*state = (void *)(uintptr_t)cleat->conf_str(conf, "word", "hello");
 *		return 0;
 *	}
 *
 *	static void
 *	greet(const cr_request *q, void *state)
 *	{
 *		const char *name = cj_str(q->payload, "name");
 *
 *		if (!name)
 *			q->host->fail(q->route, q->token, "bad_payload",
 *			    "payload.name: is missing");
 *		else
 *			q->host->reply(q->route, q->token, json_pack("{s:s,s:s}",
 *			    "word", (const char *)state, "name", name));
 *	}
 *
 *	static const cr_type types[] = { { "greet", greet } };
 *	static const cr_module module = { sizeof(module), 1, types, start, NULL };
 *
 *	CLEAT_MODULE(CR_INTERFACE, CR_VERSION, &module)
 *
 * THREADS: start, stop and the functions of types run where the router's
 * callbacks do; there is one router for each worker, each starts the module,
 * and static variables are shared by all of them.
 */
#ifndef CLEAT_ROUTER_H
#define CLEAT_ROUTER_H

#include <cleat_json.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CR_INTERFACE "json-router"
#define CR_VERSION   1

/* The name of one request, to be kept as long as you like. */
typedef struct cr_token {
	cleat_id conn;
	uint64_t number;
} cr_token;

/* The router's functions, [any]. The first answer to a request counts.
 * CLEAT_OK: it is on its way to the router; else as post(). */
typedef struct cr_host {
	uint32_t size;

	/* Steals the payload; NULL: none. */
	int (*reply)(cleat_route *, cr_token, json_t *payload);

	/* A code is 1 to 40 of a-z 0-9 _, and means what docs/JSON.md says or
	 * what your own protocol does; the message is a sentence. Else
	 * CLEAT_EINVAL. */
	int (*fail)(
	    cleat_route *, cr_token, const char *code, const char *message);
} cr_host;

/* It dies when the function returns; what the token, the route and the host
 * are may be kept. */
typedef struct cr_request {
	cleat_conn *conn;
	cleat_route *route;
	cr_token token;
	const cr_host *host;
	const char *type;      /* as the client says it */
	const char *user;      /* NULL: nobody */
	const json_t *payload; /* NULL: none */
} cr_request;

typedef struct cr_type {
	const char *name;
	void (*fn)(const cr_request *, void *state);
} cr_type;

typedef struct cr_module {
	uint32_t size;
	uint32_t n_types;
	const cr_type *types;

	/* As on_load, of which it is a part: non-zero refuses, and no
	 * outside effects, since it runs for `cleatd -t` too. `conf` is the
	 * module's element of `modules`: its keys stand beside `file`. What it
	 * writes to *state is given to the others. */
	int (*start)(cleat_route *, const cleat_conf *conf, void **state);

	/* As on_unload; may be NULL, as may start. */
	void (*stop)(cleat_route *, void *state);
} cr_module;

#ifdef __cplusplus
}
#endif

#endif
