/* SPDX-License-Identifier: MIT
 *
 * visitors.c - see visitors.h.
 */
#include "config.h"

#include "http/visitors.h"

#include "base/log.h"
#include "config/config.h"
#include "http/service.h"
#include "net/address.h"
#include "net/arrived.h"
#include "net/proxies.h"

int
visitors_init(struct visitors *v, const struct config *config)
{
	visitors_limit(v, config);
	return crowd_init(&v->crowd);
}

void
visitors_fini(struct visitors *v)
{
	crowd_fini(&v->crowd);
}

void
visitors_limit(struct visitors *v, const struct config *config)
{
	__atomic_store_n(
	    &v->most, config->http.max_per_address, __ATOMIC_RELAXED);
}

static bool
is_trusted(struct service *s, const struct arrived *a)
{
	struct settings *settings = service_settings(s);
	bool trusted =
	    proxies_include(settings->config->proxies, arrived_from(a));

	settings_unref(&settings);
	return trusted;
}

static void
refuse(struct service *s, const struct arrived *a, uint64_t most)
{
	char from[ADDRESS_TEXT_MAX];

	address_text(arrived_from(a), from);
	LOG_EVENT(LOG_LEVEL_WARN, "connection refused", LOG_STR("from", from),
	    LOG_STR("why", "http.max_per_address"), LOG_NUM("limit", most));
	__atomic_add_fetch(&s->counters.crowded, 1, __ATOMIC_RELAXED);
}

bool
visitors_enter(struct service *s, struct arrived *a)
{
	uint64_t most = __atomic_load_n(&s->visitors.most, __ATOMIC_RELAXED);
	struct address from;

	a->counted = false;
	if (most == 0 || address_len(arrived_from(a)) == 0 || is_trusted(s, a))
		return true;
	address_read(&from, arrived_from(a));
	if (crowd_enter(&s->visitors.crowd, &from, most) != CROWD_IN) {
		refuse(s, a, most);
		return false;
	}
	a->counted = true;
	return true;
}

void
visitors_leave(struct visitors *v, struct arrived *a)
{
	struct address from;

	if (!a->counted)
		return;
	a->counted = false;
	address_read(&from, arrived_from(a));
	crowd_leave(&v->crowd, &from);
}
