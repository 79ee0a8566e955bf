/* SPDX-License-Identifier: MIT
 *
 * sandbox.h - the group `sandbox` of the configuration.
 */
#ifndef CLEAT_CONFIG_SANDBOX_H
#define CLEAT_CONFIG_SANDBOX_H

#include "config/limits.h"

/* The rows of files and of calls. */
enum config_fence { FENCE_OFF, FENCE_AUTO, FENCE_ON };
enum config_filter { FILTER_OFF, FILTER_REFUSE, FILTER_KILL };

struct config_sandbox {
	enum config_fence files;
	enum config_filter calls;
	struct config_strings allow_read, allow_write;
};

#endif
