/* SPDX-License-Identifier: MIT
 *
 * holding.c - see holding.h.
 */
#include "config.h"

#include "holding.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

int
holding_descriptors(const struct daemon *d)
{
	char path[64];
	int n = 0;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)d->pid);
	DIR *dir = opendir(path);
	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* The kernel closes when it comes to it, and tells nobody. */
void
holding_await_descriptors(const struct daemon *d, int n)
{
	for (int i = 0; i < PATIENCE_MS && holding_descriptors(d) > n; i++)
		usleep(1000);
	ck_assert_int_le(holding_descriptors(d), n);
}

long
holding_memory(struct daemon *d)
{
	char path[64], line[256];
	long kib = -1;

	daemon_reload(d);
	snprintf(path, sizeof path, "/proc/%d/status", (int)d->pid);
	FILE *f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (kib < 0 && fgets(line, sizeof line, f))
		(void)sscanf(line, "RssAnon: %ld", &kib);
	fclose(f);
	ck_assert_int_ge(kib, 0);
	return kib;
}
