/* SPDX-License-Identifier: MIT
 *
 * extension.c - see extension.h. First the grammar, which walks over a header
 * and hands out names, parameters and the ends of offers; then who listens
 * to it.
 */
#include "config.h"

#include "wire/extension.h"

#include <stdio.h>
#include <string.h>

#include "wire/token.h"

/* --- the grammar --------------------------------------------------------- */

struct word {
	const char *p;
	size_t n;
};

/* A value may stand in quotes, with backslashes; without them it is a token
 * that has at most so many characters that anybody knows. */
enum { VALUE_KNOWN = 2 };

struct parameter {
	struct word name;
	bool has_value;
	size_t n; /* of the value, which may be longer than what is kept */
	char value[VALUE_KNOWN + 1];
};

/* The end of a value at p, NULL if there is none. */
static const char *
read_value(const char *p, struct parameter *out)
{
	bool quoted = *p == '"';

	out->has_value = true;
	for (p += quoted; *p && !(quoted && *p == '"'); p++) {
		if (quoted && *p == '\\')
			p++;
		if (token_span(p) == 0) {
			if (quoted)
				return NULL;
			break;
		}
		if (out->n < VALUE_KNOWN)
			out->value[out->n] = *p;
		out->n++;
	}
	if (out->n == 0 || (quoted && *p != '"'))
		return NULL;
	return p + quoted;
}

static bool
read_word(const char **p, struct word *out)
{
	*p = token_skip_blanks(*p);
	*out = (struct word){ *p, token_span(*p) };
	*p = token_skip_blanks(*p + out->n);
	return out->n > 0;
}

/* parameter = token [ "=" value ] */
static bool
read_parameter(const char **p, struct parameter *out)
{
	*out = (struct parameter){ .has_value = false };
	if (!read_word(p, &out->name))
		return false;
	if (**p != '=')
		return true;
	*p = read_value(token_skip_blanks(*p + 1), out);
	if (!*p)
		return false;
	*p = token_skip_blanks(*p);
	return true;
}

/* --- offers -------------------------------------------------------------- */

/* One offer of permessage-deflate, as far as it has been read. */
struct offer {
	bool ours, bad;
	bool server_no_takeover, client_no_takeover;
	uint8_t server_bits, client_bits; /* 0: not said */
	bool client_bits_said;
};

static bool
is(struct word w, const char *text)
{
	return w.n == strlen(text) && memcmp(w.p, text, w.n) == 0;
}

/* 8 to 15 in decimal without a leading zero; 0: it is not. */
static uint8_t
bits_of(const struct parameter *p)
{
	if (p->n == 1 && (p->value[0] == '8' || p->value[0] == '9'))
		return (uint8_t)(p->value[0] - '0');
	if (p->n == 2 && p->value[0] == '1' && p->value[1] >= '0' &&
	    p->value[1] <= '5')
		return (uint8_t)(10 + p->value[1] - '0');
	return 0;
}

static bool
say_once(bool *said, const struct parameter *p)
{
	bool first = !*said;

	*said = true;
	return first && !p->has_value;
}

static bool
take_bits(struct offer *o, const struct parameter *p, bool server)
{
	uint8_t bits = bits_of(p);

	if (server) {
		if (o->server_bits || bits == 0)
			return false;
		o->server_bits = bits;
		return true;
	}
	if (o->client_bits_said || (p->has_value && bits == 0))
		return false;
	o->client_bits_said = true;
	o->client_bits = bits;
	return true;
}

/* An offer with anything unknown, doubled or out of bounds is declined as a
 * whole (RFC 7692, 7.1). */
static bool
take_parameter(struct offer *o, const struct parameter *p)
{
	if (is(p->name, "server_no_context_takeover"))
		return say_once(&o->server_no_takeover, p);
	if (is(p->name, "client_no_context_takeover"))
		return say_once(&o->client_no_takeover, p);
	if (is(p->name, "server_max_window_bits"))
		return take_bits(o, p, true);
	if (is(p->name, "client_max_window_bits"))
		return take_bits(o, p, false);
	return false;
}

/* One extension and its parameters; 0: not valid; else what follows it. */
static char
read_offer(const char **p, struct offer *o)
{
	struct word name;

	*o = (struct offer){ .ours = false };
	if (!read_word(p, &name))
		return 0;
	o->ours = is(name, "permessage-deflate");
	while (**p == ';') {
		struct parameter parameter;

		++*p;
		if (!read_parameter(p, &parameter))
			return 0;
		if (!take_parameter(o, &parameter))
			o->bad = true;
	}
	if (**p == '\0')
		return '.';
	return *(*p)++ == ',' ? ',' : 0;
}

bool
extension_valid(const char *header)
{
	struct offer o;
	char next;

	do
		next = read_offer(&header, &o);
	while (next == ',');
	return next != 0;
}

/* --- the agreement ------------------------------------------------------- */

static uint8_t
least(uint8_t bits, uint8_t said)
{
	return said > 0 && said < bits ? said : bits;
}

static bool
meet(const struct offer *o, const struct deflate_policy *policy,
    struct deflate_terms *t)
{
	if (!o->ours || o->bad)
		return false;
	*t = (struct deflate_terms){
		.on = true,
		.server_takeover = policy->takeover && !o->server_no_takeover,
		.client_takeover = policy->takeover && !o->client_no_takeover,
		.server_bits = least(policy->bits, o->server_bits),
		.client_bits = DEFLATE_BITS_MAX,
	};
	/* Only who has said that it understands may be told of a window. */
	if (o->client_bits_said)
		t->client_bits = least(policy->bits, o->client_bits);
	return t->server_bits >= DEFLATE_BITS_MIN;
}

void
extension_agree(const char *header, const struct deflate_policy *policy,
    struct deflate_terms *terms)
{
	struct offer o;
	char next = ',';

	while (header && policy->on && next == ',') {
		next = read_offer(&header, &o);
		if (next != 0 && meet(&o, policy, terms))
			return;
	}
	*terms = (struct deflate_terms){ .on = false };
}

void
extension_answer(const struct deflate_terms *t, char out[EXTENSION_ANSWER_MAX])
{
	char server[32] = "", client[32] = "";

	out[0] = '\0';
	if (!t->on)
		return;
	if (t->server_bits < DEFLATE_BITS_MAX)
		snprintf(server, sizeof server, "; server_max_window_bits=%u",
		    t->server_bits);
	if (t->client_bits < DEFLATE_BITS_MAX)
		snprintf(client, sizeof client, "; client_max_window_bits=%u",
		    t->client_bits);
	snprintf(out, EXTENSION_ANSWER_MAX, "permessage-deflate%s%s%s%s",
	    t->server_takeover ? "" : "; server_no_context_takeover",
	    t->client_takeover ? "" : "; client_no_context_takeover", server,
	    client);
}
