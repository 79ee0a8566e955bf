/* SPDX-License-Identifier: MIT
 *
 * secure.c - see secure.h.
 */
#include "config.h"

#include "secure.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

const char *const secure_versions[SECURE_VERSIONS] = {
	"NORMAL:-VERS-ALL:+VERS-TLS1.3",
	"NORMAL:-VERS-ALL:+VERS-TLS1.2",
};
const char *const secure_names[SECURE_VERSIONS] = { "TLSv1.3", "TLSv1.2" };

void
secure_start(struct daemon *d, const char *keys, const char *more)
{
	char text[4096];

	daemon_prepare(d);
	daemon_install(d, "tests/plugins/probe.so", "probe.so");
	snprintf(text, sizeof text,
	    "listen = ( { address = \"127.0.0.1\"; port = 0; %s } );\n"
	    "%s\n" SECURE_ROUTES,
	    keys, more);
	daemon_config(d, text);
	daemon_start_as_configured(d);
}

void
secure_echo(struct raw *r, size_t n)
{
	uint8_t *data = malloc(n + 1);
	struct raw_frame f;

	ck_assert_ptr_nonnull(data);
	for (size_t i = 0; i < n; i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
	raw_frame(r, 0x82, data, n);
	f = raw_next(r);
	ck_assert_int_eq(f.opcode, 2);
	ck_assert_uint_eq(f.len, n);
	ck_assert_mem_eq(f.data, data, n);
	free(data);
}
