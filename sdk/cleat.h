/* SPDX-License-Identifier: MIT
 *
 * cleat.h - all that the author of a Cleat handler needs. C99 and C++17.
 *
 * A handler is a shared object that a path of the server is mapped to:
 * { path = "/echo"; handler = "echo"; }. The host accepts, upgrades, frames,
 * limits and closes; the handler gets whole messages.
 *
 * Example: echo.c
 *
 *	#include <cleat.h>
 *
 *	static void
 *	on_message(cleat_conn *c, int kind, const void *data, size_t len)
 *	{
 *		cleat->send(c, kind, data, len);
 *	}
 *
 *	CLEAT_HANDLER("echo", "1.0", .on_message = on_message)
 *
 * Build it, put it where the server's key plugins.dir points, name it in a
 * route, and reload:
 *
 *	cc -shared -fPIC $(pkg-config --cflags cleat) echo.c -o echo.so
 *	install echo.so $(pkg-config --variable=plugindir cleat)
 *	kill -HUP $(pidof cleatd)
 *
 * Most handlers need no more than this page:
 *
 *   cleat->send(c, kind, data, len)   a message to one connection
 *   cleat->close(c, code, reason)     ends it, politely
 *   cleat->state(c)                   your bytes for this connection
 *   cleat->route_state(cleat->route(c))  and for the whole route
 *   cleat->var(c, "REMOTE_ADDR")      what CGI calls variables
 *   cleat->conf_str(cleat->conf(r), "greeting", "hello")   your config
 *   cleat->log(r, CLEAT_INFO, "...")  a line in the server's log
 *   cleat->subscribe(c, "news", NULL)     hears what is published there
 *   cleat->publish(r, "news", kind, data, len, NULL)   to all who hear it
 *
 * Example: counter.c
 *
 *	#include <cleat.h>
 *
 *	struct visitor {
 *		unsigned messages;
 *	};
 *
 *	static void
 *	on_message(cleat_conn *c, int kind, const void *data, size_t len)
 *	{
 *		struct visitor *v = (struct visitor *)cleat->state(c);
 *
 *		(void)kind;
 *		(void)data;
 *		v->messages++;
 *		cleat->sendf(c, "message %u, %zu bytes", v->messages, len);
 *	}
 *
 *	CLEAT_HANDLER("counter", "1.0", .conn_size = sizeof(struct visitor),
 *	    .on_message = on_message)
 *
 *
 * THREADS. All routes of one .so live on one worker thread, and one callback
 * runs at a time: no locks, and a static variable is safe. With the flag
 * CLEAT_PARALLEL there is one instance of the route, with its own state, on
 * every worker. Functions marked [any] may be called from any thread; all
 * others only from the route's own callbacks, else they do nothing and answer
 * CLEAT_ETHREAD (or NULL, or 0), and the log names the culprit. A callback
 * that blocks stops everyone on its worker: hand slow work to job().
 *
 * MEMORY. What a callback is given dies when it returns. What you hand to the
 * host is copied, or already on its way. Connection and route state are the
 * host's: zeroed before you see them, freed after you were told. Strings that
 * functions return live until the callback returns, unless said otherwise.
 *
 * ORDER. send, close and the other functions never call you back before they
 * return. A negative result means that nothing has happened.
 */
#ifndef CLEAT_H
#define CLEAT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The host accepts a handler of the same major and of its own or an older
 * minor version. Tables only grow, at their end; before 1.0 a major may
 * change with any release. */
#define CLEAT_ABI_MAJOR 0
#define CLEAT_ABI_MINOR 3

typedef struct cleat_conn cleat_conn;	/* from on_handshake to on_free */
typedef struct cleat_route cleat_route; /* a handle for ever, see on_unload */
typedef struct cleat_conf cleat_conf;	/* a place in the route's config */
typedef uint64_t cleat_id;    /* of a connection; never given twice; 0: none */
typedef uint64_t cleat_timer; /* 0: none */

/* Bytes with a length; p is never NULL and p[n] is 0. */
typedef struct cleat_str {
	const char *p;
	size_t n;
} cleat_str;

/* The kinds of message. Text is valid UTF-8 before you see it, and must be
 * when you send it. */
enum { CLEAT_TEXT = 1, CLEAT_BINARY = 2 };

/* Flags of on_part and part(). */
enum { CLEAT_FIRST = 1, CLEAT_LAST = 2 };

/* Events of watch(). HUP comes unasked: error, or the other end has gone. */
enum { CLEAT_READ = 1, CLEAT_WRITE = 2, CLEAT_HUP = 4 };

/* Levels of log(). */
enum { CLEAT_DEBUG, CLEAT_INFO, CLEAT_WARN, CLEAT_ERROR };

/* Flags of a handler. */
enum { CLEAT_PARALLEL = 1 };

/* Results: negative ones mean that nothing has happened. */
enum {
	CLEAT_OK = 0,
	CLEAT_BUSY = 1,	    /* queued, but the peer reads too slowly */
	CLEAT_LATER = 2,    /* of on_handshake: decide() will follow */
	CLEAT_DROPPED = -1, /* the queue is full and the route drops */
	CLEAT_GONE = -2,    /* closing, closed, unloaded, decided */
	CLEAT_EINVAL = -3,  /* an argument cannot be right */
	CLEAT_ENOMEM = -4,
	CLEAT_ETHREAD = -5, /* not on the thread of the route */
	CLEAT_ELIMIT = -6,  /* one of the host's limits is reached */
	CLEAT_ENOENT = -7,  /* there is no such thing */
	CLEAT_ETAKEN = -8,  /* somebody has it; or you have it already */
	CLEAT_EDOWN = -9    /* the store of topics cannot be reached now */
};

#if defined(__GNUC__)
#define CLEAT_PRINTF_(f, a) __attribute__((format(printf, f, a)))
#else
#define CLEAT_PRINTF_(f, a)
#endif

/* How a handshake ends; all of it is copied by decide(). Zero accepts. */
typedef struct cleat_accept {
	int status;	      /* 0 or 101 accepts, else an HTTP status >= 400 */
	const char *protocol; /* a subprotocol that the client offered */
	const char *user;     /* var REMOTE_USER, to the end; in the log */
	const char *attrs;   /* lines "role=mod\n": var AUTH_role, to the end */
	const char *headers; /* of the answer: lines "Name: value\r\n" */
	const char *body;    /* of a refusal: a sentence */
	uint64_t until;	     /* since 0.3: as expire(); 0: for ever */
	void *reserved[3];
} cleat_accept;

/* TOPICS are names in the route's space: routes of the same key `space` share
 * them, whatever their handlers and workers; without it the space is named
 * after the path. A topic exists while somebody subscribes to it or its
 * history holds a message. What a topic's store decides comes back as a
 * callback, later. */

/* What a slow consumer may miss; all else it gets, or it is closed with 1013
 * (where nothing is stored, the route's queue_policy may drop instead). */
enum {
	CLEAT_KEEP,
	CLEAT_LOSE_FIRST, /* lost while the queue is above its low mark */
	CLEAT_LOSE_NEXT	  /* lost while it is above its high mark */
};

/* Room in a message where the host writes a number, right-aligned: JSON
 * allows blanks before it. */
#define CLEAT_STAMP	"                   0"
#define CLEAT_STAMP_LEN 20

/* Options of publish(); all zero is the usual. */
typedef struct cleat_pub {
	int store; /* gives it the topic's next seq, puts it in the history */
	int lose;  /* CLEAT_KEEP ...; what is stored is always kept */
	cleat_id except;    /* not to this connection */
	cleat_id from;	    /* on_published tells this one what became of it */
	const char *key;    /* with store: a second one of the same key is not
			  * published again while the history knows the first */
	uint64_t erase;	    /* also takes this seq out of the history; if it is
			  * not there, nothing is published: CLEAT_ENOENT */
	size_t stamp;	    /* with store; not 0: where in the message a
			  * CLEAT_STAMP stands for seq, */
	size_t stamp_epoch; /* and one for the epoch */
	void *reserved[4];
} cleat_pub;

/* Epochs and seqs are below 2^53. A topic's seq goes on by one with each
 * stored message; when the topic has been forgotten meanwhile (a restart, an
 * empty room) it begins anew in another epoch. */
typedef struct cleat_published {
	const char *topic, *key; /* key: as given to publish(), or NULL */
	uint64_t epoch, seq;	 /* 0 if it was not stored */
	int status;		 /* CLEAT_OK, or why it was not published */
	int duplicate; /* the key was known: epoch, seq are the first's */
} cleat_published;

/* Options of subscribe(); all zero is the usual. */
typedef struct cleat_sub {
	const char *member; /* a name for presence, such as the user's:
			     * several connections make one member */
	const char *info;   /* what members() tells of it; the latest counts */
	cleat_str first;    /* published, as text, when the member appears */
	cleat_str last;	    /* and when its last connection is gone */
	int resume;	    /* send what the history holds behind epoch, seq */
	uint64_t epoch, seq;
	uint32_t max; /* at most so many, the newest; 0: no limit */
	void *reserved[4];
} cleat_sub;

typedef struct cleat_subscribed {
	const char *topic;
	int status;	     /* CLEAT_OK, or why it is not subscribed */
	uint64_t epoch, seq; /* of the newest message now; seq 0: none yet */
	uint32_t missed;     /* messages of the history that follow now */
	int complete;	     /* is that all since the epoch and seq given? */
	uint32_t members;    /* this one included */
} cleat_subscribed;

/* THE DESCRIPTOR. Every callback may be NULL. In C++ the fields of
 * CLEAT_HANDLER stand in this order.
 *
 * Life of a route:       on_load, (on_reload ...), on_unload
 * Life of a connection:  on_handshake, on_open, on_message ..., on_close,
 *                        on_free
 */
typedef struct cleat_handler {
	uint32_t magic, abi_major, abi_minor, size;
	const struct cleat_api **table;
	const char *name, *version;
	uint32_t flags, reserved;
	size_t route_size; /* bytes of state for a route, at most 1 MiB */
	size_t conn_size;  /* and for a connection, at most 64 KiB */

	/* Once for each instance, on the main thread, before anybody
	 * connects. Reads the config, arms timers and watches; non-zero
	 * refuses to load, and on_unload does not follow. It also runs, with
	 * on_unload, on a scratch route when the server only checks its
	 * configuration: leave the world as it is. */
	int (*on_load)(cleat_route *);

	/* The end, on the main thread: after the last connection, job, post;
	 * timers and watches are off. The state is freed afterwards. The
	 * handle stays valid: calls with it answer CLEAT_GONE. */
	void (*on_unload)(cleat_route *);

	/* The route's config has changed: conf() is the new one already, and
	 * on_load has accepted it on a scratch route. The strings of the old
	 * config die when it returns. Without this callback a new instance is
	 * loaded beside this one, which keeps its connections and timers. */
	void (*on_reload)(cleat_route *);

	/* A client asks. 0 accepts, an HTTP status (400 to 599) refuses,
	 * CLEAT_LATER: decide() follows within handshake_timeout. */
	int (*on_handshake)(cleat_conn *);

	/* The connection is open. on_open and on_close pair exactly. */
	void (*on_open)(cleat_conn *);

	/* A whole message of at most max_message bytes; data[len] may not be
	 * read. Not after close(). */
	void (*on_message)(cleat_conn *, int kind, const void *data, size_t);

	/* If set, this comes instead: pieces of a message as they arrive,
	 * CLEAT_FIRST and CLEAT_LAST marked. A character may be cut. */
	void (*on_part)(
	    cleat_conn *, int kind, const void *data, size_t, int flags);

	/* After send() has answered CLEAT_BUSY: there is room again. */
	void (*on_drain)(cleat_conn *);

	/* The end of the conversation: the code of the close frame, or 1005
	 * (it had none) or 1006 (the connection was lost). */
	void (*on_close)(cleat_conn *, int code, cleat_str reason);

	/* The end of the state: after on_close, or after on_handshake when it
	 * did not lead to on_open. For memory, not for protocol. */
	void (*on_free)(cleat_conn *);

	/* What became of subscribe(). Behind it come the missed messages,
	 * then the live ones: in the order of their seq, none lost, none
	 * twice. */
	void (*on_subscribed)(cleat_conn *, const cleat_subscribed *);

	/* evict() has ended the subscription. */
	void (*on_unsubscribed)(
	    cleat_conn *, const char *topic, const char *why);

	/* What became of a publication whose `from` this was, after those
	 * subscribers of this worker have it. */
	void (*on_published)(cleat_conn *, const cleat_published *);

	/* What became of claim(): CLEAT_OK, CLEAT_ETAKEN and by whom, or
	 * another reason. */
	void (*on_claimed)(
	    cleat_conn *, const char *key, int status, const char *holder);
} cleat_handler;

/* THE FUNCTIONS, called as cleat->send(...). New ones are added at the end:
 * a handler that wants to run on an older host asks CLEAT_HAS(send). */
typedef struct cleat_api {
	uint32_t size, abi_minor;

	/* --- connection ------------------------------------------------ */

	/* Queues one message. CLEAT_OK, or CLEAT_BUSY above the high-water
	 * mark: queued too, but better wait for on_drain. At the hard limit
	 * the route's queue_policy decides: CLEAT_DROPPED, or the connection
	 * is closed with 1013 and the answer is CLEAT_GONE. CLEAT_EINVAL:
	 * no such kind, or text that is not UTF-8, which the log tells. */
	int (*send)(cleat_conn *, int kind, const void *data, size_t len);

	/* The same with a formatted text. */
	int (*sendf)(cleat_conn *, const char *fmt, ...) CLEAT_PRINTF_(2, 3);

	/* Sends one message in pieces: CLEAT_FIRST with the first, CLEAT_LAST
	 * with the last, the same kind with each. Until then send() and
	 * send_to() answer CLEAT_EINVAL. Pieces of text may cut a character;
	 * that the whole is UTF-8 is then checked. */
	int (*part)(
	    cleat_conn *, int kind, const void *data, size_t len, int flags);

	/* Ends the conversation: what is queued leaves first, on_close comes
	 * later; no message comes any more. 1000 to 1014 as RFC 6455 allows
	 * a server, or 3000 to 4999; at most 123 bytes of reason, NULL: none;
	 * else CLEAT_EINVAL. */
	int (*close)(cleat_conn *, int code, const char *reason);

	/* Holds back on_message and on_part, until switched off again. */
	int (*pause)(cleat_conn *, int on);

	/* Bytes that wait for the peer. */
	size_t (*queued)(cleat_conn *);

	/* [any] The name of a connection, for other threads and for later. */
	cleat_id (*id)(cleat_conn *);

	/* The connection of this name, if it is this instance's; else NULL. */
	cleat_conn *(*find)(cleat_route *, cleat_id);

	/* conn_size and route_size bytes; NULL where that size is 0. */
	void *(*state)(cleat_conn *);
	cleat_route *(*route)(cleat_conn *);
	void *(*route_state)(cleat_route *);

	/* [any] send() and close() by name, done soon on its own worker. The
	 * answer says only what can be known here: CLEAT_OK, CLEAT_EINVAL,
	 * CLEAT_ENOMEM, CLEAT_ELIMIT (too many such calls under way), or
	 * CLEAT_GONE for an id that no worker has. */
	int (*send_to)(cleat_id, int kind, const void *data, size_t len);
	int (*close_id)(cleat_id, int code, const char *reason);

	/* --- request --------------------------------------------------- */

	/* A variable of RFC 3875, or NULL: REQUEST_METHOD, REQUEST_URI,
	 * SCRIPT_NAME, PATH_INFO (what the * of "/room/" "*" stands for, with
	 * its "/"), QUERY_STRING, REMOTE_ADDR, REMOTE_PORT, REMOTE_USER,
	 * SERVER_NAME, SERVER_PORT, SERVER_PROTOCOL, SERVER_SOFTWARE,
	 * GATEWAY_INTERFACE, HTTPS ("on" or NULL), every header as
	 * HTTP_USER_AGENT, AUTH_TYPE, AUTH_* of cleat_accept.attrs or the
	 * route's `auth`, CLEAT_PROTOCOL (the
	 * subprotocol); over TLS SSL_PROTOCOL and SSL_CIPHER, of a client's
	 * verified certificate SSL_CLIENT_S_DN, SSL_CLIENT_S_DN_CN,
	 * SSL_CLIENT_SAN_DNS_0, _Email_0, _URI_0 and SSL_CLIENT_VERIFY.
	 * They answer until on_open returns; PATH_INFO, REMOTE_ADDR,
	 * REMOTE_USER, AUTH_*, CLEAT_PROTOCOL and what the route's keep_vars
	 * names answer to the end. */
	const char *(*var)(cleat_conn *, const char *name);

	/* The first parameter of this name in the query, decoded; NULL: none.
	 * A cookie, as sent. Both until on_open returns. */
	const char *(*query)(cleat_conn *, const char *name);
	const char *(*cookie)(cleat_conn *, const char *name);

	/* [any] The verdict after CLEAT_LATER, once; or, within on_handshake
	 * (return 0 then), the details of accepting. What is wrong about it
	 * is CLEAT_EINVAL; CLEAT_GONE: decided already, or timed out. */
	int (*decide)(cleat_id, const cleat_accept *);

	/* --- time ------------------------------------------------------ */

	uint64_t (*now_ms)(void);		/* [any] monotonic */
	uint64_t (*wall_ms)(void);		/* [any] since 1970 */
	void (*random)(void *data, size_t len); /* [any] unpredictable */

	/* Calls fn once, or every so often, on the route's worker; 0: the
	 * route has too many timers already. conn_after() dies with the
	 * connection. cancel() answers CLEAT_ENOENT for what is not armed. */
	cleat_timer (*after)(cleat_route *, uint64_t ms,
	    void (*fn)(cleat_route *, void *arg), void *arg);
	cleat_timer (*every)(cleat_route *, uint64_t ms,
	    void (*fn)(cleat_route *, void *arg), void *arg);
	cleat_timer (*conn_after)(cleat_conn *, uint64_t ms,
	    void (*fn)(cleat_conn *, void *arg), void *arg);
	int (*cancel)(cleat_route *, cleat_timer);

	/* --- other threads, other descriptors -------------------------- */

	/* [any] Calls fn on the route's worker, in order. When the answer is
	 * CLEAT_OK it will be called, before the state is freed; otherwise
	 * arg is still yours. */
	int (*post)(
	    cleat_route *, void (*fn)(cleat_route *, void *arg), void *arg);

	/* Calls work on a thread of the host's pool, where it may block, then
	 * done on the route's worker. CLEAT_ELIMIT: the pool's queue is full.
	 * Within work only functions marked [any] may be called. */
	int (*job)(cleat_route *, void (*work)(void *arg),
	    void (*done)(cleat_route *, void *arg), void *arg);

	/* Calls fn whenever a descriptor of yours is ready, until watched
	 * with events 0; do that before you close it. Again with other events
	 * or another fn changes it. */
	int (*watch)(cleat_route *, int fd, int events,
	    void (*fn)(cleat_route *, int fd, int events, void *arg),
	    void *arg);

	/* --- config ---------------------------------------------------- */

	/* The group `config` of the route, never NULL; what it returns lives
	 * until on_reload or on_unload has returned. A path is dotted:
	 * "limits.rate". conf_at() is the i-th element of the list or group
	 * at a path ("" is the place itself), NULL past the end. The others
	 * give `def` where there is nothing; a value of the wrong type makes
	 * on_load fail. conf_int() takes "64 KiB" and "5 s" (milliseconds)
	 * too. A key that on_load never asks for is reported as unknown. */
	const cleat_conf *(*conf)(cleat_route *);
	const cleat_conf *(*conf_at)(
	    const cleat_conf *, const char *path, size_t i);
	const char *(*conf_str)(
	    const cleat_conf *, const char *path, const char *def);
	int64_t (*conf_int)(const cleat_conf *, const char *path, int64_t def);
	int (*conf_bool)(const cleat_conf *, const char *path, int def);
	double (*conf_real)(const cleat_conf *, const char *path, double def);

	/* Says what is wrong with the value at a path; the host adds FILE:LINE.
	 * Non-zero, so that on_load can end with it. */
	int (*conf_fail)(cleat_route *, const cleat_conf *, const char *path,
	    const char *fmt, ...) CLEAT_PRINTF_(4, 5);

	/* --- telling, further modules ---------------------------------- */

	/* [any] One line of the log, with handler and path. */
	void (*log)(cleat_route *, int level, const char *fmt, ...)
	    CLEAT_PRINTF_(3, 4);

	/* [any] Adds to a counter that /metrics shows as
	 * cleat_handler_NAME{route="..."}. Names are [a-z][a-z0-9_]*, at most
	 * 40 bytes, at most 32 for a route; others, and those of the host's
	 * own in cleatd(8), are ignored. */
	void (*metric)(cleat_route *, const char *name, int64_t delta);

	/* In on_load: the interface of a further .so (see CLEAT_MODULE), which
	 * is found, checked and kept like a handler. NULL: it is refused, and
	 * the log says why. It lives as long as the route. */
	const void *(*module)(cleat_route *, const char *file,
	    const char *interface_name, uint32_t version);

	/* --- topics (since 0.2) ----------------------------------------- */

	/* on_subscribed will tell; until then it counts as subscribed. A name
	 * is 1 to 255 bytes of UTF-8 without control characters, as is a
	 * member; info, first and last have at most 4096 bytes.
	 * CLEAT_ETAKEN: it is already; CLEAT_ELIMIT: the connection has
	 * max_topics. Ends with the connection, or with unsubscribe(), after
	 * which nothing of the topic, on_subscribed neither, comes to it. */
	int (*subscribe)(cleat_conn *, const char *topic, const cleat_sub *);
	int (*unsubscribe)(cleat_conn *, const char *topic);

	/* How many topics the connection has; fn, if given, is called for
	 * each until it answers non-zero. */
	size_t (*topics)(
	    cleat_conn *, int (*fn)(void *, const char *topic), void *arg);
	int (*subscribed)(cleat_conn *, const char *topic); /* 1 or 0 */

	/* The members of a topic; fn as above, by name, with how many
	 * connections each has. Who subscribes without a member counts as
	 * none. */
	size_t (*members)(cleat_route *, const char *topic,
	    int (*fn)(
		void *, const char *member, const char *info, unsigned conns),
	    void *arg);

	/* [any] To every subscriber; framed once. Its bytes are copied.
	 * CLEAT_OK: on its way; what else becomes of it on_published tells.
	 * CLEAT_ELIMIT: too much is under way; CLEAT_EINVAL as with send(). */
	int (*publish)(cleat_route *, const char *topic, int kind,
	    const void *data, size_t len, const cleat_pub *);

	/* [any] Unsubscribes all connections of a member, which
	 * on_unsubscribed tells them. A subscribe that is still pending
	 * counts: its on_subscribed comes before. Of what one thread does,
	 * puts, evictions, closes and publications reach every worker in that
	 * order. */
	int (*evict)(cleat_route *, const char *topic, const char *member,
	    const char *why);

	/* --- registry (since 0.2) --------------------------------------- */

	/* [any] Small values in the route's space, one truth for all workers.
	 * Keys are as topics' names; a value has at most 4096 bytes, NULL
	 * removes it, as does the end of ttl_ms (0: never). CLEAT_ELIMIT: the
	 * registry is full. A key that is claimed is not put. */
	int (*put)(
	    cleat_route *, const char *key, const char *value, uint64_t ttl_ms);

	/* This worker's copy, or NULL: of a key that is claimed the holder.
	 * Another worker's put, or one's own, is seen a moment later. */
	const char *(*get)(cleat_route *, const char *key);

	/* Takes a key for a holder (a user, say; a name, too), as long as the
	 * connection lives, or until release(); on_claimed tells, unless it
	 * was released before. Several connections of one holder may hold it.
	 * A key that was put is taken. CLEAT_ETAKEN: this connection has
	 * claimed it already; CLEAT_ELIMIT: it has max_topics claims. */
	int (*claim)(cleat_conn *, const char *key, const char *holder);
	int (*release)(cleat_conn *, const char *key);

	/* --- authentication (since 0.3) --------------------------------- */

	/* Until when the connection may stay, in wall_ms(); 0: for ever. Then
	 * it is closed with 4419. Replaces what the handshake's token said. */
	int (*expire)(cleat_conn *, uint64_t until);

	/* Another token for the one that is about to expire, which the client
	 * has sent in a message, say. It is judged as the route's group `auth`
	 * judges one now, and must be the same user's: then REMOTE_USER,
	 * AUTH_* and the moment of expiry are those of the new one, and what
	 * var() gave before is no longer there. CLEAT_EINVAL: it is none of
	 * these; CLEAT_ENOENT: the route has no `auth` that takes tokens. Not
	 * within on_handshake or on_open. */
	int (*renew)(cleat_conn *, const char *token);
} cleat_api;

/* The host's functions. The host sets it before on_load; CLEAT_HANDLER
 * defines it, and further files of the same .so may use it too. (A linker
 * that finds `cleat' undefined misses the line CLEAT_HANDLER.) */
#if defined(__GNUC__)
__attribute__((visibility("hidden")))
#endif
extern const cleat_api *cleat;

/* Has this host the function? */
#define CLEAT_HAS(fn) \
	(offsetof(cleat_api, fn) < cleat->size && cleat->fn != NULL)

/*
 * Example: clock.c - a timer, the config, and state of the route.
 *
 *	#include <cleat.h>
 *
 *	struct clock {
 *		cleat_id last;
 *		const char *word;
 *	};
 *
 *	static void
 *	tick(cleat_route *r, void *arg)
 *	{
 *		struct clock *k = (struct clock *)cleat->route_state(r);
 *		cleat_conn *c = cleat->find(r, k->last);
 *
 *		(void)arg;
 *		if (c)
 *			cleat->sendf(c, "%s", k->word);
 *	}
 *
 *	static int
 *	on_load(cleat_route *r)
 *	{
 *		struct clock *k = (struct clock *)cleat->route_state(r);
 *		const cleat_conf *conf = cleat->conf(r);
 *		int64_t every = cleat->conf_int(conf, "every", 1000);
 *
 *		if (every < 10)
 *			return cleat->conf_fail(r, conf, "every",
 *			    "must be at least 10 ms");
 *		k->word = cleat->conf_str(conf, "word", "tick");
 *		return cleat->every(r, (uint64_t)every, tick, NULL) == 0;
 *	}
 *
 *	static void
 *	on_open(cleat_conn *c)
 *	{
 *		cleat_route *r = cleat->route(c);
 *		struct clock *k = (struct clock *)cleat->route_state(r);
 *
 *		k->last = cleat->id(c);
 *	}
 *
 *	CLEAT_HANDLER("clock", "1.0", .route_size = sizeof(struct clock),
 *	    .on_load = on_load, .on_open = on_open)
 *
 * Example: door.c - who may come in.
 *
 *	#include <cleat.h>
 *	#include <string.h>
 *
 *	static int
 *	on_handshake(cleat_conn *c)
 *	{
 *		const char *token = cleat->query(c, "token");
 *		cleat_accept a;
 *
 *		if (!token || strcmp(token, "sesame") != 0)
 *			return 401;
 *		memset(&a, 0, sizeof(a));
 *		a.user = "ali";
 *		a.attrs = "role=guest\n";
 *		return cleat->decide(cleat->id(c), &a) == CLEAT_OK ? 0 : 500;
 *	}
 *
 *	static void
 *	on_open(cleat_conn *c)
 *	{
 *		cleat->sendf(c, "welcome, %s (%s)", cleat->var(c, "REMOTE_USER"),
 *		    cleat->var(c, "AUTH_role"));
 *	}
 *
 *	CLEAT_HANDLER("door", "1.0", .on_handshake = on_handshake,
 *	    .on_open = on_open)
 *
 * Example: sum.c - a message of any size in pieces.
 *
 *	#include <cleat.h>
 *
 *	static void
 *	on_part(cleat_conn *c, int kind, const void *data, size_t len, int flags)
 *	{
 *		const unsigned char *p = (const unsigned char *)data;
 *		unsigned *sum = (unsigned *)cleat->state(c);
 *
 *		(void)kind;
 *		if (flags & CLEAT_FIRST)
 *			*sum = 0;
 *		while (len-- > 0)
 *			*sum += *p++;
 *		if (flags & CLEAT_LAST)
 *			cleat->sendf(c, "%u", *sum);
 *	}
 *
 *	CLEAT_HANDLER("sum", "1.0", .conn_size = sizeof(unsigned),
 *	    .on_part = on_part)
 *
 * Example: slow.c - work that blocks, answered later.
 *
 *	#include <cleat.h>
 *	#include <stdlib.h>
 *
 *	struct task {
 *		cleat_id asker;
 *		unsigned long n, factor;
 *	};
 *
 *	static void
 *	work(void *arg)
 *	{
 *		struct task *t = (struct task *)arg;
 *
 *		for (t->factor = 2; t->factor < t->n; t->factor++)
 *			if (t->n % t->factor == 0)
 *				break;
 *	}
 *
 *	static void
 *	done(cleat_route *r, void *arg)
 *	{
 *		struct task *t = (struct task *)arg;
 *		cleat_conn *c = cleat->find(r, t->asker);
 *
 *		if (c)
 *			cleat->sendf(c, "%lu", t->factor);
 *		free(t);
 *	}
 *
 *	static void
 *	on_message(cleat_conn *c, int kind, const void *data, size_t len)
 *	{
 *		struct task *t = (struct task *)calloc(1, sizeof(*t));
 *
 *		(void)kind;
 *		(void)data;
 *		if (!t)
 *			return;
 *		t->asker = cleat->id(c);
 *		t->n = len;
 *		if (cleat->job(cleat->route(c), work, done, t) != CLEAT_OK) {
 *			cleat->close(c, 1013, "too busy");
 *			free(t);
 *		}
 *	}
 *
 *	CLEAT_HANDLER("slow", "1.0", .on_message = on_message)
 *
 * Example: room.c - a topic, on all workers: who is there, what was missed.
 *
 *	#include <cleat.h>
 *	#include <string.h>
 *
 *	static void
 *	on_open(cleat_conn *c)
 *	{
 *		cleat_sub s;
 *
 *		memset(&s, 0, sizeof(s));
 *		s.member = cleat->query(c, "name");
 *		s.first.p = "somebody comes";
 *		s.first.n = strlen(s.first.p);
 *		s.resume = 1;
 *		if (cleat->subscribe(c, "room", &s) != CLEAT_OK)
 *			cleat->close(c, 1008, "not with this name");
 *	}
 *
 *	static void
 *	on_subscribed(cleat_conn *c, const cleat_subscribed *s)
 *	{
 *		if (s->status != CLEAT_OK)
 *			cleat->close(c, 1013, "try again later");
 *		else
 *			cleat->sendf(c, "%u here, %u missed",
 *			    (unsigned)s->members, (unsigned)s->missed);
 *	}
 *
 *	static void
 *	on_message(cleat_conn *c, int kind, const void *data, size_t len)
 *	{
 *		cleat_pub how;
 *
 *		memset(&how, 0, sizeof(how));
 *		how.store = 1;
 *		if (cleat->publish(cleat->route(c), "room", kind, data, len,
 *			&how) != CLEAT_OK)
 *			cleat->close(c, 1013, "too much is said");
 *	}
 *
 *	CLEAT_HANDLER("room", "1.0", .flags = CLEAT_PARALLEL,
 *	    .on_open = on_open, .on_message = on_message,
 *	    .on_subscribed = on_subscribed)
 */

/* --- what follows is machinery ----------------------------------------- */
/* clang-format off */

#define CLEAT_MAGIC_ 0x54414c43u /* "CLAT" */

/* An ELF note "Cleat" of type 1, which the host reads before it lets the
 * dynamic linker touch the file: the magic, major, minor. */
struct cleat_note_ {
	uint32_t namesz, descsz, type;
	char name[8];
	uint32_t desc[3];
};

#ifdef __cplusplus
#define CLEAT_EXTERN_ extern "C"
#define CLEAT_QUIET_                                                           \
	_Pragma("GCC diagnostic push")                                         \
	_Pragma("GCC diagnostic ignored \"-Wpragmas\"")                        \
	_Pragma("GCC diagnostic ignored \"-Wunknown-warning-option\"")         \
	_Pragma("GCC diagnostic ignored \"-Wc++20-extensions\"")               \
	_Pragma("GCC diagnostic ignored \"-Wpedantic\"")                       \
	_Pragma("GCC diagnostic ignored \"-Wmissing-field-initializers\"")
#define CLEAT_LOUD_ _Pragma("GCC diagnostic pop")
#else
#define CLEAT_EXTERN_ extern
/* A callback of a wrong signature is an error, as in C++. */
#define CLEAT_QUIET_                                                           \
	_Pragma("GCC diagnostic push")                                         \
	_Pragma("GCC diagnostic error \"-Wincompatible-pointer-types\"")
#define CLEAT_LOUD_ _Pragma("GCC diagnostic pop")
#endif

#define CLEAT_BEGIN_                                                           \
	__attribute__((section(".note.cleat"), used, aligned(4)))              \
	static const struct cleat_note_ cleat_note_ = { 6, 12, 1, "Cleat",     \
		{ CLEAT_MAGIC_, CLEAT_ABI_MAJOR, CLEAT_ABI_MINOR } };          \
	__attribute__((visibility("hidden"))) const cleat_api *cleat;

/* The one line that makes a .so a handler: its name, its version, and what of
 * struct cleat_handler it has. No semicolon follows. */
#define CLEAT_HANDLER(NAME, VERSION, ...)                                      \
	CLEAT_QUIET_                                                           \
	CLEAT_BEGIN_                                                           \
	CLEAT_EXTERN_ __attribute__((visibility("default")))                   \
	const cleat_handler cleat_handler_v1;                                  \
	const cleat_handler cleat_handler_v1 = { .magic = CLEAT_MAGIC_,        \
		.abi_major = CLEAT_ABI_MAJOR, .abi_minor = CLEAT_ABI_MINOR,    \
		.size = sizeof(cleat_handler), .table = &cleat, .name = NAME,  \
		.version = VERSION, __VA_ARGS__ };                             \
	CLEAT_LOUD_

/* A further .so that handlers get from module(): a pointer to whatever the
 * two have agreed upon under a name and a version. */
typedef struct cleat_module {
	uint32_t magic, abi_major, abi_minor, size;
	const cleat_api **table;
	const char *interface_name;
	uint32_t version, reserved;
	const void *interface_ptr;
} cleat_module;

#define CLEAT_MODULE(INTERFACE, VERSION, PTR)                                  \
	CLEAT_BEGIN_                                                           \
	CLEAT_EXTERN_ __attribute__((visibility("default")))                   \
	const cleat_module cleat_module_v1;                                    \
	const cleat_module cleat_module_v1 = { CLEAT_MAGIC_, CLEAT_ABI_MAJOR,  \
		CLEAT_ABI_MINOR, sizeof(cleat_module), &cleat, INTERFACE,      \
		VERSION, 0, PTR };

#ifdef __cplusplus
}
#endif

#endif
