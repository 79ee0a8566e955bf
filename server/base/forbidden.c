/* SPDX-License-Identifier: MIT
 *
 * forbidden.c - see forbidden.h.
 *
 * The filter is a program of a few instructions for each call; it is short
 * enough to be written here, so no library writes it. Calls of another
 * architecture (32 bits on a machine of 64) have other numbers, and nobody
 * here makes any: they fare as the rows do.
 */
#include "config.h"

#include "base/forbidden.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <endian.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OURS AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OURS AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define OURS AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER == __LITTLE_ENDIAN
#define OURS AUDIT_ARCH_PPC64LE
#elif defined(__i386__)
#define OURS AUDIT_ARCH_I386
#elif defined(__arm__) && __BYTE_ORDER == __LITTLE_ENDIAN
#define OURS AUDIT_ARCH_ARM
#else
#define OURS 0 /* untried: see forbid() */
#endif

/* The x32 calls of x86-64 have this bit in their number. */
#define X32 0x40000000u
#define NAMESPACES                                                     \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
	    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

static const struct {
	int number;
	const char *name;
} rows[] = {
#define CALL(name, reason) { SYS_##name, #name },
#include "base/forbidden.def"
#undef CALL
};
enum { ROWS = sizeof rows / sizeof rows[0] };

#define LOAD(member)                   \
	(struct sock_filter) BPF_STMT( \
	    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define JUMP(how, k, yes, no) \
	(struct sock_filter) BPF_JUMP(BPF_JMP | (how) | BPF_K, (k), (yes), (no))
#define RETURN(what) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, (what))

/* Writes the filter into p; how many instructions it has. */
static unsigned short
compose(struct sock_filter *p, uint32_t verdict)
{
	struct sock_filter *start = p;

	*p++ = LOAD(arch);
	*p++ = JUMP(BPF_JEQ, OURS, 1, 0);
	*p++ = RETURN(verdict);
	*p++ = LOAD(nr);
	if (OURS == AUDIT_ARCH_X86_64) {
		*p++ = JUMP(BPF_JGE, X32, 0, 1);
		*p++ = RETURN(verdict);
	}
	for (int i = 0; i < ROWS; i++) {
		*p++ = JUMP(BPF_JEQ, (uint32_t)rows[i].number, 0, 1);
		*p++ = RETURN(verdict);
	}
	/* Its flags stand in memory, where no filter sees them; the C library
	 * then takes the older call. */
	*p++ = JUMP(BPF_JEQ, SYS_clone3, 0, 1);
	*p++ = RETURN(SECCOMP_RET_ERRNO | ENOSYS);
	*p++ = JUMP(BPF_JEQ, SYS_clone, 0, 3);
	*p++ = LOAD(args[0]);
	*p++ = JUMP(BPF_JSET, NAMESPACES, 0, 1);
	*p++ = RETURN(verdict);
	*p++ = RETURN(SECCOMP_RET_ALLOW);
	return (unsigned short)(p - start);
}

int
forbid(bool fatal)
{
	struct sock_filter program[2 * ROWS + 16];
	struct sock_fprog filter = { .filter = program };

	if (OURS == 0)
		return -ENOSYS;
	filter.len = compose(
	    program, fatal ? SECCOMP_RET_TRAP : SECCOMP_RET_ERRNO | EPERM);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		SECCOMP_FILTER_FLAG_TSYNC, &filter) != 0)
		return -errno;
	return 0;
}

const char *
forbidden_name(int number)
{
	for (int i = 0; i < ROWS; i++)
		if (rows[i].number == number)
			return rows[i].name;
	return NULL;
}
