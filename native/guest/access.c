#define _GNU_SOURCE
#include "access.h"

#include <asm/hwcap.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "frames.h"
#include "kernel-pages.h"

/* What a write leaves behind. */
#define WRITTEN (~0x5241530000000000ULL)

static const char *const how_names[ACCESS_HOWS] = {"read",       "write",     "exec",  "spin",  "lse",
                                                   "llsc",       "write-from", "read-into", "futex", "pread",
                                                   "pwrite",     "receive",   "call",  "claim"};

int access_how_of(const char *name) {
    for (int how = 0; how < ACCESS_HOWS; how++)
        if (!strcmp(name, how_names[how]))
            return how;
    return -1;
}

uint64_t read_ticks(void) {
    uint64_t ticks;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks)::"memory");
    return ticks;
}

int access_is_in_kernel(enum access_how how) {
    return how >= ACCESS_RECEIVE;
}

/* Whether there is such a way to touch such a page. */
static int is_possible(enum access_how how, const struct page *page) {
    switch (how) {
    case ACCESS_PREAD:
    case ACCESS_PWRITE:
        return page->fd >= 0 && page->kind < PAGE_TABLE;
    case ACCESS_RECEIVE:
        return page->kind == PAGE_SLAB || page->kind == PAGE_PIPE;
    case ACCESS_CALL:
        return page->kind == PAGE_TEXT;
    case ACCESS_CLAIM:
        return page->kind == PAGE_FREE;
    default:
        return page->at != NULL;
    }
}

int access_prepare(struct access *access, enum access_how how, const struct page *page, unsigned number,
                   uint64_t offset) {
    *access = (struct access){.how = how,
                              .address = page->at ? page->at + offset : NULL,
                              .fd = page->fd,
                              .offset = page->offset + offset,
                              .page = page,
                              .contents = pattern(number, 0),
                              .socket = {-1, -1}};
    if (!is_possible(how, page))
        return ENXIO;
    if (how == ACCESS_LSE && !(getauxval(AT_HWCAP) & HWCAP_ATOMICS))
        return ENOTSUP;
    if (how != ACCESS_WRITE_FROM && how != ACCESS_READ_INTO)
        return 0;
    /* Of datagrams, as the kernel copies those without a lock: a process that it kills in the copy can end. */
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, access->socket) < 0)
        return errno;
    const uint64_t value = WRITTEN;
    if (how == ACCESS_READ_INTO && write(access->socket[1], &value, sizeof(value)) < 0)
        return errno;
    return 0;
}

void access_finish(struct access *access) {
    for (int end = 0; end < 2; end++)
        if (access->socket[end] >= 0)
            close(access->socket[end]);
}

static uint64_t spin(const volatile uint64_t *address) {
    uint64_t frequency, value, start = read_ticks();
    __asm__("mrs %0, cntfrq_el0" : "=r"(frequency));
    do {
        for (int i = 0; i < 1000; i++)
            value = *address;
    } while (read_ticks() - start < 10 * frequency);
    return value;
}

static uint64_t add_nothing_lse(uint64_t *address) {
    uint64_t old;
    __asm__ volatile(".arch_extension lse\n\tldadd %2, %0, %1" : "=r"(old), "+Q"(*address) : "r"(0ULL) : "memory");
    return old;
}

static uint64_t add_nothing_llsc(uint64_t *address) {
    uint64_t old;
    uint32_t failed;
    __asm__ volatile("1:\tldxr %0, %2\n\tstxr %w1, %0, %2\n\tcbnz %w1, 1b"
                     : "=&r"(old), "=&r"(failed), "+Q"(*address)::"memory");
    return old;
}

/* The result of a system call that moved eight bytes, or should have. */
static uint64_t moved(ssize_t count, uint64_t value, int *error) {
    if (count != sizeof(value))
        *error = count < 0 ? errno : EIO;
    return *error ? 0 : value;
}

/* Not inlined, so that nothing of the access moves across the readings of the clock. */
__attribute__((noinline)) uint64_t access_run(const struct access *access, int *error) {
    uint64_t *address = (uint64_t *)access->address;
    uint64_t value = WRITTEN;
    *error = 0;
    switch (access->how) {
    case ACCESS_READ:
        return *(volatile uint64_t *)address;
    case ACCESS_WRITE:
        *(volatile uint64_t *)address = WRITTEN;
        return 0;
    case ACCESS_EXEC:
        return ((uint64_t(*)(void))(uintptr_t)address)();
    case ACCESS_SPIN:
        return spin(address);
    case ACCESS_LSE:
        return add_nothing_lse(address);
    case ACCESS_LLSC:
        return add_nothing_llsc(address);
    case ACCESS_WRITE_FROM:
        if (moved(write(access->socket[1], address, sizeof(value)), 1, error) &&
            read(access->socket[0], &value, sizeof(value)) != sizeof(value))
            *error = EIO;
        return *error ? 0 : value;
    case ACCESS_READ_INTO:
        return moved(read(access->socket[0], address, sizeof(value)), 0, error);
    case ACCESS_FUTEX: {
        /* No word of a pattern is this: the kernel reads the page's, and does not wait. */
        const struct timespec now = {0};
        if (syscall(SYS_futex, address, FUTEX_WAIT_PRIVATE, 0xdeadbeef, &now, NULL, 0) < 0)
            *error = errno;
        return 0;
    }
    case ACCESS_PREAD:
        return moved(pread(access->fd, &value, sizeof(value), (off_t)access->offset), 1, error) ? value : 0;
    case ACCESS_PWRITE:
        return moved(pwrite(access->fd, &value, sizeof(value), (off_t)access->offset), 0, error);
    case ACCESS_RECEIVE:
        *error = kernel_page_receive(access->page);
        return *error ? 0 : access->contents;
    case ACCESS_CALL:
        *error = kernel_page_call();
        return *error ? 0 : access->contents;
    case ACCESS_CLAIM: {
        uint64_t searched;
        return page_claim(access->page->gpa, &searched) > 0 ? access->contents : 0;
    }
    case ACCESS_HOWS:
        break;
    }
    return 0;
}
