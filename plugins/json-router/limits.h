/* SPDX-License-Identifier: MIT
 *
 * limits.h - who may, and how often.
 */
#ifndef JSON_ROUTER_LIMITS_H
#define JSON_ROUTER_LIMITS_H

#include "router.h"

/* Reads an integer within bounds, which `range` tells a person. Non-zero:
 * conf_fail() has been told. */
int int_load(cleat_route *, const cleat_conf *, const char *key, int64_t def,
    int64_t min, int64_t max, const char *range, int64_t *);
/* The key `timeout`, likewise. */
int timeout_load(cleat_route *, const cleat_conf *, uint64_t def, uint64_t *ms);

/* Read the keys `allow` and `rate` of a place in the config; without them
 * everybody may, at any rate. Non-zero: conf_fail() has been told. */
int allow_load(cleat_route *, const cleat_conf *, struct allow *);
int rate_load(cleat_route *, const cleat_conf *, struct rate *);

/* "5/s", "100/m", "1/h". */
bool rate_read(const char *, struct rate *);

bool allowed(const struct allow *, cleat_conn *);

static inline bool
rate_take(const struct rate *r, cj_bucket *b)
{
	return r->burst == 0 ||
	       cj_take(b, r->per_s, r->burst, cleat->now_ms()) == 1;
}

#endif
