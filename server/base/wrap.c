/* SPDX-License-Identifier: MIT
 *
 * wrap.c - see wrap.h.
 */
#include "config.h"

#include "base/wrap.h"

#include <stdbool.h>
#include <string.h>

void
wrap_print(FILE *out, const char *text, size_t at, size_t indent)
{
	bool begun = false; /* the line has a word of ours */

	for (const char *w = text; *w != '\0';) {
		size_t n = strcspn(w, " ");

		if (begun && at + 1 + n > WRAP_COLUMNS) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (begun) {
			fputc(' ', out);
			at++;
		}
		fprintf(out, "%.*s", (int)n, w);
		at += n;
		begun = true;
		w += n + strspn(w + n, " ");
	}
	fputc('\n', out);
}
