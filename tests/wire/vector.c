/* SPDX-License-Identifier: MIT
 *
 * vector.c - reads vectors.txt; its grammar stands there.
 *
 * Frames in words are built here with frame_put_masked() and a key that
 * differs from frame to frame; the vectors in hex do not depend on it.
 */
#include "config.h"

#include "vector.h"

#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "wire/frame.h"
#include "wire/mask.h"

static const struct {
	const char *name;
	unsigned opcode;
} opcodes[] = {
#define WS_OPCODE(NAME, value, label) { label, value },
#include "wire/ws.def"
};

static const struct {
	const char *label;
	enum ws_violation violation;
} violations[] = {
#define WS_VIOLATION(NAME, layer, code, section, label, reason) \
	{ label, WS_V_##NAME },
#include "wire/ws.def"
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *
vector_opcode(unsigned opcode)
{
	for (size_t i = 0; i < COUNT(opcodes); i++)
		if (opcodes[i].opcode == opcode)
			return opcodes[i].name;
	return NULL;
}

void
bytes_add(struct bytes *b, const void *p, size_t n)
{
	if (b->n + n > b->room) {
		b->room = 2 * (b->n + n);
		b->p = realloc(b->p, b->room);
		if (!b->p)
			ck_abort_msg("out of memory");
	}
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
}

void
bytes_fini(struct bytes *b)
{
	free(b->p);
	*b = (struct bytes){ 0 };
}

void
bytes_add_event(struct bytes *b, const char *kind, unsigned code,
    const struct bytes *payload)
{
	char head[64];
	int n = snprintf(head, sizeof head, "%s %u \"", kind, code);

	bytes_add(b, head, (size_t)n);
	bytes_add(b, payload->p, payload->n);
	bytes_add(b, "\"\n", 2);
}

static void
mistake(const struct vector_file *f, const char *what)
{
	ck_abort_msg("vectors.txt:%u: %s: %s", f->line, what, f->text);
}

static int
hex_digit(const struct vector_file *f, char c)
{
	if (!isxdigit((unsigned char)c))
		mistake(f, "not a hex digit");
	return isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* One "string", perhaps *repeated; returns what follows it. */
static const char *
read_string(const struct vector_file *f, const char *p, struct bytes *out)
{
	size_t from = out->n, n;
	unsigned long times = 1;

	for (p++; *p != '"'; p++) {
		uint8_t c = (uint8_t)*p;

		if (c == '\0')
			mistake(f, "string without an end");
		if (c == '\\') {
			c = (uint8_t)(hex_digit(f, p[1]) * 16 +
				      hex_digit(f, p[2]));
			p += 2;
		}
		bytes_add(out, &c, 1);
	}
	p++;
	if (*p == '*') {
		char *end;

		times = strtoul(p + 1, &end, 10);
		p = end;
	}
	for (n = out->n - from; times > 1; times--) {
		struct bytes again = { 0 };

		bytes_add(&again, out->p + from, n);
		bytes_add(out, again.p, n);
		bytes_fini(&again);
	}
	return p;
}

/* Strings and pairs of hex digits up to the end of the line. */
static void
read_bytes(const struct vector_file *f, const char *p, struct bytes *out)
{
	for (;;) {
		p += strspn(p, " \t");
		if (*p == '\0')
			return;
		if (*p == '"') {
			p = read_string(f, p, out);
		} else {
			uint8_t c = (uint8_t)(hex_digit(f, p[0]) * 16 +
					      hex_digit(f, p[1]));

			bytes_add(out, &c, 1);
			p += 2;
		}
	}
}

/* Reads a word into `word`; returns what follows it. */
static const char *
read_word(const char *p, char word[32])
{
	size_t n = strcspn(p, " \t");

	snprintf(word, 32, "%.*s", (int)n, p);
	return p + n + strspn(p + n, " \t");
}

/* Takes a decimal number off the front of *p. */
static unsigned
read_number(const struct vector_file *f, const char **p)
{
	char *end;
	unsigned long value = strtoul(*p, &end, 10);

	if (end == *p)
		mistake(f, "number missing");
	*p = end;
	return (unsigned)value;
}

static void
read_in(const struct vector_file *f, struct vector *v, const char *p)
{
	uint8_t head[FRAME_CLIENT_MAX], key[4] = { 0x37, 0xfa, 0x21, 0 };
	struct bytes payload = { 0 };
	char word[32], *plus;
	unsigned first = FRAME_FIN;
	size_t i = 0;

	p = read_word(p, word);
	if (strcmp(word, "hex") == 0) {
		read_bytes(f, p, &v->in);
		return;
	}
	plus = strchr(word, '+');
	if (plus) {
		*plus = '\0';
		first = 0;
	}
	while (i < COUNT(opcodes) && strcmp(word, opcodes[i].name) != 0)
		i++;
	if (i == COUNT(opcodes))
		mistake(f, "neither an opcode nor hex");
	first |= opcodes[i].opcode;
	if (isdigit((unsigned char)*p)) {
		unsigned code = read_number(f, &p);
		uint8_t two[] = { (uint8_t)(code >> 8), (uint8_t)code };

		bytes_add(&payload, two, sizeof two);
	}
	read_bytes(f, p, &payload);
	key[3] = (uint8_t)v->in.n;
	bytes_add(&v->in, head, frame_put_masked(head, first, payload.n, key));
	mask_apply(payload.p, payload.n, key, 0);
	bytes_add(&v->in, payload.p, payload.n);
	bytes_fini(&payload);
}

static void
read_event(const struct vector_file *f, struct vector *v, const char *p)
{
	struct bytes payload = { 0 };
	unsigned code = 0;
	char word[32];

	if (v->violation != WS_V_NONE)
		mistake(f, "nothing follows a violation");
	p = read_word(p, word);
	if (strcmp(word, "violation") == 0) {
		size_t i = 0;

		p = read_word(p, word);
		while (i < COUNT(violations) &&
		       strcmp(word, violations[i].label) != 0)
			i++;
		if (i == COUNT(violations) || *p++ != '@')
			mistake(f, "violation LABEL @BYTES");
		v->violation = violations[i].violation;
		v->violation_at = read_number(f, &p);
		bytes_add_event(&v->events, word, 0, &payload);
		return;
	}
	if (isdigit((unsigned char)*p))
		code = read_number(f, &p);
	read_bytes(f, p, &payload);
	bytes_add_event(&v->events, word, code, &payload);
	bytes_fini(&payload);
}

static void
read_rule(const struct vector_file *f, struct vector *v, const char *p)
{
	char word[32];

	p = read_word(p, word);
	if (strcmp(word, "max_message") == 0)
		v->rules.max_message = read_number(f, &p);
	else if (strcmp(word, "max_fragments") == 0)
		v->rules.max_fragments = read_number(f, &p);
	else
		mistake(f, "unknown rule");
}

/* The next line that says something, without its end. */
static bool
read_line(struct vector_file *f)
{
	while (fgets(f->text, sizeof f->text, f->file)) {
		f->line++;
		f->text[strcspn(f->text, "\n")] = '\0';
		if (f->text[0] != '\0' && f->text[0] != '#')
			return true;
	}
	return false;
}

void
vector_open(struct vector_file *f)
{
	const char *srcdir = getenv("srcdir");
	char path[512];

	*f = (struct vector_file){ 0 };
	snprintf(path, sizeof path, "%s/tests/wire/vectors.txt",
	    srcdir ? srcdir : ".");
	f->file = fopen(path, "r");
	ck_assert_msg(f->file != NULL, "cannot open %s", path);
	f->pending = read_line(f);
}

bool
vector_next(struct vector_file *f, struct vector *v)
{
	*v = (struct vector){ .rules = { 1000, 100 } };
	if (!f->pending)
		return false;
	if (f->text[0] != '[')
		mistake(f, "a vector begins with [its name]");
	snprintf(v->name, sizeof v->name, "%s", f->text);
	v->line = f->line;
	while ((f->pending = read_line(f)) && f->text[0] != '[') {
		if (strncmp(f->text, "> ", 2) == 0)
			read_in(f, v, f->text + 2);
		else if (strncmp(f->text, "< ", 2) == 0)
			read_event(f, v, f->text + 2);
		else if (strncmp(f->text, "! ", 2) == 0)
			read_rule(f, v, f->text + 2);
		else
			mistake(
			    f, "a line begins with \"> \", \"< \" or \"! \"");
	}
	return true;
}

void
vector_fini(struct vector *v)
{
	bytes_fini(&v->in);
	bytes_fini(&v->events);
}

void
vector_close(struct vector_file *f)
{
	fclose(f->file);
}
