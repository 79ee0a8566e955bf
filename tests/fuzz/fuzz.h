/* SPDX-License-Identifier: MIT
 *
 * fuzz.h - what the fuzzers share. Each has one function that libFuzzer
 * calls with bytes of its invention; whatever they are, the invariants that
 * the function demands must hold.
 */
#ifndef CLEAT_TESTS_FUZZ_H
#define CLEAT_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Stops the fuzzer, which keeps the input. */
#define DEMAND(holds)                                                    \
	do {                                                             \
		if (!(holds)) {                                          \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, \
			    __LINE__, #holds);                           \
			abort();                                         \
		}                                                        \
	} while (0)

#endif
