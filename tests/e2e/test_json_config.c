/* SPDX-License-Identifier: MIT
 *
 * test_json_config.c - what `cleatd -t` says about the config of json-router,
 * with file and line: a row for each complaint, and bounds from both sides.
 */
#include "config.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "suite.h"

static struct daemon d;

static void
prepare(void)
{
	daemon_prepare(&d);
	daemon_install(&d, "plugins/json-router.so", "json-router.so");
	daemon_install(&d, "tests/plugins/oracle.so", "oracle.so");
	daemon_install(&d, "tests/plugins/module.so", "module.so");
	daemon_install(&d, "sdk/examples/orders.so", "orders.so");
	daemon_write(&d, "typo.json", "{\"typ\":\"string\"}", 16);
}

/* There is no daemon to end, only what was prepared; it starts for a moment
 * with a config that is good. */
static void
finish(void)
{
	daemon_start(&d, "routes = ();");
	daemon_end(&d);
}

#define ROUTE(text)  "routes = (\n{ " text " } );"
#define REPLY(text)  ROUTE("type = \"a\"; do = \"reply\"; " text)
#define PUB(text)    ROUTE("type = \"a\"; do = \"publish\"; " text)
#define FWD(text)    ROUTE("type = \"a\"; do = \"forward\"; " text)
#define MODULE(text) "modules = (\n{ " text " } );"
#define URL	     "url = \"http://127.0.0.1/\";"

/* The lines that a test's file has above its group `config` are five, one
 * less where it names a URL. */
static const struct {
	const char *config, *said;
} bad[] = {
	{ "max_message = 63;", "6: max_message: must be 64 bytes to 16 MiB" },
	{ "max_message = 16777217;",
	    "6: max_message: must be 64 bytes to 16 MiB" },
	{ "max_depth = 1;", "6: max_depth: must be 2 to 64" },
	{ "max_depth = 65;", "6: max_depth: must be 2 to 64" },
	{ "max_topics = 0;", "6: max_topics: must be 1 to 10,000" },
	{ "max_topics = 10001;", "6: max_topics: must be 1 to 10,000" },
	{ "max_waiting = 0;", "6: max_waiting: must be 1 to 1000" },
	{ "max_waiting = 1001;", "6: max_waiting: must be 1 to 1000" },
	{ "max_errors = 0;", "6: max_errors: must be 1 to 1,000,000" },
	{ "max_errors = 1000001;", "6: max_errors: must be 1 to 1,000,000" },
	{ "timeout = 9;", "6: timeout: must be 10 ms to 10 min" },
	{ "timeout = 600001;", "6: timeout: must be 10 ms to 10 min" },
	{ "timeout = true;",
	    "6: timeout must be an integer, or a string such as \"64 KiB\" or "
	    "\"5 s\"" },
	{ "rate = \"5\";",
	    "6: rate: must be 1 to 1000000 per s, m or h, such as \"5/s\"" },
	{ "extra_fields = \"no\";",
	    "6: extra_fields: must be allow or refuse" },
	{ "schemas = \"here\";", "6: schemas: must be a path from / on" },
	{ "user_header = \"\";",
	    "6: user_header: must be the name of a header, such as X-User" },
	{ "role_header = \"X:Y\";",
	    "6: role_header: must be the name of a header, such as X-User" },
	{ "max_mesage = 1;",
	    "6: unknown key \"max_mesage\": the handler json-router does not "
	    "read it (did you mean \"max_message\"?)" },

	{ "subscribe = \"news\";", "6: subscribe must be a list or a group" },
	{ "subscribe = ( \"news\" );",
	    "6: topic: must be names of A-Z a-z 0-9 . _ -, * or ${user}, with "
	    "/ between them" },
	{ "subscribe = (\n{ topic = \"a//b\"; } );",
	    "7: topic: must be names of A-Z a-z 0-9 . _ -, * or ${user}, with "
	    "/ between them" },
	{ "subscribe = (\n{ topic = \"a\"; allow = \"mods\"; } );",
	    "7: allow: must be any, user or role:NAME" },

	{ MODULE(""), "7: file: is missing" },
	{ MODULE("file = \"none.so\";"),
	    "7: file: none.so cannot be used; the log says why" },
	{ MODULE("file = \"module.so\";"),
	    "7: file: module.so cannot be used; the log says why" },
	{ MODULE("file = \"oracle.so\"; }, { file = \"oracle.so\";"),
	    "7: file: oracle.so is there twice" },
	{ MODULE("file = \"oracle.so\"; word = \"no\";"),
	    "7: word: is what an oracle never says" },
	{ MODULE("file = \"oracle.so\"; wort = \"no\";"),
	    "7: unknown key \"wort\": the handler json-router does not read it "
	    "(did you mean \"word\"?)" },
	{ MODULE("file = \"orders.so\";"),
	    "7: book: must be a path from / on" },

	{ "routes = true;", "6: routes must be a list or a group" },
	{ ROUTE(""),
	    "7: type: must be 1 to 64 of A-Z a-z 0-9 . _ -, and no built-in "
	    "type" },
	{ ROUTE("type = \"a b\";"),
	    "7: type: must be 1 to 64 of A-Z a-z 0-9 . _ -, and no built-in "
	    "type" },
	{ ROUTE("type = \"ping\";"),
	    "7: type: must be 1 to 64 of A-Z a-z 0-9 . _ -, and no built-in "
	    "type" },
	{ ROUTE("type = \"0123456789012345678901234567890123456789"
		"0123456789012345678901234\";"), /* 65 */
	    "7: type: must be 1 to 64 of A-Z a-z 0-9 . _ -, and no built-in "
	    "type" },
	{ ROUTE("type = \"a\";"),
	    "7: do: must be publish, subscribe, reply, forward or call" },
	{ ROUTE("type = \"a\"; do = \"drop\";"),
	    "7: do: must be publish, subscribe, reply, forward or call" },
	{ REPLY("}, { type = \"b\"; do = \"reply\"; },\n{ type = \"a\"; "
		"do = \"reply\";"),
	    "8: type: a is there twice" },
	{ REPLY("allow = \"role:\";"),
	    "7: allow: must be any, user or role:NAME" },
	{ REPLY("allow = \"role:a b\";"),
	    "7: allow: must be any, user or role:NAME" },
	{ REPLY("rate = \"0/s\";"),
	    "7: rate: must be 1 to 1000000 per s, m or h, such as \"5/s\"" },
	{ REPLY("topic = \"a\";"),
	    "7: unknown key \"topic\": the handler json-router does not read "
	    "it" },
	{ REPLY("payload = \"{\";"),
	    "7: payload: is no JSON: string or '}' expected near end of file" },
	{ REPLY("payload = \"{\\\"a\\\":1,\\\"a\\\":2}\";"),
	    "7: payload: is no JSON: duplicate object key near '\"a\"'" },
	{ REPLY("payload = \"[\\\"${name}\\\"]\";"),
	    "7: payload: has an unknown variable; there are ${payload}, "
	    "${payload.NAME}, ${user}, ${type} and ${time}" },
	{ REPLY("payload = \"[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]\";"),
	    "7: payload: is nested deeper than 16, or too large" },
	{ REPLY("schema = \"a.json\";"),
	    "7: schema: must begin with /, or schemas must name its folder" },
	{ REPLY("schema = \"/nowhere/a.json\";"),
	    "7: schema: /nowhere/a.json: No such file or directory" },

	{ PUB(""),
	    "7: topic: must be names of A-Z a-z 0-9 . _ -, ${payload.NAME} or "
	    "${user}, with / between them" },
	{ PUB("topic = \"a/${name}\";"),
	    "7: topic: must be names of A-Z a-z 0-9 . _ -, ${payload.NAME} or "
	    "${user}, with / between them" },
	{ PUB("topic = \"a\"; lose = \"last\";"),
	    "7: lose: must be first or next" },
	{ PUB("topic = \"a\"; lose = \"next\"; store = true;"),
	    "7: lose: cannot be: what is stored is not lost" },
	{ PUB("topic = \"a\"; timeout = 20;"),
	    "7: unknown key \"timeout\": the handler json-router does not read "
	    "it" },
	{ ROUTE("type = \"a\"; do = \"subscribe\";"),
	    "7: topic: must be names of A-Z a-z 0-9 . _ -, ${payload.NAME} or "
	    "${user}, with / between them" },
	{ ROUTE("type = \"a\"; do = \"call\";"),
	    "7: call: must be FILE:TYPE, of a file in modules and a type that "
	    "it has" },
	{ MODULE("file = \"oracle.so\";") ROUTE(
	      "type = \"a\"; do = \"call\"; call = \"oracle.so:none\";"),
	    "8: call: must be FILE:TYPE, of a file in modules and a type that "
	    "it has" },
	{ MODULE("file = \"oracle.so\";")
		ROUTE("type = \"a\"; do = \"call\"; call = \"oracle.so:now\"; "
		      "timeout = 9;"),
	    "8: timeout: must be 10 ms to 10 min" },
	{ MODULE("file = \"oracle.so\";")
		ROUTE("type = \"a\"; do = \"call\"; call = \"oracle.so:now\"; "
		      "timeout = 600001;"),
	    "8: timeout: must be 10 ms to 10 min" },

	{ FWD(""), "7: url: must begin with http://" },
	{ FWD("url = \"http://127.0.0.1:x/\";"),
	    "6: url: must have a host, and a port if it is not 80" },
	{ FWD("url = \"http://192.0.2.1/\";"),
	    "6: url: its host is not this machine; that needs remote = true" },
	{ FWD("url = \"http://a.invalid/\";"),
	    "6: url: its host cannot be resolved" },
	{ FWD(URL "unix = \"x\";"),
	    "6: unix: must be a path from / on, of at most 107 bytes" },
	{ FWD(URL "max_response = 0;"),
	    "6: max_response: must be 1 byte to 16 MiB" },
	{ FWD(URL "max_response = 16777217;"),
	    "6: max_response: must be 1 byte to 16 MiB" },
	{ FWD(URL "connections = 0;"), "6: connections: must be 1 to 256" },
	{ FWD(URL "connections = 257;"), "6: connections: must be 1 to 256" },
	{ FWD(URL "queue = -1;"), "6: queue: must be 0 to 65,536" },
	{ FWD(URL "queue = 65537;"), "6: queue: must be 0 to 65,536" },
	{ FWD(URL "timeout = 9;"), "6: timeout: must be 10 ms to 10 min" },
	{ FWD(URL "timeout = 600001;"), "6: timeout: must be 10 ms to 10 min" },
};

START_TEST(a_mistake_is_named_with_its_line)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(
		    strcmp(api_complaint(&d, bad[i].config), bad[i].said) == 0,
		    "%s\nis said to be\n%s\nnot\n%s", bad[i].config,
		    api_complaint(&d, bad[i].config), bad[i].said);
}
END_TEST

START_TEST(a_schema_s_file_is_named_with_the_place)
{
	char config[512], said[512];

	snprintf(config, sizeof(config),
	    "schemas = \"%s\"; " REPLY("schema = \"typo.json\";"), d.dir);
	snprintf(said, sizeof(said),
	    "7: schema: %s/typo.json: schema.typ: is not a word of schemas "
	    "here",
	    d.dir);
	ck_assert_str_eq(api_complaint(&d, config), said);
}
END_TEST

/* A list of n elements made of a format with one number. */
static void
list(char *out, size_t size, const char *key, const char *before,
    const char *after, int n)
{
	size_t len = (size_t)snprintf(out, size, "%s = (", key);

	for (int i = 0; i < n; i++)
		len += (size_t)snprintf(out + len, size - len, "%s{%s%d%s}",
		    i ? "," : "", before, i, after);
	snprintf(out + len, size - len, ");");
}

/* Does `cleatd -t` take this config? */
static bool
taken(const char *config)
{
	const char *const args[] = { "-t", "-c", d.conf, NULL };
	char *more = malloc(65536), said[1024];
	bool ok;

	snprintf(more, 65536,
	    "listen = ( { address = \"127.0.0.1\"; port = 0; } );\n"
	    "plugins: { dir = \"plugins\"; };\n"
	    "routes = ( { path = \"/api\"; handler = \"json-router\"; "
	    "config: { %s }; } );\n",
	    config);
	daemon_write(&d, "cleat.conf", more, strlen(more));
	free(more);
	ok = daemon_run(said, sizeof(said), args) == 0;
	ck_assert_msg(ok || strstr(said, "has more than "), "%s", said);
	return ok;
}

START_TEST(lists_have_bounds)
{
	char text[32768];

	for (int n = 256; n <= 257; n++) {
		list(text, sizeof(text), "routes", "type=\"t",
		    "\";do=\"reply\";", n);
		ck_assert_int_eq(taken(text), n == 256);
		list(text, sizeof(text), "subscribe", "topic=\"t", "\";", n);
		ck_assert_int_eq(taken(text), n == 256);
	}
}
END_TEST

/* Each must be a file of its own. */
START_TEST(modules_have_a_bound)
{
	char text[4096], file[32];

	for (int i = 0; i < 33; i++) {
		snprintf(file, sizeof(file), "m%d.so", i);
		daemon_install(&d, "tests/plugins/oracle.so", file);
	}
	for (int n = 32; n <= 33; n++) {
		list(text, sizeof(text), "modules", "file=\"m", ".so\";", n);
		ck_assert_int_eq(taken(text), n == 32);
	}
}
END_TEST

START_TEST(bounds_are_taken_themselves)
{
	static const char *const good[] = { "max_message = 64;",
		"max_message = \"16 MiB\";", "max_depth = 2;",
		"max_depth = 64;", "max_topics = 1;", "max_topics = 10000;",
		"max_waiting = 1;", "max_waiting = 1000;", "max_errors = 1;",
		"max_errors = 1000000;", "timeout = 10;",
		"timeout = \"10 min\";", FWD(URL "max_response = 1;"),
		FWD(URL "max_response = \"16 MiB\";"),
		FWD(URL "connections = 1;"), FWD(URL "connections = 256;"),
		FWD(URL "queue = 0;"), FWD(URL "queue = 65536;"),
		FWD(URL "timeout = 10;"), FWD(URL "timeout = \"10 min\";"),
		FWD("url = \"http://192.0.2.1/\"; remote = true;") };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(taken(good[i]), "%s", good[i]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json_config");
	TCase *c = suite_case(s, "config");

	tcase_add_checked_fixture(c, prepare, finish);
	tcase_add_test(c, a_mistake_is_named_with_its_line);
	tcase_add_test(c, a_schema_s_file_is_named_with_the_place);
	tcase_add_test(c, lists_have_bounds);
	tcase_add_test(c, modules_have_a_bound);
	tcase_add_test(c, bounds_are_taken_themselves);
	return suite_run(s);
}
