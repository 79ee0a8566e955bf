/* SPDX-License-Identifier: MIT
 *
 * schema.c - a part of JSON Schema.
 *
 * One table has the words: whether what stands behind one is good, which is
 * asked when the schema is loaded, and whether a value keeps to it. A word
 * says nothing about values that it is not for, as the standard has it.
 */
#include "schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "same.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

struct word {
	const char *name;
	bool (*ok)(json_t *said, struct place *);
	bool (*fits)(
	    json_t *schema, json_t *said, json_t *value, struct place *);
};

static bool
wrong(struct place *p, const char *sentence)
{
	p->wrong = sentence;
	return false;
}

/* As the schema has it: 0.1, though no double is exactly that. */
static void
number_text(char *to, size_t size, json_t *n)
{
	double d = json_real_value(n);

	if (json_is_integer(n)) {
		snprintf(
		    to, size, "%" JSON_INTEGER_FORMAT, json_integer_value(n));
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(to, size, "%.*g", digits, d);
		if (strtod(to, NULL) == d)
			return;
	}
}

/* "must have at least 3 items" */
static bool
wrong_number(struct place *p, const char *before, json_t *n, const char *after)
{
	char number[32];

	number_text(number, sizeof(number), n);
	snprintf(
	    p->sentence, sizeof(p->sentence), "%s %s%s", before, number, after);
	return wrong(p, p->sentence);
}

/* --- type --------------------------------------------------------------- */

static const char *const types[] = { "object", "array", "string", "number",
	"integer", "boolean", "null" };

static bool
is_integer(json_t *v)
{
	double d = json_number_value(v);

	return json_is_integer(v) ||
	       (json_is_real(v) && d >= -9e15 && d <= 9e15 &&
		   d == (double)(json_int_t)d);
}

static bool
is_type(json_t *v, const char *type)
{
	static const char *const names[] = { [JSON_OBJECT] = "object",
		[JSON_ARRAY] = "array",
		[JSON_STRING] = "string",
		[JSON_INTEGER] = "number",
		[JSON_REAL] = "number",
		[JSON_TRUE] = "boolean",
		[JSON_FALSE] = "boolean",
		[JSON_NULL] = "null" };

	return strcmp(names[json_typeof(v)], type) == 0 ||
	       (strcmp(type, "integer") == 0 && is_integer(v));
}

static bool
type_known(json_t *said)
{
	const char *name = json_string_value(said);

	for (size_t i = 0; name && i < LENGTH(types); i++)
		if (strcmp(types[i], name) == 0)
			return true;
	return false;
}

static bool
type_ok(json_t *said, struct place *p)
{
	bool ok = type_known(said) || json_array_size(said) > 0;

	for (size_t i = 0; i < json_array_size(said); i++)
		ok = ok && type_known(json_array_get(said, i));
	return ok || wrong(p, "must be a type, or a list of types");
}

static bool
type_fits(json_t *schema, json_t *said, json_t *v, struct place *p)
{
	(void)schema;
	if (json_is_string(said)) {
		if (is_type(v, json_string_value(said)))
			return true;
		snprintf(p->sentence, sizeof(p->sentence), "must be of type %s",
		    json_string_value(said));
		return wrong(p, p->sentence);
	}
	for (size_t i = 0; i < json_array_size(said); i++)
		if (is_type(v, json_string_value(json_array_get(said, i))))
			return true;
	return wrong(p, "is of a type that is not allowed");
}

/* --- values that are listed --------------------------------------------- */

static bool
enum_ok(json_t *said, struct place *p)
{
	return json_array_size(said) > 0 ||
	       wrong(p, "must be a list of values");
}

static bool
enum_fits(json_t *schema, json_t *said, json_t *v, struct place *p)
{
	(void)schema;
	for (size_t i = 0; i < json_array_size(said); i++)
		if (same_value(json_array_get(said, i), v))
			return true;
	return wrong(p, "is none of the values that are allowed");
}

static bool
any_ok(json_t *said, struct place *p)
{
	(void)said, (void)p;
	return true;
}

static bool
const_fits(json_t *schema, json_t *said, json_t *v, struct place *p)
{
	(void)schema;
	return same_value(said, v) ||
	       wrong(p, "is not the value that is allowed");
}

/* --- numbers ------------------------------------------------------------ */

static bool
number_ok(json_t *said, struct place *p)
{
	return json_is_number(said) || wrong(p, "must be a number");
}

static bool
minimum_fits(json_t *schema, json_t *said, json_t *v, struct place *p)
{
	(void)schema;
	return !json_is_number(v) || compare_numbers(v, said) >= 0 ||
	       wrong_number(p, "must be at least", said, "");
}

static bool
maximum_fits(json_t *schema, json_t *said, json_t *v, struct place *p)
{
	(void)schema;
	return !json_is_number(v) || compare_numbers(v, said) <= 0 ||
	       wrong_number(p, "must be at most", said, "");
}

/* --- lengths ------------------------------------------------------------ */

static bool
length_ok(json_t *said, struct place *p)
{
	return (json_is_integer(said) && json_integer_value(said) >= 0) ||
	       wrong(p, "must be an integer that is not negative");
}

static json_int_t
characters(json_t *string)
{
	const char *s = json_string_value(string);
	json_int_t n = 0;

	while (*s)
		n += ((unsigned char)*s++ & 0xc0) != 0x80;
	return n;
}

static bool
min_length_fits(json_t *schema, json_t *said, json_t *v, struct place *p)
{
	(void)schema;
	return !json_is_string(v) ||
	       characters(v) >= json_integer_value(said) ||
	       wrong_number(p, "must have at least", said, " characters");
}

static bool
max_length_fits(json_t *schema, json_t *said, json_t *v, struct place *p)
{
	(void)schema;
	return !json_is_string(v) ||
	       characters(v) <= json_integer_value(said) ||
	       wrong_number(p, "must have at most", said, " characters");
}

static bool
min_items_fits(json_t *schema, json_t *said, json_t *v, struct place *p)
{
	(void)schema;
	return !json_is_array(v) ||
	       (json_int_t)json_array_size(v) >= json_integer_value(said) ||
	       wrong_number(p, "must have at least", said, " items");
}

static bool
max_items_fits(json_t *schema, json_t *said, json_t *v, struct place *p)
{
	(void)schema;
	return !json_is_array(v) ||
	       (json_int_t)json_array_size(v) <= json_integer_value(said) ||
	       wrong_number(p, "must have at most", said, " items");
}

/* --- what is inside ----------------------------------------------------- */

static bool
items_fits(json_t *schema, json_t *said, json_t *v, struct place *p)
{
	(void)schema;
	for (size_t i = 0; i < json_array_size(v); i++) {
		size_t before = place_index(p, i);

		if (!schema_fits(said, json_array_get(v, i), p))
			return false;
		place_back(p, before);
	}
	return true;
}

static bool
properties_ok(json_t *said, struct place *p)
{
	const char *name;
	json_t *schema;

	if (!json_is_object(said))
		return wrong(p, "must be an object of schemas");
	json_object_foreach(said, name, schema)
	{
		size_t before = place_name(p, name);

		if (!schema_ok(schema, p))
			return false;
		place_back(p, before);
	}
	return true;
}

static bool
properties_fits(json_t *schema, json_t *said, json_t *v, struct place *p)
{
	const char *name;
	json_t *inner;

	(void)schema;
	json_object_foreach(said, name, inner)
	{
		json_t *member = json_object_get(v, name);
		size_t before = place_name(p, name);

		if (member && !schema_fits(inner, member, p))
			return false;
		place_back(p, before);
	}
	return true;
}

static bool
required_ok(json_t *said, struct place *p)
{
	bool ok = json_is_array(said);

	for (size_t i = 0; i < json_array_size(said); i++)
		ok = ok && json_is_string(json_array_get(said, i));
	return ok || wrong(p, "must be a list of names");
}

static bool
required_fits(json_t *schema, json_t *said, json_t *v, struct place *p)
{
	(void)schema;
	for (size_t i = 0; json_is_object(v) && i < json_array_size(said);
	     i++) {
		const char *name = json_string_value(json_array_get(said, i));

		if (!json_object_get(v, name)) {
			place_name(p, name);
			return wrong(p, "is missing");
		}
	}
	return true;
}

static bool
additional_ok(json_t *said, struct place *p)
{
	return json_is_boolean(said) || schema_ok(said, p);
}

static bool
additional_fits(json_t *schema, json_t *said, json_t *v, struct place *p)
{
	json_t *known = json_object_get(schema, "properties");
	const char *name;
	json_t *member;

	if (json_is_true(said))
		return true;
	json_object_foreach(v, name, member)
	{
		size_t before;

		if (json_object_get(known, name))
			continue;
		before = place_name(p, name);
		if (json_is_false(said))
			return wrong(p, "is not known here");
		if (!schema_fits(said, member, p))
			return false;
		place_back(p, before);
	}
	return true;
}

static bool
text_ok(json_t *said, struct place *p)
{
	return json_is_string(said) || wrong(p, "must be a string");
}

/* --- the table ---------------------------------------------------------- */

static const struct word words[] = {
	{ "type", type_ok, type_fits },
	{ "properties", properties_ok, properties_fits },
	{ "required", required_ok, required_fits },
	{ "additionalProperties", additional_ok, additional_fits },
	{ "enum", enum_ok, enum_fits },
	{ "const", any_ok, const_fits },
	{ "minimum", number_ok, minimum_fits },
	{ "maximum", number_ok, maximum_fits },
	{ "minLength", length_ok, min_length_fits },
	{ "maxLength", length_ok, max_length_fits },
	{ "minItems", length_ok, min_items_fits },
	{ "maxItems", length_ok, max_items_fits },
	{ "items", schema_ok, items_fits },
	{ "$schema", text_ok, NULL },
	{ "$comment", text_ok, NULL },
	{ "title", text_ok, NULL },
	{ "description", text_ok, NULL },
};

static const struct word *
find(const char *name)
{
	for (size_t i = 0; i < LENGTH(words); i++)
		if (strcmp(words[i].name, name) == 0)
			return &words[i];
	return NULL;
}

bool
schema_ok(json_t *schema, struct place *p)
{
	const char *name;
	json_t *said;

	if (!json_is_object(schema))
		return wrong(p, "must be a schema");
	json_object_foreach(schema, name, said)
	{
		const struct word *word = find(name);
		size_t before = place_name(p, name);

		if (!word)
			return wrong(p, "is not a word of schemas here");
		if (!word->ok(said, p))
			return false;
		place_back(p, before);
	}
	return true;
}

bool
schema_fits(json_t *schema, json_t *value, struct place *p)
{
	const char *name;
	json_t *said;

	if (!value)
		return wrong(p, "is missing");
	json_object_foreach(schema, name, said)
	{
		const struct word *word = find(name);

		if (word->fits && !word->fits(schema, said, value, p))
			return false;
	}
	return true;
}
