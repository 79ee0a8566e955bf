/* SPDX-License-Identifier: MIT
 *
 * same.c - whether two values are the same.
 */
#include "same.h"

#include <string.h>

int
compare_numbers(json_t *a, json_t *b)
{
	if (json_is_integer(a) && json_is_integer(b)) {
		json_int_t x = json_integer_value(a);
		json_int_t y = json_integer_value(b);

		return (x > y) - (x < y);
	}
	double x = json_number_value(a), y = json_number_value(b);

	return (x > y) - (x < y);
}

static bool
same_members(json_t *a, json_t *b)
{
	const char *name;
	json_t *member;

	if (json_object_size(a) != json_object_size(b))
		return false;
	json_object_foreach(a, name, member)
	{
		json_t *other = json_object_get(b, name);

		if (!other || !same_value(member, other))
			return false;
	}
	return true;
}

bool
same_value(json_t *a, json_t *b)
{
	if (json_is_number(a) && json_is_number(b))
		return compare_numbers(a, b) == 0;
	if (json_typeof(a) != json_typeof(b))
		return false;
	if (json_is_string(a))
		return strcmp(json_string_value(a), json_string_value(b)) == 0;
	if (json_is_object(a))
		return same_members(a, b);
	if (json_array_size(a) != json_array_size(b))
		return false;
	for (size_t i = 0; i < json_array_size(a); i++)
		if (!same_value(json_array_get(a, i), json_array_get(b, i)))
			return false;
	return true;
}
