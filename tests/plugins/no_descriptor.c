/* SPDX-License-Identifier: MIT
 *
 * no_descriptor.c - has the note of a handler, and no handler.
 */
#include <cleat.h>

CLEAT_BEGIN_
