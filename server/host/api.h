/* SPDX-License-Identifier: MIT
 *
 * api.h - the functions that handlers call, by the files that hold them:
 *
 *   api_conn.c    connections         api_conf.c   the config
 *   api_request.c requests            api_route.c  time, threads, telling
 *   api_topic.c   topics, registry
 *
 * Their contracts stand in cleat.h. Whatever a handler passes is checked: a
 * mistake is a result, never a crash of ours.
 *
 * THREADS: what cleat.h does not mark [any] begins with api_here().
 */
#ifndef CLEAT_HOST_API_H
#define CLEAT_HOST_API_H

#include <stdbool.h>

#include "cleat.h"
#include "host/instance.h"

extern const struct cleat_api api_table;

#define API(fn) extern __typeof__(*((const struct cleat_api *)0)->fn) api_##fn;
#include "host/api.def"

/* Says, once for an instance, who called what on a wrong thread. False. */
bool api_elsewhere(cleat_route *, const char *function);

/* Says that a text is not UTF-8: once for an instance, or for the host if
 * nobody knows whose it is (NULL). CLEAT_EINVAL. */
int api_not_text(cleat_route *, const char *function);

/* Is this the thread of the route? */
static inline bool
api_here(cleat_route *r, const char *function)
{
	return r && (instance_here(r) || api_elsewhere(r, function));
}

#endif
