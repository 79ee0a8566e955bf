/* SPDX-License-Identifier: MIT
 *
 * jwt_keys_struct.h - a set of keys, for jwt_keys.c and jwt.c alone.
 */
#ifndef CLEAT_AUTH_JWT_KEYS_STRUCT_H
#define CLEAT_AUTH_JWT_KEYS_STRUCT_H

#include "auth/jwt_key.h"

struct jwt_keys {
	unsigned refs;
	size_t n, left_out;
	struct jwt_key v[JWT_KEYS_MAX];
};

#endif
