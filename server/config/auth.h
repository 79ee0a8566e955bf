/* SPDX-License-Identifier: MIT
 *
 * auth.h - a group `auth`: what its keys say, and what has been made of it;
 * part of config.h, where threads and memory are spoken of.
 */
#ifndef CLEAT_CONFIG_AUTH_H
#define CLEAT_CONFIG_AUTH_H

#include "auth/auth.h"
#include "config/limits.h"

struct config_jwt {
	const char *keys; /* file */
	enum jwt_keys_kind form;
	struct config_strings algorithms, issuers, audiences, claims;
	uint64_t skew_ms, max_age_ms;
	bool may_last;
	const char *user;
	const struct conf_node *node; /* NULL: there is no such group */
};

struct config_auth {
	const char *tokens, *passwords; /* files, or NULL */
	enum auth_certificate certificate;
	const char *cookie, *query, *protocol; /* names, or NULL */
	bool optional;
	struct config_strings allow;
	const char *realm;
	const char *handler; /* NULL: none, and then this is all zero */
	const struct conf_node *handler_node, *config;
	struct config_jwt jwt;
	const struct conf_node *node;
	struct auth auth;
};

#endif
