/* SPDX-License-Identifier: MIT
 *
 * advice.c - see advice.h.
 */
#include "config.h"

#include "advice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "config/config.h"
#include "net/tls_server.h"

/* Nobody shall think that what was given to speak TLS, or the PROXY protocol,
 * does. */
void
advice_plain(const struct config *config, void (*tell)(const char *))
{
	bool tls = false, proxies = false;

	for (size_t i = 0; i < config->n_listen; i++) {
		tls |= config->listen[i].tls != NULL;
		proxies |= config->listen[i].proxies != NULL;
	}
	if (tls)
		tell("-l and the service manager's sockets speak no TLS; "
		     "listen, which does, is not in use");
	if (proxies)
		tell("-l and the service manager's sockets do not speak the "
		     "PROXY protocol; listen, which does, is not in use");
}

static void
tell_ended(
    const struct config_tls *pair, int64_t ended, void (*tell)(const char *))
{
	char day[16] = "", line[1024];
	time_t at = (time_t)ended;
	struct tm tm;

	if (gmtime_r(&at, &tm))
		strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	snprintf(line, sizeof(line),
	    "%s:%d: listen.tls: the certificate \"%s\" has expired on %s",
	    conf_file(pair->node), conf_line(pair->node), pair->certificate,
	    day);
	tell(line);
}

static void
tell_readable(const struct config_tls *pair, void (*tell)(const char *))
{
	char line[1024];

	snprintf(line, sizeof(line),
	    "%s:%d: listen.tls: everybody may read the key \"%s\" or write "
	    "it: chmod o-rw",
	    conf_file(pair->node), conf_line(pair->node), pair->key);
	tell(line);
}

void
advice_tls(const struct config *config, void (*tell)(const char *))
{
	int64_t now = (int64_t)time(NULL);

	for (size_t i = 0; i < config->n_listen; i++) {
		const struct config_listen *l = &config->listen[i];

		for (size_t k = 0; k < l->n_pairs; k++) {
			int64_t ends = tls_server_ends(l->tls, k);
			struct stat st;

			if (ends >= 0 && ends < now)
				tell_ended(&l->pairs[k], ends, tell);
			if (stat(l->pairs[k].key, &st) == 0 &&
			    (st.st_mode & (S_IROTH | S_IWOTH)) != 0)
				tell_readable(&l->pairs[k], tell);
		}
	}
}
