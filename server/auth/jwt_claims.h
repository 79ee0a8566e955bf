/* SPDX-License-Identifier: MIT
 *
 * jwt_claims.h - what a token says, once its signature has been found true.
 *
 * THREADS: any. MEMORY: none of its own.
 */
#ifndef CLEAT_AUTH_JWT_CLAIMS_H
#define CLEAT_AUTH_JWT_CLAIMS_H

#include <jansson.h>

#include "auth/jwt.h"

/* Is it good now, and for us? Sets who->expires. */
enum jwt_reason jwt_claims_judge(const json_t *, const struct jwt_rules *,
    int64_t now, struct identity *who);
/* The user and the attributes. */
enum jwt_reason
jwt_claims_tell(const json_t *, const struct jwt_rules *, struct identity *who);

#endif
