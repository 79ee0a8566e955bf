/* SPDX-License-Identifier: MIT
 *
 * advice.h - what a configuration says that is right, and hardly meant.
 *
 * Each line goes to `tell`.
 * THREADS: main thread. MEMORY: none.
 */
#ifndef CLEAT_ADVICE_H
#define CLEAT_ADVICE_H

struct config;

/* Its listeners are not those in use, which speak neither TLS nor the PROXY
 * protocol. */
void advice_plain(const struct config *, void (*tell)(const char *line));

/* Certificates of listeners that have ended: no browser takes them. And keys
 * that are everybody's to read. */
void advice_tls(const struct config *, void (*tell)(const char *line));

#endif
