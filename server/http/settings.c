/* SPDX-License-Identifier: MIT
 *
 * settings.c - see settings.h.
 */
#include "config.h"

#include "http/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "config/config.h"
#include "http/files.h"

int
settings_new(struct settings **out, struct config *config)
{
	struct settings *s = calloc(1, sizeof *s);
	int err;

	if (!s)
		return -ENOMEM;
	err = files_new(&s->files, &config->http);
	if (err) {
		log_error("%s: cannot serve files from here: %s",
		    config->http.root ? config->http.root : "http",
		    strerror(-err));
		free(s);
		return err;
	}
	err = trust_init(&s->trust, config);
	if (err) {
		files_free(&s->files);
		free(s);
		return err;
	}
	s->refs = 1;
	s->config = config_ref(config);
	*out = s;
	return 0;
}

struct settings *
settings_ref(struct settings *s)
{
	__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
	return s;
}

void
settings_unref(struct settings **sp)
{
	struct settings *s = *sp;

	*sp = NULL;
	if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	files_free(&s->files);
	trust_fini(&s->trust);
	config_unref(&s->config);
	free(s);
}
