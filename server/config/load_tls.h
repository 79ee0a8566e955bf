/* SPDX-License-Identifier: MIT
 *
 * load_tls.h - the TLS of one listener: its keys, and the files they name,
 * which are read and judged when the configuration is.
 *
 * THREADS, MEMORY: as config_load().
 */
#ifndef CLEAT_CONFIG_LOAD_TLS_H
#define CLEAT_CONFIG_LOAD_TLS_H

#include "config/config.h"
#include "config/error.h"

/* `l` is filled and lacks its TLS. 0, or -1 and a line in *err. */
int load_tls(struct config *, struct config_listen *l, struct conf_error *err);

#endif
