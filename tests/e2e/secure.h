/* SPDX-License-Identifier: MIT
 *
 * secure.h - a daemon that speaks TLS, with the echo and the probe.
 *
 * Its certificates are those of tests/config/tls.
 */
#ifndef CLEAT_TESTS_SECURE_H
#define CLEAT_TESTS_SECURE_H

#include "daemon.h"
#include "tunnel.h"

/* Two keys of a tls group. */
#define SECURE_FILES(name)                                                 \
	"certificate = \"" TESTS_TLS "/" name ".pem\"; key = \"" TESTS_TLS \
	"/" name "-key.pem\";"

#define SECURE_ROUTES                                                        \
	"routes = ( { path = \"/echo\"; handler = \"echo\";"                 \
	"  max_message = \"8 MiB\"; queue_bytes = \"16 MiB\";"               \
	"  keep_vars = [ \"HTTPS\" ]; },"                                    \
	"{ path = \"/probe\"; handler = \"probe\"; keep_vars = [ \"HTTPS\"," \
	"  \"SSL_PROTOCOL\", \"SSL_CIPHER\", \"SSL_CLIENT_S_DN\","           \
	"  \"SSL_CLIENT_VERIFY\", \"REMOTE_ADDR\", \"SERVER_PORT\" ]; } );"

/* TLS 1.3 and 1.2: as a wish, and as a handler sees them. */
enum { SECURE_VERSIONS = 2 };
extern const char *const secure_versions[SECURE_VERSIONS];
extern const char *const secure_names[SECURE_VERSIONS];

/* `keys` are the listener's, `more` whatever else there is. */
void secure_start(struct daemon *, const char *keys, const char *more);

/* Says so many bytes to the echo and hears them again. */
void secure_echo(struct raw *, size_t n);

#endif
