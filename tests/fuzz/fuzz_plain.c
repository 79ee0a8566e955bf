/* SPDX-License-Identifier: MIT
 *
 * fuzz_plain.c - heads that a worker reads itself: whatever passes for plain
 * has as many headers as lines, and each of them is the text of its line.
 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "fuzz.h"
#include "http/plain.h"

static size_t
lines(const uint8_t *data, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += data[i] == '\n';
	return found;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct plain p;
	size_t n = size < PLAIN_MAX ? size : PLAIN_MAX;

	memcpy(p.bytes, data, n);
	if (plain_read(&p, n)) {
		DEMAND(
		    p.len <= n && memcmp(data + p.len - 4, "\r\n\r\n", 4) == 0);
		DEMAND(lines(data, p.len) == p.n_headers + 2);
		DEMAND(p.head.fields == p.n_headers);
		for (size_t i = 0; i < p.n_headers; i++) {
			const char *name = p.headers[i].name;
			const char *value = p.headers[i].value;

			DEMAND(memcmp(name, data + (name - p.bytes),
				   strlen(name)) == 0);
			DEMAND(data[name - p.bytes + strlen(name)] == ':');
			DEMAND(memcmp(value, data + (value - p.bytes),
				   strlen(value)) == 0);
		}
	}
	plain_fini(&p);
	return 0;
}
