/* SPDX-License-Identifier: MIT
 *
 * test_plugin.c - every file that is no handler of ours gets its sentence,
 * and none of them runs.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/api.h"
#include "host/elf.h"
#include "host/plugin.h"
#include "host_rig.h"

static struct plugins set;
static char dir[64], why[PLUGIN_WHY_MAX];

static void
set_up(void)
{
	plugins_init(&set, &api_table);
	snprintf(dir, sizeof(dir), "/tmp/cleat-plugin-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
tear_down(void)
{
	plugins_free(&set);
	ck_assert_int_eq(chmod(dir, 0700), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}

static struct plugin *
load(const char *name)
{
	char file[512];

	snprintf(file, sizeof(file), "%s/%s", TEST_PLUGINS, name);
	why[0] = '\0';
	return plugin_load(&set, PLUGIN_HANDLER, file, why);
}

static void
refused(const char *name, const char *sentence)
{
	ck_assert_ptr_null(load(name));
	ck_assert_str_eq(why, sentence);
}

/* The bytes of a good handler. */
static uint8_t *
slurp(const char *name, size_t *n)
{
	char file[512];
	uint8_t *p = malloc(1 << 22);
	FILE *f;

	snprintf(file, sizeof(file), "%s/%s", TEST_PLUGINS, name);
	f = fopen(file, "r");
	ck_assert_ptr_nonnull(f);
	*n = fread(p, 1, 1 << 22, f);
	fclose(f);
	ck_assert_uint_gt(*n, 0);
	ck_assert_uint_lt(*n, 1 << 22);
	return p;
}

static const char *
in_dir(const char *name)
{
	static char file[128];

	snprintf(file, sizeof(file), "%s/%s", dir, name);
	return file;
}

static const char *
put(const char *name, const void *p, size_t n, mode_t mode)
{
	const char *file = in_dir(name);
	FILE *f = fopen(file, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(p, 1, n, f), n);
	fclose(f);
	ck_assert_int_eq(chmod(file, mode), 0);
	return file;
}

static void
file_refused(const char *file, const char *sentence)
{
	why[0] = '\0';
	ck_assert_ptr_null(plugin_load(&set, PLUGIN_HANDLER, file, why));
	ck_assert_str_eq(why, sentence);
	unlink(file);
}

START_TEST(villains_are_refused_in_one_sentence_each)
{
	refused("wrong_major.so",
	    "wrong_major.so: built for ABI 2.3, this host offers 0.3; rebuild "
	    "it with this host's cleat.h");
	refused("newer_minor.so",
	    "newer_minor.so: built for ABI 0.99, this host offers 0.3; rebuild "
	    "it with this host's cleat.h");
	refused("wrong_magic.so",
	    "wrong_magic.so: its note is not Cleat's; rebuild it with cleat.h");
	refused("plain.so",
	    "plain.so: no Cleat handler; end it with CLEAT_HANDLER(...)");
	refused("no_descriptor.so",
	    "no_descriptor.so: no Cleat handler; end it with "
	    "CLEAT_HANDLER(...)");
	refused("module.so",
	    "module.so: no Cleat handler; end it with CLEAT_HANDLER(...)");
	refused("nameless.so",
	    "nameless.so: name and version must have 1 to 64 visible "
	    "characters");
	refused("missing_symbol.so",
	    "missing_symbol.so: needs the symbol \"nobody_provides_this\", "
	    "which nothing provides; link it with the library that has it");
}
END_TEST

START_TEST(a_file_that_is_none_is_refused)
{
	refused("header", "header: not a regular file");
	ck_assert_ptr_null(
	    plugin_load(&set, PLUGIN_HANDLER, in_dir("gone.so"), why));
	ck_assert_ptr_nonnull(strstr(why, "gone.so: cannot open"));
}
END_TEST

START_TEST(what_is_no_elf_file_is_refused)
{
	file_refused(put("text.so", "#!/bin/sh\n", 10, 0600),
	    "text.so: not a shared object (no ELF file)");
	file_refused(put("empty.so", "", 0, 0600), "empty.so: empty");
}
END_TEST

START_TEST(files_that_others_may_change_are_refused)
{
	size_t n;
	uint8_t *p = slurp("probe.so", &n);

	file_refused(put("group.so", p, n, 0620),
	    "group.so: others may write to it; chmod go-w it");
	file_refused(put("world.so", p, n, 0602),
	    "world.so: others may write to it; chmod go-w it");
	ck_assert_int_eq(chmod(dir, 0770), 0);
	file_refused(put("open.so", p, n, 0600),
	    "open.so: others may write to its folder; chmod go-w that");
	free(p);
}
END_TEST

START_TEST(a_handler_for_another_machine_is_refused)
{
	size_t n;
	uint8_t *p = slurp("probe.so", &n);

	p[18] ^= 0xff; /* e_machine */
	file_refused(put("other.so", p, n, 0600),
	    "other.so: built for another machine; build it on this one");
	free(p);
}
END_TEST

START_TEST(a_truncated_file_is_refused_wherever_it_ends)
{
	size_t n;
	uint8_t *p = slurp("probe.so", &n);

	for (size_t cut = 64; cut < n; cut += 64)
		file_refused(put("cut.so", p, cut, 0600),
		    "cut.so: truncated; copy it again");
	free(p);
}
END_TEST

/* As a full memory or a limit does it: some of the bytes, and no error. */
START_TEST(a_copy_that_was_cut_short_is_refused)
{
	const struct rlimit half = { .rlim_cur = 2048, .rlim_max = 1 << 22 };
	const struct rlimit all = { .rlim_cur = 1 << 22, .rlim_max = 1 << 22 };
	struct plugin *p;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &half), 0);
	p = load("probe.so");
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
	ck_assert_ptr_null(p);
	ck_assert_str_eq(
	    why, "probe.so: cannot be copied into memory (File too large)");
}
END_TEST

START_TEST(no_byte_of_a_header_can_lead_out_of_the_file)
{
	size_t n;
	uint8_t *p = slurp("probe.so", &n), *exact;
	struct elf elf;

	/* Exactly as large as what is read, so that ASan sees a step beyond. */
	for (size_t i = 0; i < 1024 && i < n; i++)
		for (int bit = 0; bit < 8; bit += 7) {
			exact = malloc(n);
			memcpy(exact, p, n);
			exact[i] ^= (uint8_t)(1 << bit);
			(void)!elf_read(exact, n, &elf);
			free(exact);
		}
	free(p);
}
END_TEST

START_TEST(a_handler_is_loaded_once_while_its_bytes_stay)
{
	struct plugin *p = load("probe.so");

	ck_assert_ptr_nonnull(p);
	ck_assert_str_eq(p->name, "probe");
	ck_assert_str_eq(p->version, "1.0");
	ck_assert_ptr_eq(*p->handler.table, &api_table);
	ck_assert_ptr_eq(load("probe.so"), p);
}
END_TEST

START_TEST(a_changed_file_is_a_new_copy_beside_the_old)
{
	size_t n, m;
	uint8_t *p = slurp("header/counter.so", &n),
		*q = slurp("header/sum.so", &m);
	struct plugin *old, *new;

	put("x.so", p, n, 0600);
	old = plugin_load(&set, PLUGIN_HANDLER, in_dir("x.so"), why);
	ck_assert_ptr_nonnull(old);
	put("x.so", q, m, 0600);
	new = plugin_load(&set, PLUGIN_HANDLER, in_dir("x.so"), why);
	ck_assert_ptr_nonnull(new);
	ck_assert_str_eq(old->name, "counter");
	ck_assert_str_eq(new->name, "sum");
	ck_assert_uint_eq(old->turn, new->turn);
	unlink(in_dir("x.so"));
	free(p);
	free(q);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		villains_are_refused_in_one_sentence_each,
		a_file_that_is_none_is_refused,
		what_is_no_elf_file_is_refused,
		files_that_others_may_change_are_refused,
		a_handler_for_another_machine_is_refused,
		a_truncated_file_is_refused_wherever_it_ends,
		a_copy_that_was_cut_short_is_refused,
		no_byte_of_a_header_can_lead_out_of_the_file,
		a_handler_is_loaded_once_while_its_bytes_stay,
		a_changed_file_is_a_new_copy_beside_the_old,
	};

	return host_rig_main("plugin", set_up, tear_down, tests,
	    sizeof(tests) / sizeof(tests[0]));
}
