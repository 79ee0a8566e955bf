/* SPDX-License-Identifier: MIT
 *
 * memory.c - blocks in a list; a block may stand for a tree, or for what TLS
 * or a route's authentication is made of, as well.
 */
#include <config.h>

#include <errno.h>
#include <stdlib.h>

#include "config/memory.h"
#include "auth/auth.h"
#include "net/tls_server.h"

struct memory_block {
	struct memory_block *next;
	struct conf_node *tree; /* or NULL */
	struct tls_server *tls; /* or NULL */
	struct auth *auth;	/* or NULL */
	max_align_t data[];
};

void *
memory_take(struct config_memory *m, size_t n)
{
	struct memory_block *b = calloc(1, sizeof(*b) + n);

	if (b == NULL)
		return NULL;
	b->next = m->blocks;
	m->blocks = b;
	return b->data;
}

int
memory_keep(struct config_memory *m, struct conf_node **root)
{
	if (memory_take(m, 0) == NULL) {
		conf_free(root);
		return -ENOMEM;
	}
	m->blocks->tree = *root;
	return 0;
}

int
memory_keep_tls(struct config_memory *m, struct tls_server **tls)
{
	if (memory_take(m, 0) == NULL) {
		tls_server_unref(tls);
		return -ENOMEM;
	}
	m->blocks->tls = *tls;
	return 0;
}

int
memory_keep_auth(struct config_memory *m, struct auth *auth)
{
	if (memory_take(m, 0) == NULL)
		return -ENOMEM;
	m->blocks->auth = auth;
	return 0;
}

void
memory_fini(struct config_memory *m)
{
	for (struct memory_block *b; (b = m->blocks) != NULL;) {
		m->blocks = b->next;
		conf_free(&b->tree);
		tls_server_unref(&b->tls);
		if (b->auth != NULL)
			auth_fini(b->auth);
		free(b);
	}
}
