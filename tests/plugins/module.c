/* SPDX-License-Identifier: MIT
 *
 * module.c - a further .so, which the probe asks for.
 */
#include <cleat.h>

static const int answer = 42;

CLEAT_MODULE("answers", 3, &answer)
