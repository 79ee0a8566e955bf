/* SPDX-License-Identifier: MIT
 *
 * instance_struct.h - what a struct cleat_route holds; instance.h says what
 * can be done with it.
 *
 *   LOADING   on_load runs on the main thread; posts wait
 *   LIVE      attached: everything happens on its worker
 *   DETACHED  nothing new is accepted; what was accepted still runs
 *   UNLOADING on_unload runs on the main thread
 *   GONE      a tombstone: the handle answers CLEAT_GONE for ever
 *
 * A scratch instance (worker NULL) never gets beyond LOADING: the check of a
 * configuration, or of a new config before a reload.
 *
 * THREADS: `lock` guards phase, work and held; other threads read the phase
 * without it when an answer a little late will do.
 * MEMORY: see instance.h.
 */
#ifndef CLEAT_HOST_INSTANCE_STRUCT_H
#define CLEAT_HOST_INSTANCE_STRUCT_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "cleat.h"
#include "config/config.h"
#include "host/callsite.h"
#include "host/measure.h"
#include "host/timer.h"
#include "net/loop.h"
#include "net/tally.h"

struct host;
struct ledger;
struct mount;
struct plugin;
struct store_space;
struct worker;

enum instance_phase {
	INSTANCE_LOADING,
	INSTANCE_LIVE,
	INSTANCE_DETACHED,
	INSTANCE_UNLOADING,
	INSTANCE_GONE,
};

enum {
	INSTANCE_WORK_MAX = 1 << 16, /* posts and jobs under way */
	INSTANCE_WATCHES_MAX = 4096,
	INSTANCE_KEYS_MAX = 64,
	INSTANCE_KEY_MAX = 40,
};

/* What is known of an on_load while it runs. */
struct instance_loading {
	struct conf_error *error; /* where the first complaint goes */
	bool failed;		  /* there was one */
	size_t n_keys;		  /* that it has asked for: to suggest */
	char keys[INSTANCE_KEYS_MAX][INSTANCE_KEY_MAX];
};

/* The message that on_message is looking at. */
struct given {
	const void *data; /* NULL: none */
	size_t len;
	int kind;
};

/* What every message touches stands first. */
struct cleat_route {
	struct callsite callsite;
	struct worker *worker;
	const struct cleat_handler *handler;
	void *state;
	struct store_space *space; /* of its topics; NULL: scratch */
	struct given given;
	enum instance_phase phase; /* atomic */
	bool loaded; /* on_load has accepted, so on_unload will be due */
	bool attached;
	uint64_t calls; /* of the frequent callbacks */
	struct tally tally;
	struct measure measures[CALLBACKS];
	uint64_t slow_ms; /* atomic */

	struct host *host;
	struct mount *mount; /* NULL: scratch, or gone */
	struct plugin *plugin;
	struct ledger *ledger;
	struct list node; /* of the host's instances */
	struct list tend; /* on the host's list of quiet ones */
	pthread_t main;	  /* the thread that loads and unloads it */

	pthread_mutex_t lock;
	pthread_cond_t held_more;
	size_t work; /* accepted posts and jobs that have not run */
	struct mail *held, **held_end;
	struct mail attach, detach;
	bool detaching; /* main thread: its mail has been put */

	struct config *config; /* a reference */
	const struct conf_node *conf;
	struct instance_loading *loading; /* NULL: on_load is not running */
	bool told_thread; /* of a call from a wrong thread; atomic */
	bool told_text;	  /* of a text that is not UTF-8; atomic */

	struct timers timers;
	struct list watches;
	unsigned n_watches;
};

#endif
