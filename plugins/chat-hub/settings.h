/* SPDX-License-Identifier: MIT
 *
 * settings.h - the config of a chat, read and checked. The keys stand in
 * docs/CHAT.md.
 *
 * MEMORY: everything is copied, so it outlives the config it came from.
 */
#ifndef CHAT_HUB_SETTINGS_H
#define CHAT_HUB_SETTINGS_H

#include <cleat.h>

enum role { ROLE_GUEST, ROLE_USER, ROLE_MOD };

struct settings {
	char (*rooms)[64], (*reserved)[64];
	size_t n_rooms, n_reserved;
	struct known {
		char user[64];
		enum role role;
	} * roles;
	size_t n_roles;
	int open, guests, trust_query;
	char user_var[80], role_var[80]; /* HTTP_...; empty: none */
	char *greeting;			 /* or NULL */
	double rate;
	int64_t max_text, max_rooms, who_max, burst, warnings;
	int64_t flood_mute, mute_time, ban_time; /* milliseconds */
};

/* 0; else what is wrong has been said, and there is nothing to free. */
int settings_read(cleat_route *, struct settings *);
void settings_free(struct settings *);

int settings_room(const struct settings *, const char *room);
/* Is it one that no guest may have? */
int settings_reserved(const struct settings *, const char *nick);
/* The role that the config gives to a user, or NULL. */
const enum role *settings_role(const struct settings *, const char *user);

#endif
