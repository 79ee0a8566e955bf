/* SPDX-License-Identifier: MIT
 *
 * label.c - see label.h.
 */
#include "config.h"

#include "base/label.h"

void
label_put(FILE *to, const char *key, const char *value)
{
	fprintf(to, "%s=\"", key);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', to);
		if (*value == '\n')
			fputs("\\n", to);
		else
			fputc(*value, to);
	}
	fputc('"', to);
}
