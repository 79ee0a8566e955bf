/* SPDX-License-Identifier: MIT
 *
 * test_config.c - what a good configuration becomes, key by key, and what
 * stands behind -l.
 */
#include <config.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/auth.h"
#include "config/config.h"
#include "config/key.h"
#include "../suite.h"

#define GOOD TESTS_CONFIG "/good/"

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static struct config *
load(const char *file, bool listeners_given)
{
	struct config *c;
	struct conf_error err;

	ck_assert_msg(
	    config_load(file, listeners_given, &c, &err) == 0, "%s", err.text);
	return c;
}

START_TEST(defaults_are_those_of_the_table)
{
	struct config *c = load(GOOD "minimal.conf", false);
	const struct config_limits *l = &c->defaults;

	ck_assert_uint_eq(c->workers, 0);
	ck_assert_uint_eq(c->drain_timeout_ms, 10000);
	ck_assert_uint_eq(c->max_connections, 10000);
	ck_assert_str_eq(c->listen[0].address, "*");
	ck_assert_ptr_null(c->status);
	ck_assert_ptr_null(c->http.root);
	ck_assert_uint_eq(c->http.index.n, 1);
	ck_assert_str_eq(c->http.index.v[0], "index.html");
	ck_assert_str_eq(c->http.cache_control, "no-cache");
	ck_assert_uint_eq(c->http.max_header, 16 << 10);
	ck_assert_str_eq(c->plugin_dir, PLUGINDIR);
	ck_assert_int_eq(c->log.options.level, LOG_LEVEL_INFO);
	ck_assert_ptr_null(c->log.options.file);
	ck_assert(c->log.access);
	ck_assert_uint_eq(l->rules.max_message, 1 << 20);
	ck_assert_uint_eq(l->rules.queue_messages, 256);
	ck_assert_uint_eq(l->rules.ping_every_ms, 54000);
	ck_assert_uint_eq(l->rules.pong_within_ms, 60000);
	ck_assert_uint_eq(l->rules.idle_timeout_ms, 0);
	ck_assert_int_eq(l->rules.queue_policy, QUEUE_CLOSE);
	ck_assert_uint_eq(l->origins.n, 0);
	ck_assert_uint_eq(l->expected_closes.n, 5);
	ck_assert_uint_eq(l->expected_closes.v[4], 4419);
	ck_assert_uint_eq(c->topics.topics, 100000);
	ck_assert_uint_eq(l->max_topics, 100);
	ck_assert_uint_eq(l->history.messages, 100);
	ck_assert_uint_eq(l->history.bytes, 256 << 10);
	ck_assert_uint_eq(l->history.age_ms, 3600000);
	config_unref(&c);
	ck_assert_ptr_null(c);
}
END_TEST

START_TEST(what_the_file_says_arrives)
{
	struct config *c = load(GOOD "full.conf", false);
	const struct config_limits *l = &c->defaults;

	ck_assert_uint_eq(c->workers, 3);
	ck_assert_uint_eq(c->stall_ms, 2000);
	ck_assert_uint_eq(c->n_listen, 3);
	ck_assert_uint_eq(c->listen[1].port, 8081);
	ck_assert_str_eq(c->listen[2].path, "/run/cleat/cleat.sock");
	ck_assert_uint_eq(c->listen[2].mode, 0660);
	ck_assert_str_eq(c->listen[2].owner, "root:root");
	ck_assert_str_eq(c->status->at.path, "/run/cleat/status.sock");
	ck_assert(c->status->publish);
	ck_assert_uint_eq(c->http.request_timeout_ms, 20000);
	ck_assert_uint_eq(c->http.min_rate, 2048);
	ck_assert_str_eq(c->http.root, GOOD ".");
	ck_assert_str_eq(c->log.options.file, GOOD "cleat.log");
	ck_assert_int_eq(c->log.options.level, LOG_LEVEL_DEBUG);
	ck_assert_int_eq(c->log.options.format, LOG_FORMAT_JSON);
	ck_assert(!c->log.access);
	ck_assert_uint_eq(l->rules.queue_bytes, 2 << 20);
	ck_assert_int_eq(l->rules.queue_policy, QUEUE_DROP);
	ck_assert_int_eq(l->refuse, REFUSE_CLOSE);
	ck_assert(l->deflate && l->deflate_takeover);
	ck_assert_uint_eq(l->deflate_window, 12);
	ck_assert_uint_eq(l->rules.deflate_level, 2);
	ck_assert_uint_eq(l->rules.max_lifetime_ms, 86400000);
	ck_assert_uint_eq(l->protocols.n, 2);
	ck_assert_str_eq(l->protocols.v[0], "chat.v2");
	config_unref(&c);
}
END_TEST

START_TEST(a_route_has_the_defaults_and_its_own)
{
	struct config *c = load(GOOD "full.conf", false);
	const struct config_route *plain = &c->routes[0];
	const struct config_route *room = &c->routes[1];

	ck_assert_uint_eq(plain->limits.rules.max_message, 2 << 20);
	ck_assert_uint_eq(plain->limits.origins.n, 3);
	ck_assert_uint_eq(room->limits.rules.max_message, 3 << 20);
	ck_assert_uint_eq(room->limits.rules.ping_every_ms, 0);
	ck_assert_uint_eq(room->limits.max_connections, 3000);
	ck_assert_uint_eq(room->limits.protocols.n, 0);
	ck_assert_int_eq(room->limits.refuse, REFUSE_STATUS);
	ck_assert_uint_eq(room->limits.expected_closes.v[1], 4000);
	config_unref(&c);
}
END_TEST

START_TEST(paths_and_handlers_are_taken_apart)
{
	struct config *c = load(GOOD "full.conf", false);
	const struct config_route *r = c->routes;

	ck_assert(!r[0].prefix);
	ck_assert_uint_eq(r[0].path_len, strlen("/plain"));
	ck_assert_str_eq(r[0].handler_file, GOOD "../good/echo.so");
	ck_assert_ptr_null(r[0].config);
	ck_assert_int_eq(conf_line(r[0].node), 75);
	ck_assert(r[1].prefix);
	ck_assert_uint_eq(r[1].path_len, strlen("/room/"));
	ck_assert_str_eq(r[1].handler, "sub/room.so");
	ck_assert_str_eq(r[1].handler_file, GOOD "../good/sub/room.so");
	ck_assert_ptr_nonnull(conf_get(r[1].config, "limits.rate"));
	ck_assert_int_eq(conf_line(r[1].handler_node), 77);
	ck_assert_str_eq(r[2].handler_file, "/opt/handlers/root.so");
	ck_assert(!r[2].prefix);
	config_unref(&c);
}
END_TEST

START_TEST(a_route_without_a_space_has_its_paths)
{
	struct config *c = load(GOOD "full.conf", false);

	ck_assert_str_eq(c->routes[0].space, "plain");
	ck_assert_str_eq(c->routes[1].space, "rooms");
	ck_assert_str_eq(c->routes[2].space, "root");
	config_unref(&c);
	c = load(GOOD "parts/main.conf", false);
	ck_assert_str_eq(c->routes[1].space, "10");
	ck_assert_str_eq(
	    c->routes[2].space, "10"); /* of the path with a star */
	config_unref(&c);
}
END_TEST

/* A file of passwords that everybody may read is refused, and the tree of
 * sources is one that everybody may read. */
START_TEST(a_file_of_passwords_is_read)
{
	char dir[] = "/tmp/test_config.XXXXXX", conf[64], file[64];
	struct config *c;
	struct conf_error err;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(conf, sizeof(conf), "%s/main.conf", dir);
	snprintf(file, sizeof(file), "%s/passwords", dir);
	write_file(conf, "listen = ( { port = 1; } ); defaults: { auth: "
			 "{ passwords = \"passwords\"; }; };");
	write_file(file, "ann:$2b$05$uK47v4snMiJaKhIeBd/"
			 "efuJ5XmEA3RZy3PzLACRwQKM6fyndwnxlG\n");
	ck_assert_int_eq(chmod(file, 0644), 0);
	ck_assert_int_lt(config_load(conf, false, &c, &err), 0);
	ck_assert_ptr_nonnull(
	    strstr(err.text, "main.conf:1: auth.passwords: "));
	ck_assert_ptr_nonnull(strstr(err.text, "everybody may read it"));
	ck_assert_int_eq(chmod(file, 0640), 0);
	c = load(conf, false);
	ck_assert_ptr_nonnull(c->defaults.auth->auth.passwords);
	ck_assert_str_eq(c->defaults.auth->passwords, file);
	config_unref(&c);
	unlink(conf);
	unlink(file);
	rmdir(dir);
}
END_TEST

/* Whether a key stands below a dotted path; of a list any element counts. */
static bool
stands_below(const struct conf_node *at, const char *path, const char *key)
{
	size_t n = strcspn(path, ".");
	char name[80];

	if (at == NULL)
		return false;
	if (conf_type(at) == CONF_LIST) {
		for (size_t i = 0; i < conf_count(at); i++)
			if (stands_below(conf_child(at, i), path, key))
				return true;
		return false;
	}
	if (*path == '\0')
		return conf_get(at, key) != NULL;
	snprintf(name, sizeof(name), "%.*s", (int)n, path);
	return stands_below(
	    conf_get(at, name), path + n + (path[n] == '.'), key);
}

static bool
sets_key(const char *file, const struct section *s, const struct key *k)
{
	struct conf_node *root;
	struct conf_error err;
	char path[80];

	ck_assert_int_eq(conf_read(file, &root, &err), 0);
	/* Where a group that may stand in several does stand. */
	bool within = strncmp(s->name, "auth", 4) == 0;
	snprintf(path, sizeof(path), "%s%s", within ? "routes." : "", s->name);
	bool found = stands_below(root, path, k->name);
	conf_free(&root);
	return found;
}

START_TEST(every_key_stands_in_a_good_config)
{
	const struct section *s = &sections[_i];

	for (const struct key *k = keys; k < keys + keys_count; k++)
		ck_assert_msg(!key_belongs(k, s) ||
				  strcmp(k->name, "passwords") == 0 ||
				  sets_key(GOOD "full.conf", s, k) ||
				  sets_key(GOOD "parts/main.conf", s, k),
		    "no good configuration has %s.%s", s->name, k->name);
}
END_TEST

START_TEST(the_files_of_a_config_are_read_in_order)
{
	static const char *const paths[] = { "/main", "/10", "/10/*", "/20" };
	struct config *c = load(GOOD "parts/main.conf", false);

	ck_assert_uint_eq(c->n_routes, 4);
	for (size_t i = 0; i < 4; i++)
		ck_assert_str_eq(c->routes[i].path, paths[i]);
	ck_assert_str_eq(
	    conf_file(c->routes[3].node), GOOD "parts/conf.d/20-late.conf");
	ck_assert_str_eq(
	    conf_file(c->listen[0].node), GOOD "parts/inc/listen.inc");
	ck_assert_int_eq(conf_line(c->listen[0].node), 2);
	ck_assert_str_eq(c->http.root, GOOD "parts/www");
	ck_assert_str_eq(c->status->at.address, "127.0.0.1");
	ck_assert_uint_eq(c->status->at.port, 9090);
	config_unref(&c);
}
END_TEST

START_TEST(listeners_may_come_from_elsewhere)
{
	struct config *c = load(TESTS_CONFIG "/bad/listen-missing.conf", true);

	ck_assert_uint_eq(c->n_listen, 0);
	config_unref(&c);
}
END_TEST

START_TEST(a_config_lives_until_its_last_reference)
{
	struct config *c = load(GOOD "full.conf", false);
	struct config *held = config_ref(c);

	config_unref(&c);
	ck_assert_str_eq(held->routes[0].path, "/plain");
	config_unref(&held);
	config_unref(&held);
}
END_TEST

/* --- -l ---------------------------------------------------------------- */

static const char *const no_listeners[] = { "", ":", ":80", "80", "127.0.0.1",
	"127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:000080",
	"127.0.0.1:-1", "127.0.0.1:80 ", "example.org:80", "::1:80", "[::1]",
	"[::1:80", "::1]:80", "[127.0.0.1]x:80", "[]:80", "[*:80",
	"unix:", "unix:relative", "**:80" };

START_TEST(what_is_no_listener_is_refused)
{
	struct config_listen l;
	char text[64];

	snprintf(text, sizeof(text), "%s", no_listeners[_i]);
	ck_assert_msg(!config_listen_parse(text, &l), "\"%s\" was taken",
	    no_listeners[_i]);
}
END_TEST

static const struct {
	const char *text, *address, *path;
	uint64_t port;
} listeners[] = {
	{ "127.0.0.1:8080", "127.0.0.1", NULL, 8080 },
	{ "127.0.0.1:0", "127.0.0.1", NULL, 0 },
	{ "*:65535", "*", NULL, 65535 },
	{ "[::1]:80", "::1", NULL, 80 },
	{ "[::]:80", "::", NULL, 80 },
	{ "unix:/run/x", "unix:/run/x", "/run/x", 0 },
};

START_TEST(a_listener_is_taken_apart)
{
	struct config_listen l;
	char text[64];

	snprintf(text, sizeof(text), "%s", listeners[_i].text);
	ck_assert(config_listen_parse(text, &l));
	ck_assert_str_eq(l.address, listeners[_i].address);
	ck_assert_uint_eq(l.port, listeners[_i].port);
	if (listeners[_i].path == NULL)
		ck_assert_ptr_null(l.path);
	else
		ck_assert_str_eq(l.path, listeners[_i].path);
}
END_TEST

/* --- the table in words ------------------------------------------------ */

static char *
printed(void (*print)(FILE *))
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(f);
	print(f);
	ck_assert_int_eq(fclose(f), 0);
	return text;
}

START_TEST(help_and_manual_name_every_key)
{
	char *help = printed(config_help), *man = printed(config_man);
	char item[80];

	for (const struct key *k = keys; k < keys + keys_count; k++) {
		snprintf(item, sizeof(item), "\n  %s: ", k->name);
		ck_assert_msg(strstr(help, item), "no %s", k->name);
		snprintf(item, sizeof(item), "\n.It Cm %s\n", k->name);
		ck_assert_msg(strstr(man, item), "no %s", k->name);
	}
	free(help);
	free(man);
}
END_TEST

START_TEST(help_fits_a_terminal)
{
	char *help = printed(config_help);

	for (const char *line = help; *line; line += strcspn(line, "\n") + 1)
		ck_assert_msg(strcspn(line, "\n") < 80, "%.*s",
		    (int)strcspn(line, "\n"), line);
	free(help);
}
END_TEST

#define ROWS(t) ((int)(sizeof(t) / sizeof((t)[0])))

int
main(void)
{
	Suite *suite = suite_create("config");
	TCase *tc = suite_case(suite, "config");

	tcase_add_loop_test(
	    tc, what_is_no_listener_is_refused, 0, ROWS(no_listeners));
	tcase_add_loop_test(tc, a_listener_is_taken_apart, 0, ROWS(listeners));
	tcase_add_test(tc, defaults_are_those_of_the_table);
	tcase_add_test(tc, what_the_file_says_arrives);
	tcase_add_test(tc, a_route_has_the_defaults_and_its_own);
	tcase_add_test(tc, paths_and_handlers_are_taken_apart);
	tcase_add_test(tc, a_route_without_a_space_has_its_paths);
	tcase_add_loop_test(
	    tc, every_key_stands_in_a_good_config, 0, SECTION_COUNT);
	tcase_add_test(tc, the_files_of_a_config_are_read_in_order);
	tcase_add_test(tc, listeners_may_come_from_elsewhere);
	tcase_add_test(tc, a_file_of_passwords_is_read);
	tcase_add_test(tc, a_config_lives_until_its_last_reference);
	tcase_add_test(tc, help_and_manual_name_every_key);
	tcase_add_test(tc, help_fits_a_terminal);
	return suite_run_forked(suite);
}
