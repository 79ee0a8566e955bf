/* SPDX-License-Identifier: MIT
 *
 * fuzz_config.c - a configuration file: accepted or refused in one line, and
 * what was accepted can be written out and is the same configuration again.
 */
#include "config.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"
#include "config/error.h"
#include "fuzz.h"

enum { INPUT_MAX = 1 << 14 };

/* Loads `n` bytes as a file; NULL: refused. */
static struct config *
load(const void *p, size_t n, struct conf_error *err)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct config *c = NULL;
	char name[64];

	DEMAND(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	if (config_load(name, true, &c, err) != 0) {
		DEMAND(!c && strlen(err->text) > 0);
		DEMAND(!strchr(err->text, '\n'));
	}
	close(fd);
	return c;
}

static char *
dump(const struct config *c, size_t *n)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, n);

	DEMAND(out);
	config_dump(c, out);
	DEMAND(fclose(out) == 0);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct conf_error err;
	struct config *c = n <= INPUT_MAX ? load(p, n, &err) : NULL;
	size_t len;

	if (c) {
		char *text = dump(c, &len);
		struct config *again = load(text, len, &err);

		/* The default folder of handlers may be missing here. */
		DEMAND(again || err.message == CONF_E_FOLDER);
		config_unref(&again);
		config_unref(&c);
		free(text);
	}
	return 0;
}
