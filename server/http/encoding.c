/* SPDX-License-Identifier: MIT
 *
 * encoding.c - see encoding.h. Weights are thousandths.
 */
#include "config.h"

#include "http/encoding.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { UNSAID = -1, WEIGHT_MAX = 1000 };

/* "0", "0.5", "1.000"; whatever else is said counts as a refusal. */
static int
weight(const char *s, size_t n)
{
	int w = 0, unit = WEIGHT_MAX / 10;

	if (n == 0 || n > 5 || (s[0] != '0' && s[0] != '1') ||
	    (n > 1 && s[1] != '.'))
		return 0;
	w = (s[0] - '0') * WEIGHT_MAX;
	for (size_t i = 2; i < n; i++, unit /= 10) {
		if (s[i] < '0' || s[i] > '9')
			return 0;
		w += (s[i] - '0') * unit;
	}
	return w > WEIGHT_MAX ? 0 : w;
}

/* The weight of one element "gzip;q=0.5", n bytes. */
static int
weight_of(const char *s, size_t n)
{
	const char *q = memchr(s, ';', n);
	const char *end = s + n;

	if (!q)
		return WEIGHT_MAX;
	q++;
	q += strspn(q, " \t");
	while (end > q && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (end - q < 2 || strncasecmp(q, "q=", 2) != 0)
		return 0;
	return weight(q + 2, (size_t)(end - q - 2));
}

static bool
names(const char *s, size_t n, const char *coding)
{
	size_t len = strlen(coding);

	return n >= len && strncasecmp(s, coding, len) == 0 &&
	       (n == len || strchr("; \t", s[len]) != NULL);
}

const struct encoding_row *
encoding_row(enum encoding e)
{
	static const struct encoding_row rows[] = {
		[ENCODING_BR] = { "br", ".br", "-br" },
		[ENCODING_GZIP] = { "gzip", ".gz", "-gz" },
		[ENCODING_NONE] = { NULL, "", "" },
	};

	return &rows[e];
}

/* What the client says of each encoding; of ENCODING_NONE, the plain file. */
static void
read_weights(const char *s, int weights[ENCODING_NONE + 1])
{
	int any = UNSAID;

	for (int e = 0; e <= ENCODING_NONE; e++)
		weights[e] = UNSAID;
	while (s && *s) {
		size_t n;

		s += strspn(s, ", \t");
		n = strcspn(s, ",");
		if (names(s, n, "br"))
			weights[ENCODING_BR] = weight_of(s, n);
		else if (names(s, n, "gzip") || names(s, n, "x-gzip"))
			weights[ENCODING_GZIP] = weight_of(s, n);
		else if (names(s, n, "identity"))
			weights[ENCODING_NONE] = weight_of(s, n);
		else if (names(s, n, "*"))
			any = weight_of(s, n);
		s += n;
	}
	for (int e = 0; e < ENCODING_NONE; e++)
		if (weights[e] == UNSAID)
			weights[e] = any;
}

enum encoding
encoding_choose(const char *s, unsigned there)
{
	enum encoding best = ENCODING_NONE;
	int weights[ENCODING_NONE + 1], most;

	read_weights(s, weights);
	/* a plain file that was not named is acceptable, but not asked for */
	most = weights[ENCODING_NONE] > 1 ? weights[ENCODING_NONE] : 1;
	for (int e = ENCODING_NONE - 1; e >= 0; e--)
		if ((there & 1U << e) && weights[e] >= most) {
			best = (enum encoding)e;
			most = weights[e];
		}
	return best;
}
