/* SPDX-License-Identifier: MIT
 *
 * test_reload.c - what a reload keeps, what it replaces, and what a failed
 * one leaves alone.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/instance.h"
#include "host/mount.h"
#include "host/site.h"
#include "host_rig.h"

#define P(more)	     "{ path = \"/p\"; handler = \"probe\"; " more " }"
#define ROUTES(rows) "routes = ( " rows " );"

static struct host_rig rig;

static void
set_up(void)
{
	host_rig_init(&rig, 3);
}

static void
tear_down(void)
{
	host_rig_fini(&rig);
}

static void
load(const char *text)
{
	if (host_rig_load(&rig, text) != 0)
		ck_abort_msg("%s", rig.err.text);
}

/* Fails, with this at the end of a line FILE:LINE. */
static void
fails(const char *text, const char *end)
{
	size_t n;

	ck_assert_int_eq(host_rig_load(&rig, text), -1);
	n = strlen(rig.err.text);
	ck_assert_uint_gt(n, strlen(end));
	ck_assert_str_eq(rig.err.text + n - strlen(end), end);
	ck_assert_ptr_nonnull(strstr(rig.err.text, "cleat.conf:"));
}

static double
count(const char *name)
{
	char line[128];

	snprintf(
	    line, sizeof(line), "cleat_handler_probe_%s{route=\"/p\"}", name);
	return host_rig_metric(&rig, line);
}

static struct mount *
mount_of(const char *path)
{
	struct site *s = host_site(rig.host);
	struct mount *m = site_find(s, path)->mount;

	site_unref(&s);
	return m;
}

START_TEST(a_failed_reload_changes_nothing)
{
	struct guest *g;

	load(ROUTES(P("")));
	g = host_rig_open(&rig, "/p");
	fails(ROUTES(P("") ", { path = \"/q\"; handler = \"load_fails\"; "
			   "config: { size = 3; }; }"),
	    ": size: must be something?else");
	fails(ROUTES(P("") ", { path = \"/q\"; handler = \"load_refuses\"; }"),
	    ": the handler load_refuses refuses to load: its on_load returned "
	    "7");
	fails(ROUTES("{ path = \"/q\"; handler = \"plain\"; }"),
	    ": plain.so: no Cleat handler; end it with CLEAT_HANDLER(...)");
	fails(ROUTES(P("config: { wrod = \"x\"; };")),
	    ": unknown key \"wrod\": the handler probe does not read it (did "
	    "you "
	    "mean \"word\"?)");
	fails(ROUTES(P("config: { word = 3; };")), ": word must be a string");
	fails(ROUTES(P("config: { items = \"a\"; };")),
	    ": items must be a list or a group");
	guest_say(g, "state");
	guest_expect(g, "messages=1 open=1");
	ck_assert_double_eq(count("reloaded"), -1);
	host_rig_open(&rig, "/p");
}
END_TEST

START_TEST(what_has_loaded_is_unloaded_though_its_config_is_wrong)
{
	fails(ROUTES(P("config: { wrod = \"x\"; };")),
	    ": unknown key \"wrod\": the handler probe does not read it (did "
	    "you mean \"word\"?)");
	ck_assert_double_eq(count("loaded"), 1);
	ck_assert_double_eq(count("unloaded"), 1);
	fails(ROUTES(P("config: { word = 3; };")), ": word must be a string");
	ck_assert_double_eq(count("loaded"), 2);
	ck_assert_double_eq(count("unloaded"), 2);
}
END_TEST

START_TEST(what_a_failed_reload_had_loaded_is_unloaded_once)
{
	fails(ROUTES(P("") ", { path = \"/q\"; handler = \"load_refuses\"; }"),
	    ": the handler load_refuses refuses to load: its on_load returned "
	    "7");
	ck_assert_double_eq(count("loaded"), 1);
	ck_assert_double_eq(count("unloaded"), 1);
	host_stop(rig.host);
	ck_assert_double_eq(count("unloaded"), 1);
}
END_TEST

START_TEST(an_unchanged_route_is_the_same_mount)
{
	struct mount *m;

	load(ROUTES(P("config: { word = \"a\"; };")));
	m = mount_of("/p");
	load(ROUTES(P("max_message = 10; config: { word = \"a\"; };")));
	ck_assert_ptr_eq(mount_of("/p"), m);
	ck_assert_double_eq(count("loaded"), 1);
	ck_assert_double_eq(count("reloaded"), -1);
}
END_TEST

START_TEST(a_changed_config_is_read_by_on_reload)
{
	struct mount *m;

	load(ROUTES(P("")));
	m = mount_of("/p");
	load(ROUTES(P("config: { word = \"b\"; };")));
	ck_assert_ptr_eq(mount_of("/p"), m);
	ck_assert_double_eq(count("reloaded"), 1);
	/* The rehearsal. */
	ck_assert_double_eq(count("loaded"), 2);
	ck_assert_double_eq(count("unloaded"), 1);
}
END_TEST

START_TEST(without_on_reload_the_old_serves_its_own_until_they_leave)
{
	struct guest *old, *new;
	struct mount *before;

	load(ROUTES("{ path = \"/l\"; handler = \"header/clock.so\"; "
		    "config: { word = \"old\"; every = 20; }; }"));
	old = host_rig_open(&rig, "/l");
	before = mount_of("/l");
	load(ROUTES("{ path = \"/l\"; handler = \"header/clock.so\"; "
		    "config: { word = \"new\"; every = 20; }; }"));
	ck_assert_ptr_ne(mount_of("/l"), before);
	new = host_rig_open(&rig, "/l");
	host_rig_advance(&rig, 25);
	guest_expect(old, "old");
	guest_expect(new, "new");
}
END_TEST

START_TEST(a_removed_route_is_unloaded_when_its_last_guest_has_left)
{
	struct guest *g;

	load(ROUTES(P("")));
	g = host_rig_open(&rig, "/p");
	load(ROUTES("{ path = \"/q\"; handler = \"header/counter.so\"; }"));
	guest_say(g, "state");
	guest_expect(g, "messages=1 open=1");
	ck_assert_double_eq(count("unloaded"), -1);
	guest_hang_up(g);
	ck_assert_double_eq(count("unloaded"), 1);
	ck_assert_double_eq(count("refused"), 1);
}
END_TEST

START_TEST(a_post_of_on_load_runs_before_the_state_is_freed)
{
	load(ROUTES(P("config: { post = true; };")));
	ck_assert_double_eq(count("posted"), 1);
	ck_assert_int_eq(
	    host_rig_check(&rig, ROUTES(P("config: { post = true; };"))), 0);
}
END_TEST

START_TEST(a_check_finds_what_a_load_finds)
{
	ck_assert_int_eq(
	    host_rig_check(
		&rig, ROUTES("{ path = \"/q\"; handler = \"load_refuses\"; }")),
	    -1);
	ck_assert_ptr_nonnull(strstr(rig.err.text, "its on_load returned 7"));
	ck_assert_int_eq(host_rig_check(&rig, ROUTES(P(""))), 0);
}
END_TEST

START_TEST(a_parallel_handler_has_an_instance_on_every_worker)
{
	load(ROUTES("{ path = \"/p\"; handler = \"shared\"; }, "
		    "{ path = \"/q\"; handler = \"probe\"; }, "
		    "{ path = \"/r\"; handler = \"probe\"; }"));
	ck_assert_uint_eq(mount_of("/p")->n, 3);
	ck_assert_uint_eq(mount_of("/q")->n, 1);
	ck_assert_double_eq(count("loaded"), 3);
	/* One file, one thread. */
	ck_assert_ptr_eq(mount_of("/q")->instances[0]->worker,
	    mount_of("/r")->instances[0]->worker);
	for (int i = 0; i < 3; i++)
		host_rig_open(&rig, "/p");
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(worker_conns(rig.workers[i]), 1);
}
END_TEST

START_TEST(the_log_tells_once_that_a_parallel_handler_is_unloaded)
{
	load(ROUTES("{ path = \"/p\"; handler = \"shared\"; }"));
	ck_assert_uint_eq(mount_of("/p")->n, 3);
	host_rig_log(&rig);
	load(ROUTES("{ path = \"/q\"; handler = \"header/counter.so\"; }"));
	ck_assert_double_eq(count("unloaded"), 3);
	ck_assert_int_eq(host_rig_logged(&rig, " unloaded handler="), 1);
}
END_TEST

START_TEST(the_longest_path_wins)
{
	struct site *s;

	load(ROUTES("{ path = \"/*\"; handler = \"header/counter.so\"; }, "
		    "{ path = \"/a/*\"; handler = \"header/counter.so\"; }, "
		    "{ path = \"/a/b\"; handler = \"header/counter.so\"; }"));
	s = host_site(rig.host);
	ck_assert_str_eq(site_find(s, "/a/b")->conf->path, "/a/b");
	ck_assert_str_eq(site_find(s, "/a/bc")->conf->path, "/a/*");
	ck_assert_str_eq(site_find(s, "/a/")->conf->path, "/a/*");
	ck_assert_str_eq(site_find(s, "/a")->conf->path, "/*");
	ck_assert_uint_eq(route_script_len(site_find(s, "/a/x")), 2);
	ck_assert_uint_eq(route_script_len(site_find(s, "/x")), 0);
	ck_assert_uint_eq(route_script_len(site_find(s, "/a/b")), 4);
	site_unref(&s);
	load(ROUTES("{ path = \"/a\"; handler = \"header/counter.so\"; }"));
	s = host_site(rig.host);
	ck_assert_ptr_null(site_find(s, "/b"));
	ck_assert_ptr_null(site_find(s, "/a/"));
	site_unref(&s);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { a_failed_reload_changes_nothing,
		what_has_loaded_is_unloaded_though_its_config_is_wrong,
		what_a_failed_reload_had_loaded_is_unloaded_once,
		an_unchanged_route_is_the_same_mount,
		a_changed_config_is_read_by_on_reload,
		without_on_reload_the_old_serves_its_own_until_they_leave,
		a_removed_route_is_unloaded_when_its_last_guest_has_left,
		a_post_of_on_load_runs_before_the_state_is_freed,
		a_check_finds_what_a_load_finds,
		a_parallel_handler_has_an_instance_on_every_worker,
		the_log_tells_once_that_a_parallel_handler_is_unloaded,
		the_longest_path_wins };

	return host_rig_main("reload", set_up, tear_down, tests,
	    sizeof(tests) / sizeof(tests[0]));
}
