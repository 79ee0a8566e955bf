/* SPDX-License-Identifier: MIT
 *
 * certificates.c - see certificates.h.
 */
#include "config.h"

#include "http/certificates.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/label.h"
#include "config/config.h"
#include "net/tls_server.h"

/* Has a listener, or a pair, before this one the same? */
static bool
is_known(const struct config *config, size_t listen, size_t pair)
{
	const char *file = config->listen[listen].pairs[pair].certificate;

	for (size_t i = 0; i <= listen; i++) {
		const struct config_listen *l = &config->listen[i];

		for (size_t k = 0; k < (i < listen ? l->n_pairs : pair); k++)
			if (strcmp(l->pairs[k].certificate, file) == 0)
				return true;
	}
	return false;
}

void
certificates_print(const struct config *config, const char *family, FILE *out)
{
	for (size_t i = 0; i < config->n_listen; i++) {
		const struct config_listen *l = &config->listen[i];

		for (size_t k = 0; k < l->n_pairs; k++) {
			int64_t ends = tls_server_ends(l->tls, k);

			if (ends < 0 || is_known(config, i, k))
				continue;
			fprintf(out, "%s{", family);
			label_put(out, "certificate", l->pairs[k].certificate);
			fprintf(out, "} %" PRId64 "\n", ends);
		}
	}
}
