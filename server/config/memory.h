/* SPDX-License-Identifier: MIT
 *
 * memory.h - all that a struct config points to, freed together.
 *
 * A list of blocks that only grows while the file is loaded, and the trees
 * that were read. Its size is bounded by the size of the trees.
 */
#ifndef CLEAT_CONFIG_MEMORY_H
#define CLEAT_CONFIG_MEMORY_H

#include <stdatomic.h>
#include <stddef.h>

#include "config/tree.h"

struct auth;
struct tls_server;

struct config_memory {
	atomic_uint refs;
	struct memory_block *blocks;
	const struct config_path *paths; /* see paths.h */
};

/* `n` zeroed bytes that live as long as `m`, or NULL. */
void *memory_take(struct config_memory *m, size_t n);

/* Gives *root to `m`; on failure it is freed and NULL. 0 or -ENOMEM. */
int memory_keep(struct config_memory *m, struct conf_node **root);

/* Gives *tls to `m`; on failure it is given up and NULL. 0 or -ENOMEM. */
int memory_keep_tls(struct config_memory *m, struct tls_server **tls);

/* Empties *auth when `m` ends. 0 or -ENOMEM. */
int memory_keep_auth(struct config_memory *m, struct auth *auth);

void memory_fini(struct config_memory *m);

#endif
