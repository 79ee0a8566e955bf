/* SPDX-License-Identifier: MIT
 *
 * log_line.c - one record becomes one line, as text or as JSON.
 *
 * A field is added whole or taken back, so a line that grows too long loses
 * its last fields and stays a line (or a JSON object) all the same.
 */
#include "config.h"

#include "base/log_line.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"

static const char *const level_names[] = {
	[LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_ERROR] = "error",
};

/* However much is escaped, head and closing quote fit. */
_Static_assert(LOG_VALUE_MAX * 6 + 128 < LOG_LINE_MAX, "a line holds a value");

/* How the bytes of a value are written. */
enum quoting { BARE, QUOTED, JSON };

/* The length of the printable UTF-8 character at p, or 0: a control (C1
 * controls drive terminals too), an overlong form, a surrogate, a cut. */
static size_t
printable(const unsigned char *p, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c = p[0];
	size_t len;

	if (c < 0x80)
		return c >= 0x20 && c != 0x7f ? 1 : 0;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	len = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (len > n)
		return 0;
	c &= 0x7fu >> len;
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	if (c < least[len] || c < 0xa0 || c > 0x10ffff ||
	    (c >= 0xd800 && c <= 0xdfff) || c == 0x2028 || c == 0x2029)
		return 0;
	return len;
}

/* A byte that is not printed. JSON has escapes of its own for controls; a
 * byte of no character is none of its strings' business. */
static void
add_byte(struct buf *b, enum quoting how, unsigned char c)
{
	if (how != JSON)
		buf_addf(b, "\\x%02x", c);
	else if (c == '\n')
		buf_add_str(b, "\\n");
	else if (c < 0x80)
		buf_addf(b, "\\u%04x", c);
	else
		buf_addf(b, "\\\\x%02x", c);
}

static void
add_escaped(struct buf *b, enum quoting how, const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text;
	bool cut = n > LOG_VALUE_MAX;
	size_t len;

	if (cut)
		n = LOG_VALUE_MAX;
	for (size_t i = 0; i < n; i += len) {
		len = printable(p + i, n - i);
		if (len == 0) {
			add_byte(b, how, p[i]);
			len = 1;
			continue;
		}
		if (p[i] == '\\' || (p[i] == '"' && how != BARE))
			buf_add_char(b, '\\');
		buf_add(b, p + i, len);
	}
	if (cut)
		buf_add_str(b, "...");
}

static void
add_quoted(struct buf *b, enum quoting how, const char *text, size_t n)
{
	buf_add_char(b, '"');
	add_escaped(b, how, text, n);
	buf_add_char(b, '"');
}

/* A value that a reader could not tell from its surroundings is quoted. */
static bool
needs_quotes(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strchr(" =\"\\", text[i]) || (unsigned char)text[i] < 0x20)
			return true; /* NUL is found by strchr, too */
	return n == 0;
}

static void
add_text_field(struct buf *b, const struct log_field *f)
{
	buf_addf(b, " %s=", f->key);
	if (f->kind == LOG_FIELD_NUMBER)
		buf_addf(b, "%" PRId64, f->number);
	else if (needs_quotes(f->text, f->len))
		add_quoted(b, QUOTED, f->text, f->len);
	else
		add_escaped(b, BARE, f->text, f->len);
}

static void
add_json_field(struct buf *b, const struct log_field *f)
{
	buf_add_char(b, ',');
	add_quoted(b, JSON, f->key, strlen(f->key));
	buf_add_char(b, ':');
	if (f->kind == LOG_FIELD_NUMBER)
		buf_addf(b, "%" PRId64, f->number);
	else
		add_quoted(b, JSON, f->text, f->len);
}

static void
add_head(struct buf *b, enum log_format format, const struct log_record *r)
{
	const char *said = r->event ? r->event : r->prose;
	time_t seconds = (time_t)(r->wall_ms / 1000);
	char when[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	if (format == LOG_FORMAT_TEXT) {
		buf_addf(b, "%s.%03uZ %s ", when, (unsigned)(r->wall_ms % 1000),
		    level_names[r->level]);
		add_escaped(b, BARE, said, strlen(said));
		return;
	}
	buf_addf(b, "{\"time\":\"%s.%03uZ\",\"level\":\"%s\",\"%s\":", when,
	    (unsigned)(r->wall_ms % 1000), level_names[r->level],
	    r->event ? "event" : "msg");
	add_quoted(b, JSON, said, strlen(said));
}

size_t
log_line(
    char out[LOG_LINE_MAX], enum log_format format, const struct log_record *r)
{
	struct buf b;
	size_t whole;

	buf_init(&b, out, LOG_LINE_MAX - 2); /* room for "}\n" */
	add_head(&b, format, r);
	for (size_t i = 0; i < r->nfields; i++) {
		if (r->fields[i].kind == LOG_FIELD_NONE ||
		    r->fields[i].key == NULL)
			continue;
		whole = b.len;
		if (format == LOG_FORMAT_TEXT)
			add_text_field(&b, &r->fields[i]);
		else
			add_json_field(&b, &r->fields[i]);
		if (buf_failed(&b)) {
			buf_truncate(&b, whole);
			break;
		}
	}
	if (format == LOG_FORMAT_JSON)
		out[b.len++] = '}';
	out[b.len++] = '\n';
	return b.len;
}
