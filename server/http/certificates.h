/* SPDX-License-Identifier: MIT
 *
 * certificates.h - what /metrics tells of certificates.
 *
 * THREADS: any. MEMORY: none.
 */
#ifndef CLEAT_HTTP_CERTIFICATES_H
#define CLEAT_HTTP_CERTIFICATES_H

#include <stdio.h>

struct config;

/* Samples of a family: when each certificate of the configuration ends. A file
 * that several listeners have is one. */
void certificates_print(const struct config *, const char *family, FILE *);

#endif
