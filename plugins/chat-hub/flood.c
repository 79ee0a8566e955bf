/* SPDX-License-Identifier: MIT
 *
 * flood.c - who says too much is warned, then mute for a while, then out.
 *
 * Every refusal is a strike, one for speaking while mute as well. When none
 * has come for the time of `flood_mute` they are forgotten.
 *
 * THREADS, MEMORY: see hub.h.
 */
#include "hub.h"

static enum refusal
strike(const struct request *q, uint64_t now, int speaks)
{
	struct person *p = q->p;
	unsigned warnings = (unsigned)q->set->warnings;

	p->strikes++;
	p->struck_at = now;
	cleat->metric(q->r, "rate_limited", 1);
	if (p->strikes > 2 * warnings) {
		cleat->metric(q->r, "flooders", 1);
		cleat->log(q->r, CLEAT_INFO, "%s floods", p->user);
		cleat->close(q->c, 1008, "flooding");
	} else if (p->strikes == warnings + 1) {
		p->muted_until = now + (uint64_t)q->set->flood_mute;
	}
	return speaks && now < p->muted_until ? MUTED : RATE_LIMITED;
}

enum refusal
flood_check(const struct request *q, int speaks)
{
	const struct settings *set = q->set;
	struct person *p = q->p;
	uint64_t now = cleat->now_ms();
	int passes = cj_take(&p->requests, set->rate, (double)set->burst, now);

	if (p->strikes > 0 && now - p->struck_at >= (uint64_t)set->flood_mute)
		p->strikes = 0;
	if (passes && !(speaks && now < p->muted_until))
		return DONE;
	return strike(q, now, speaks);
}
