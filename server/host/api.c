/* SPDX-License-Identifier: MIT
 *
 * api.c - the table that every handler is given.
 *
 * THREADS, MEMORY: see api.h.
 */
#include "config.h"

#include "host/api.h"

#include "base/log.h"
#include "host/host_struct.h"

const struct cleat_api api_table = {
	.size = sizeof(struct cleat_api),
	.abi_minor = CLEAT_ABI_MINOR,
#define API(fn) .fn = api_##fn,
#include "host/api.def"
};

bool
api_elsewhere(cleat_route *r, const char *function)
{
	if (!__atomic_exchange_n(&r->told_thread, true, __ATOMIC_RELAXED))
		log_error("%s: the handler %s called %s() on a wrong thread: "
			  "only functions marked [any] may be called there; "
			  "see post()",
		    r->callsite.path, r->callsite.handler, function);
	return false;
}

/* A thread that a handler has started itself may be any handler's. */
static int
nobodys_not_text(const char *function)
{
	struct host *h = host_current();

	if (h && !__atomic_exchange_n(&h->told_text, true, __ATOMIC_RELAXED))
		log_error("a thread of a handler's own gave %s() a text that "
			  "is not UTF-8: it was not sent; check its result, or "
			  "send CLEAT_BINARY",
		    function);
	return CLEAT_EINVAL;
}

int
api_not_text(cleat_route *r, const char *function)
{
	if (!r)
		return nobodys_not_text(function);
	if (!__atomic_exchange_n(&r->told_text, true, __ATOMIC_RELAXED))
		log_error("%s: the handler %s gave %s() a text that is not "
			  "UTF-8: it was not sent; check its result, or send "
			  "CLEAT_BINARY",
		    r->callsite.path, r->callsite.handler, function);
	return CLEAT_EINVAL;
}
