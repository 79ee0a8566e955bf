/* SPDX-License-Identifier: MIT
 *
 * label.h - labels of samples in Prometheus' text format.
 *
 * THREADS: any. MEMORY: none.
 */
#ifndef CLEAT_BASE_LABEL_H
#define CLEAT_BASE_LABEL_H

#include <stdio.h>

/* key="value", whatever the value is. */
void label_put(FILE *, const char *key, const char *value);

#endif
