/* SPDX-License-Identifier: MIT
 *
 * names.h - what names and values of topics and the registry may look like.
 *
 * THREADS: any. MEMORY: none.
 */
#ifndef CLEAT_HOST_NAMES_H
#define CLEAT_HOST_NAMES_H

#include <stdbool.h>

/* A topic, a member, a key: 1 to 255 bytes of UTF-8 without control
 * characters. NULL is none. */
bool name_is_valid(const char *);

/* At most STORE_VALUE_MAX bytes. */
bool value_is_valid(const char *);

#endif
