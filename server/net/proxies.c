/* SPDX-License-Identifier: MIT
 *
 * proxies.c - see proxies.h.
 */
#include "config.h"

#include "net/proxies.h"

#include <stdlib.h>
#include <string.h>

#include "net/address.h"

struct proxies {
	uint32_t refs; /* atomic */
	uint64_t within_ms, at_a_time;
	bool by_unix; /* "unix" is among them */
	size_t n;
	struct address_range ranges[];
};

struct proxies *
proxies_new(
    const char *const *names, size_t n, uint64_t within_ms, uint64_t at_a_time)
{
	struct proxies *p = calloc(1, sizeof *p + n * sizeof p->ranges[0]);

	if (!p)
		return NULL;
	p->refs = 1;
	p->within_ms = within_ms;
	p->at_a_time = at_a_time;
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], "unix") == 0)
			p->by_unix = true;
		else if (!address_range_parse(&p->ranges[p->n], names[i]))
			p->n++;
	return p;
}

struct proxies *
proxies_ref(struct proxies *p)
{
	__atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
	return p;
}

void
proxies_unref(struct proxies **pp)
{
	struct proxies *p = *pp;

	*pp = NULL;
	if (p && __atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL) == 0)
		free(p);
}

bool
proxies_include(const struct proxies *p, const struct sockaddr *who)
{
	struct address a;

	address_read(&a, who);
	if (a.bits == 0)
		return p->by_unix;
	for (size_t i = 0; i < p->n; i++)
		if (address_in(&a, &p->ranges[i]))
			return true;
	return false;
}

bool
proxies_any(const struct proxies *p, bool by_unix)
{
	return by_unix ? p->by_unix : p->n > 0;
}

uint64_t
proxies_within_ms(const struct proxies *p)
{
	return p->within_ms;
}

uint64_t
proxies_at_a_time(const struct proxies *p)
{
	return p->at_a_time;
}
