/* SPDX-License-Identifier: MIT
 *
 * fixed.h - what stays as it was at the start.
 *
 * THREADS: any.
 */
#ifndef CLEAT_FIXED_H
#define CLEAT_FIXED_H

struct config;

/* What a reload cannot change is said, so that nobody waits for it. */
void fixed_tell(const struct config *now, const struct config *next);

#endif
