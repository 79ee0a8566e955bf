/* SPDX-License-Identifier: MIT
 *
 * test_tree.c - a file as a tree: values keep their types, places and marks.
 */
#include <config.h>

#include <check.h>
#include <stdlib.h>

#include "config/tree.h"
#include "../suite.h"

static const char text[] =
    "name = \"echo\";\n"
    "limits: {\n"
    "	rate = 5;\n"
    "	size = \"64 KiB\";\n"
    "	pause = \"5 s\";\n"
    "};\n"
    "big = 5000000000L;\n"
    "half = 0.5;\n"
    "loud = true;\n"
    "rooms = [ \"lobby\", \"cellar\" ];\n"
    "rules = ( { type = \"a\"; }, { type = \"b\"; deep: { er = 1; }; }, 3 );\n"
    "empty = \"\";\n";

static struct conf_node *
read_text(const char *from)
{
	struct conf_node *root;
	struct conf_error err;

	ck_assert_msg(
	    conf_read_text(from, "text", &root, &err) == 0, "%s", err.text);
	return root;
}

START_TEST(what_is_not_there_is_null)
{
	struct conf_node *root = read_text(text);

	ck_assert_ptr_null(conf_get(NULL, "name"));
	ck_assert_ptr_null(conf_get(root, "nam"));
	ck_assert_ptr_null(conf_get(root, "names"));
	ck_assert_ptr_null(conf_get(root, ""));
	ck_assert_ptr_null(conf_get(root, "limits."));
	ck_assert_ptr_null(conf_get(root, "limits.none"));
	ck_assert_ptr_null(conf_get(root, "name.rate"));
	ck_assert_ptr_null(conf_get(root, "rules.type"));
	ck_assert_ptr_null(conf_child(conf_get(root, "rooms"), 2));
	ck_assert_ptr_null(conf_child(conf_get(root, "name"), 0));
	conf_free(&root);
	ck_assert_ptr_null(root);
}
END_TEST

START_TEST(a_value_of_another_type_is_refused)
{
	struct conf_node *root = read_text(text);
	const char *s;
	int64_t i;
	double d;
	bool b;

	ck_assert(!conf_text(NULL, &s));
	ck_assert(!conf_text(conf_get(root, "big"), &s));
	ck_assert(!conf_text(conf_get(root, "rooms"), &s));
	ck_assert(!conf_int(NULL, &i));
	ck_assert(!conf_int(conf_get(root, "name"), &i));
	ck_assert(!conf_int(conf_get(root, "half"), &i));
	ck_assert(!conf_int(conf_get(root, "loud"), &i));
	ck_assert(!conf_int(conf_get(root, "empty"), &i));
	ck_assert(!conf_real(conf_get(root, "limits.size"), &d));
	ck_assert(!conf_bool(conf_get(root, "limits.rate"), &b));
	conf_free(&root);
}
END_TEST

START_TEST(values_are_what_the_file_says)
{
	struct conf_node *root = read_text(text);
	const char *s;
	int64_t i;
	double d;
	bool b;

	ck_assert(conf_text(conf_get(root, "name"), &s));
	ck_assert_str_eq(s, "echo");
	ck_assert(conf_text(conf_get(root, "empty"), &s));
	ck_assert_str_eq(s, "");
	ck_assert(conf_int(conf_get(root, "big"), &i));
	ck_assert_int_eq(i, 5000000000);
	ck_assert(conf_int(conf_get(root, "limits.size"), &i));
	ck_assert_int_eq(i, 65536);
	ck_assert(conf_int(conf_get(root, "limits.pause"), &i));
	ck_assert_int_eq(i, 5000);
	ck_assert(conf_real(conf_get(root, "half"), &d) && d == 0.5);
	ck_assert(conf_real(conf_get(root, "limits.rate"), &d) && d == 5);
	ck_assert(conf_bool(conf_get(root, "loud"), &b) && b);
	ck_assert_uint_eq(conf_count(conf_get(root, "rooms")), 2);
	ck_assert(conf_text(conf_child(conf_get(root, "rooms"), 1), &s));
	ck_assert_str_eq(s, "cellar");
	conf_free(&root);
}
END_TEST

START_TEST(every_node_knows_its_place)
{
	struct conf_node *root = read_text(text);
	const struct conf_node *n = conf_get(root, "limits.size");

	ck_assert_str_eq(conf_name(n), "size");
	ck_assert_str_eq(conf_file(n), "text");
	ck_assert_int_eq(conf_line(n), 4);
	n = conf_child(conf_get(root, "rules"), 1);
	ck_assert_ptr_null(conf_name(n));
	ck_assert_int_eq(conf_line(n), 11);
	conf_free(&root);
}
END_TEST

/* Names of all that is unread, in order, each read when it is reported. */
static void
next_unread_is(const struct conf_node *root, const char *name)
{
	const struct conf_node *n = conf_first_unread(root);

	ck_assert_ptr_nonnull(n);
	ck_assert_str_eq(conf_name(n), name);
	ck_assert_ptr_eq(conf_first_unread(root), n);
}

START_TEST(keys_that_nobody_read_are_found_in_order)
{
	struct conf_node *root = read_text(text);

	next_unread_is(root, "name");
	ck_assert_ptr_nonnull(conf_get(root, "name"));
	next_unread_is(root, "limits");
	ck_assert_ptr_nonnull(conf_get(root, "limits.size"));
	next_unread_is(root, "rate");
	ck_assert_ptr_nonnull(conf_get(root, "limits.rate"));
	next_unread_is(root, "pause");
	ck_assert_ptr_nonnull(conf_get(root, "limits.pause"));
	ck_assert_ptr_nonnull(conf_get(root, "big"));
	ck_assert_ptr_nonnull(conf_get(root, "half"));
	ck_assert_ptr_nonnull(conf_get(root, "loud"));
	/* The elements of a list have no names of their own. */
	ck_assert_ptr_nonnull(conf_get(root, "rooms"));
	ck_assert_ptr_nonnull(conf_get(root, "rules"));
	next_unread_is(root, "type");
	for (size_t i = 0; i < 2; i++)
		ck_assert_ptr_nonnull(
		    conf_get(conf_child(conf_get(root, "rules"), i), "type"));
	next_unread_is(root, "deep");
	ck_assert_ptr_nonnull(
	    conf_get(conf_child(conf_get(root, "rules"), 1), "deep.er"));
	ck_assert_ptr_nonnull(conf_get(root, "empty"));
	ck_assert_ptr_null(conf_first_unread(root));
	conf_free(&root);
}
END_TEST

static const char *const different[][2] = {
	{ "a = 1;", "a = 2;" },
	{ "a = 1;", "b = 1;" },
	{ "a = 1;", "a = 1; b = 2;" },
	{ "a = 1;", "a = 1.0;" },
	{ "a = 1;", "a = true;" },
	{ "a = 1;", "a = \"1\";" },
	{ "a = true;", "a = false;" },
	{ "a = 1.0;", "a = 1.5;" },
	{ "a = \"x\";", "a = \"y\";" },
	{ "a = [ 1, 2 ];", "a = [ 2, 1 ];" },
	{ "a = ( { b = 1; } );", "a = ( { b = 2; } );" },
	{ "a = ( );", "a = { };" },
};

START_TEST(trees_that_say_something_else_differ)
{
	struct conf_node *a = read_text(different[_i][0]);
	struct conf_node *b = read_text(different[_i][1]);

	ck_assert(!conf_equal(a, b));
	ck_assert(!conf_equal(b, a));
	ck_assert(!conf_equal(a, NULL));
	ck_assert(!conf_equal(NULL, a));
	conf_free(&a);
	conf_free(&b);
}
END_TEST

START_TEST(trees_that_say_the_same_are_equal)
{
	struct conf_node *a = read_text(text), *b = read_text(text);
	struct conf_node *c = read_text("x = 1; l = ( 1, \"a\" );");
	struct conf_node *d = read_text("# else\n\nx: 1L\nl = (\n1,\n\"a\")");

	ck_assert(conf_equal(a, b));
	ck_assert(conf_equal(c, d));
	ck_assert(conf_equal(NULL, NULL));
	conf_free(&a);
	conf_free(&b);
	conf_free(&c);
	conf_free(&d);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config/tree");
	TCase *tc = suite_case(suite, "tree");

	tcase_add_test(tc, what_is_not_there_is_null);
	tcase_add_test(tc, a_value_of_another_type_is_refused);
	tcase_add_test(tc, values_are_what_the_file_says);
	tcase_add_test(tc, every_node_knows_its_place);
	tcase_add_test(tc, keys_that_nobody_read_are_found_in_order);
	tcase_add_loop_test(tc, trees_that_say_something_else_differ, 0,
	    (int)(sizeof(different) / sizeof(different[0])));
	tcase_add_test(tc, trees_that_say_the_same_are_equal);
	return suite_run_forked(suite);
}
