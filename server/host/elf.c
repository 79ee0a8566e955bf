/* SPDX-License-Identifier: MIT
 *
 * elf.c - a bounded reader of ELF headers and notes.
 *
 * THREADS, MEMORY: see elf.h. The structures are copied out of the file
 * before they are read, because nothing says that they are aligned.
 */
#include "config.h"

#include "host/elf.h"

#include <link.h>
#include <string.h>

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#elif defined(__i386__)
#define MACHINE EM_386
#elif defined(__arm__)
#define MACHINE EM_ARM
#elif defined(__riscv)
#define MACHINE EM_RISCV
#elif defined(__powerpc64__)
#define MACHINE EM_PPC64
#elif defined(__s390x__)
#define MACHINE EM_S390
#else
#error "say here what e_machine is called on this machine"
#endif

#if __SIZEOF_POINTER__ == 8
#define CLASS ELFCLASS64
#else
#define CLASS ELFCLASS32
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ORDER ELFDATA2LSB
#else
#define ORDER ELFDATA2MSB
#endif

enum { NOTE_CLEAT = 1, NOTES_MAX = 64 };

struct bytes {
	const uint8_t *p;
	size_t n;
};

static bool
within(size_t n, uint64_t offset, uint64_t len)
{
	return offset <= n && len <= n - offset;
}

/* A note's name and contents are padded to 4 bytes each. */
static bool
padded(uint32_t len, size_t left, size_t *out)
{
	*out = ((size_t)len + 3) & ~(size_t)3;
	return len <= left && *out <= left;
}

static void
take_note(struct elf *elf, uint32_t type, struct bytes name, struct bytes desc)
{
	uint32_t word[3];

	if (name.n == 6 && memcmp(name.p, "Cleat", 6) == 0 &&
	    type == NOTE_CLEAT && desc.n >= sizeof(word)) {
		memcpy(word, desc.p, sizeof(word));
		elf->has_note = true;
		elf->magic = word[0];
		elf->abi_major = word[1];
		elf->abi_minor = word[2];
	} else if (name.n == 4 && memcmp(name.p, "GNU", 4) == 0 &&
		   type == NT_GNU_BUILD_ID) {
		elf->build_id_len =
		    desc.n < ELF_BUILD_ID_MAX ? desc.n : ELF_BUILD_ID_MAX;
		memcpy(elf->build_id, desc.p, elf->build_id_len);
	}
}

static void
read_notes(struct elf *elf, struct bytes b)
{
	ElfW(Nhdr) head;
	size_t name, desc;

	for (int i = 0; i < NOTES_MAX && b.n >= sizeof(head); i++) {
		memcpy(&head, b.p, sizeof(head));
		b.p += sizeof(head);
		b.n -= sizeof(head);
		if (!padded(head.n_namesz, b.n, &name) ||
		    !padded(head.n_descsz, b.n - name, &desc))
			return;
		take_note(elf, head.n_type,
		    (struct bytes){ b.p, head.n_namesz },
		    (struct bytes){ b.p + name, head.n_descsz });
		b.p += name + desc;
		b.n -= name + desc;
	}
}

static const char *
check_header(const ElfW(Ehdr) * head, size_t n)
{
	if (head->e_ident[EI_CLASS] != CLASS ||
	    head->e_ident[EI_DATA] != ORDER || head->e_machine != MACHINE)
		return "built for another machine; build it on this one";
	if (head->e_ident[EI_VERSION] != EV_CURRENT)
		return "not a shared object (unknown version of ELF)";
	if (head->e_type != ET_DYN)
		return "not a shared object; link it with -shared";
	if (head->e_phentsize != sizeof(ElfW(Phdr)) || head->e_phnum == 0)
		return "not a shared object (it has no program headers)";
	if (!within(n, head->e_phoff,
		(uint64_t)head->e_phnum * head->e_phentsize) ||
	    !within(
		n, head->e_shoff, (uint64_t)head->e_shnum * head->e_shentsize))
		return "truncated; copy it again";
	return NULL;
}

const char *
elf_read(const uint8_t *p, size_t n, struct elf *elf)
{
	ElfW(Ehdr) head;
	ElfW(Phdr) part;
	const char *error;

	memset(elf, 0, sizeof(*elf));
	if (n < SELFMAG || memcmp(p, ELFMAG, SELFMAG) != 0)
		return "not a shared object (no ELF file)";
	if (n < sizeof(head))
		return "truncated; copy it again";
	memcpy(&head, p, sizeof(head));
	error = check_header(&head, n);
	if (error)
		return error;
	for (unsigned i = 0; i < head.e_phnum; i++) {
		memcpy(
		    &part, p + head.e_phoff + i * sizeof(part), sizeof(part));
		if (!within(n, part.p_offset, part.p_filesz))
			return "truncated; copy it again";
		if (part.p_type == PT_NOTE)
			read_notes(elf,
			    (struct bytes){ p + part.p_offset, part.p_filesz });
	}
	return NULL;
}
