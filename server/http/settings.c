/* SPDX-License-Identifier: MIT
 *
 * settings.c - see settings.h.
 */
#include "config.h"

#include "http/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "config/config.h"
#include "http/files.h"

/* RFC 6797 section 6.1. */
static void
say_hsts(struct settings *s, const struct config_http *conf)
{
	static const char *const scope[] = { [HSTS_HOST] = "",
		[HSTS_SUBDOMAINS] = "; includeSubDomains",
		[HSTS_PRELOAD] = "; includeSubDomains; preload" };

	if (conf->hsts_ms > 0)
		snprintf(s->hsts, sizeof s->hsts, "max-age=%llu%s",
		    (unsigned long long)conf->hsts_ms / 1000,
		    scope[conf->hsts_scope]);
}

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
	say_hsts(s, &config->http);
	s->refs = 1;
	list_init(&s->node);
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

bool
settings_alone(const struct settings *s)
{
	return __atomic_load_n(&s->refs, __ATOMIC_ACQUIRE) == 1;
}

void
settings_unref(struct settings **sp)
{
	struct settings *s = *sp;

	*sp = NULL;
	if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	files_free(&s->files);
	config_unref(&s->config);
	free(s);
}
