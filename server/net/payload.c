/* SPDX-License-Identifier: MIT
 *
 * payload.c - see payload.h.
 *
 * THREADS: any.
 */
#include "config.h"

#include "net/payload.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "wire/frame.h"

static uint64_t bytes; /* atomic: of all payloads */

struct payload *
payload_new(int type, const void *data, size_t n)
{
	return payload_new_frame(FRAME_FIN | (unsigned)type, data, n);
}

struct payload *
payload_new_frame(unsigned first, const void *data, size_t n)
{
	uint8_t head[FRAME_SERVER_MAX];
	size_t len = frame_put(head, first, n);
	struct payload *p;

	if (n > SIZE_MAX - sizeof *p - len)
		return NULL;
	p = malloc(sizeof *p + len + n);
	if (!p)
		return NULL;
	__atomic_add_fetch(&bytes, sizeof *p + len + n, __ATOMIC_RELAXED);
	p->refs = 1;
	p->head = (uint32_t)len;
	p->len = len + n;
	memcpy(p->frame, head, len);
	if (n > 0)
		memcpy(p->frame + len, data, n);
	return p;
}

struct payload *
payload_ref(struct payload *p)
{
	__atomic_fetch_add(&p->refs, 1, __ATOMIC_RELAXED);
	return p;
}

void
payload_unref(struct payload **pp)
{
	struct payload *p = *pp;
	uint32_t before;

	*pp = NULL;
	if (!p)
		return;
	before = __atomic_fetch_sub(&p->refs, 1, __ATOMIC_ACQ_REL);
	must(before > 0);
	if (before > 1)
		return;
	__atomic_sub_fetch(&bytes, sizeof *p + p->len, __ATOMIC_RELAXED);
	free(p);
}

uint64_t
payload_bytes(void)
{
	return __atomic_load_n(&bytes, __ATOMIC_RELAXED);
}
