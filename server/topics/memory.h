/* SPDX-License-Identifier: MIT
 *
 * memory.h - the store of topics and the registry that is embedded: all of it
 * in this process, gone with it.
 *
 *   memory        the spaces, what is due, the figures
 *   memory_topic  join, leave, publish, evict
 *   topic         a name, who hears it, and its end
 *   history       what has been said
 *   members       who is there
 *   registry      values, claims, their ends
 *   batch         what all of that tells the workers
 *
 * THREADS: see store.h. One lock is around all; memory that is asked for or
 * given back in numbers is so outside it.
 */
#ifndef CLEAT_TOPICS_MEMORY_H
#define CLEAT_TOPICS_MEMORY_H

struct store;

/* Main thread. 0 or -ENOMEM. Its limits are none until set_limits(). */
int memory_store_new(struct store **);

#endif
