/* SPDX-License-Identifier: MIT
 *
 * mime.h - the media type of a file, by its name; the rows of mime.def.
 *
 * Contents are never looked at, and browsers are told not to guess either
 * (X-Content-Type-Options).
 *
 * THREADS: any; the table is constant.
 */
#ifndef CLEAT_HTTP_MIME_H
#define CLEAT_HTTP_MIME_H

/* Never NULL; "application/octet-stream" for what is not in the table. */
const char *mime_of(const char *path);

#endif
