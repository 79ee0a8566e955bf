/* SPDX-License-Identifier: MIT
 *
 * same.h - whether two values are the same as JSON Schema has it: 1 and 1.0
 * are, whatever jansson calls them. Pure functions.
 */
#ifndef JSON_ROUTER_SAME_H
#define JSON_ROUTER_SAME_H

#include <stdbool.h>

#include <jansson.h>

bool same_value(json_t *, json_t *);

/* Two numbers: below, at or above 0, as the first is below the second. */
int compare_numbers(json_t *, json_t *);

#endif
