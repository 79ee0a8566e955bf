/* SPDX-License-Identifier: MIT
 *
 * encoding.h - which compressed twin of a file does the client like best?
 *
 * THREADS: any; pure functions and a table.
 * RFC 9110 section 12.5.3.
 */
#ifndef CLEAT_HTTP_ENCODING_H
#define CLEAT_HTTP_ENCODING_H

/* Of two that are liked alike the first is sent. */
enum encoding { ENCODING_BR, ENCODING_GZIP, ENCODING_NONE };

struct encoding_row {
	const char *name;   /* in Content-Encoding */
	const char *suffix; /* of the twin's name */
	const char *tag;    /* what its ETag ends with */
};

/* ENCODING_NONE has a row, too: no name, and empty texts. */
const struct encoding_row *encoding_row(enum encoding);

/* Reads an Accept-Encoding (NULL: none came). `there` has the bit 1 << e for
 * each encoding that the file exists in. One that is sent is accepted, and
 * liked no less than the plain file. */
enum encoding encoding_choose(const char *accept_encoding, unsigned there);

#endif
