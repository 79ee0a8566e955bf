/* SPDX-License-Identifier: MIT
 *
 * elf.h - what a shared object says of itself, before anybody runs it.
 *
 * dlopen() runs a file's constructors and believes its headers: a truncated
 * file kills the process with SIGBUS. So the host reads the file itself
 * first: is it whole, a shared object, for this machine, and which Cleat does
 * it ask for? It does not judge versions; that is plugin.h.
 *
 * The file is hostile: every offset is checked against its size.
 *
 * THREADS: any. MEMORY: none; it borrows the file's bytes.
 */
#ifndef CLEAT_HOST_ELF_H
#define CLEAT_HOST_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ELF_BUILD_ID_MAX = 20 };

struct elf {
	bool has_note; /* Cleat's; then the next three count */
	uint32_t magic, abi_major, abi_minor;
	uint8_t build_id[ELF_BUILD_ID_MAX]; /* the beginning, if longer */
	size_t build_id_len;		    /* 0: there is none */
};

/* Reads p[0..n). NULL, or what is wrong with the file: a constant that
 * completes the sentence "x.so: ...". */
__attribute__((warn_unused_result)) const char *
elf_read(const uint8_t *p, size_t n, struct elf *);

#endif
