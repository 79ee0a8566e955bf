/* SPDX-License-Identifier: MIT
 *
 * trial_file.c - see trial_file.h.
 */
#include "config.h"

#include "trial_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int
trial_file(char path[TRIAL_PATH_MAX], const char *text)
{
	size_t n = strlen(text);
	int fd = memfd_create("cleat", MFD_CLOEXEC), error = 0;

	if (fd < 0)
		return -errno;
	if (fchmod(fd, 0600) < 0 || write(fd, text, n) != (ssize_t)n)
		error = errno;
	if (error != 0) {
		close(fd);
		return -error;
	}
	snprintf(path, TRIAL_PATH_MAX, "/proc/self/fd/%d", fd);
	return fd;
}
