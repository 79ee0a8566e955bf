/* SPDX-License-Identifier: MIT
 *
 * module.h - the further .so files that answer types; see cleat_router.h for
 * what they are promised.
 */
#ifndef JSON_ROUTER_MODULE_H
#define JSON_ROUTER_MODULE_H

#include "rule.h"

struct module {
	const char *file;
	const cr_module *calls;
	void *state;
};

/* Reads the key `modules`, and starts each. Those that are started when it
 * fails are the router's, too. */
int modules_load(cleat_route *, struct router *);
void modules_fini(cleat_route *, struct router *);

/* Finds "FILE:TYPE"; false: there is none. */
bool module_find(const struct router *, const char *name,
    const struct module **, const cr_type **);

#endif
