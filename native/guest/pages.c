#define _GNU_SOURCE
#include "pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* Documentation/admin-guide/mm/pagemap.rst */
#define PAGEMAP_PRESENT (1ULL << 63)
#define PAGEMAP_PFN ((1ULL << 55) - 1)

/* A transparent huge page of a kernel with 4 KiB pages. */
#define HUGE_SIZE ((size_t)2 << 20)

static const char *const kind_names[PAGE_KINDS] = {"anon", "shared", "tmpfs", "huge", "code"};

int page_kind_of(const char *name) {
    for (int kind = 0; kind < PAGE_KINDS; kind++)
        if (!strcmp(name, kind_names[kind]))
            return kind;
    return -1;
}

size_t page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

uint64_t pattern(unsigned page, size_t offset) {
    return 0x5241530000000000ULL | (uint64_t)page << 20 | offset;
}

uint64_t code_value(unsigned page) {
    return 0x5200 | (page & 0xff);
}

static int tmpfs_file(size_t size) {
    static int mounted;
    if (!mounted) {
        mkdir("/tmp", 01777);
        if (mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0)
            return -1;
        mounted = 1;
    }
    int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
    if (fd >= 0 && ftruncate(fd, (off_t)size) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void *map_pages(enum page_kind kind, size_t size) {
    const int access = PROT_READ | PROT_WRITE;
    if (kind == PAGE_SHARED)
        return mmap(NULL, size, access, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (kind == PAGE_TMPFS) {
        int fd = tmpfs_file(size);
        if (fd < 0)
            return MAP_FAILED;
        void *mapped = mmap(NULL, size, access, MAP_SHARED, fd, 0);
        close(fd);
        return mapped;
    }
    size_t slack = kind == PAGE_HUGE ? HUGE_SIZE : 0;
    uint8_t *mapped = mmap(NULL, size + slack, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    /* What lies before the first huge page is never touched, so it costs nothing. */
    if (slack && mapped != MAP_FAILED)
        mapped += -(uintptr_t)mapped % HUGE_SIZE;
    return mapped;
}

static void fill(enum page_kind kind, unsigned page, uint8_t *at) {
    if (kind == PAGE_CODE) {
        uint32_t *code = (uint32_t *)at;
        code[0] = 0x52800000 | (uint32_t)code_value(page) << 5; /* mov w0, #value */
        code[1] = 0xd65f03c0;                                   /* ret */
        return;
    }
    for (size_t offset = 0; offset < page_size(); offset += 8)
        *(uint64_t *)(at + offset) = pattern(page, offset);
}

void *pages_make(enum page_kind kind, unsigned first, unsigned count) {
    size_t size = count * page_size();
    uint8_t *pages = map_pages(kind, size);
    if (pages == MAP_FAILED)
        return NULL;
    madvise(pages, size, kind == PAGE_HUGE ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    for (unsigned i = 0; i < count; i++)
        fill(kind, first + i, pages + i * page_size());
    if (kind == PAGE_CODE) {
        __builtin___clear_cache((char *)pages, (char *)pages + size);
        if (mprotect(pages, size, PROT_READ | PROT_EXEC) < 0)
            return NULL;
    }
    return pages;
}

/* Reads 64-bit words number `first` and up of a file in /proc. */
static int read_words(const char *path, uint64_t first, uint64_t *words, size_t count) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = pread(fd, words, count * 8, (off_t)(first * 8));
    int error = errno;
    close(fd);
    if (n == (ssize_t)(count * 8))
        return 0;
    errno = n < 0 ? error : ENXIO;
    return -1;
}

uint64_t gpa_of(const void *address) {
    uint64_t entry;
    if (read_words("/proc/self/pagemap", (uintptr_t)address / page_size(), &entry, 1) < 0)
        return 0;
    return entry & PAGEMAP_PRESENT ? (entry & PAGEMAP_PFN) * page_size() : 0;
}

int page_flags(uint64_t gpa, uint64_t *flags) {
    return read_words("/proc/kpageflags", gpa / page_size(), flags, 1);
}

/* The address at which `pfn` is mapped in a populated range, or NULL. */
static uint8_t *find_frame(uint8_t *range, size_t size, uint64_t pfn) {
    uint64_t entries[512];
    for (size_t done = 0; done < size;) {
        size_t count = (size - done) / page_size();
        if (count > 512)
            count = 512;
        if (read_words("/proc/self/pagemap", (uintptr_t)(range + done) / page_size(), entries, count) < 0)
            return NULL;
        for (size_t i = 0; i < count; i++)
            if ((entries[i] & PAGEMAP_PRESENT) && (entries[i] & PAGEMAP_PFN) == pfn)
                return range + done + i * page_size();
        done += count * page_size();
    }
    return NULL;
}

static int holds_what_is_written(uint8_t *page) {
    for (size_t offset = 0; offset < page_size(); offset += 8)
        *(volatile uint64_t *)(page + offset) = ~pattern(0, offset);
    for (size_t offset = 0; offset < page_size(); offset += 8)
        if (*(volatile uint64_t *)(page + offset) != ~pattern(0, offset))
            return 0;
    return 1;
}

int page_claim(uint64_t gpa, uint64_t *searched) {
    enum { CHUNK = 8 << 20, CHUNKS = 4096 };
    static struct {
        uint8_t *at;
        size_t size;
    } taken[CHUNKS];
    unsigned used = 0;
    int result = 0;
    *searched = 0;
    /* Huge pages first, as they are had quickly; then single pages, down to a reserve for the kernel. */
    for (int huge = 1; huge >= 0 && !result; huge--) {
        size_t size = huge ? CHUNK : 1 << 20;
        struct sysinfo memory;
        while (!result && used < CHUNKS && sysinfo(&memory) == 0 &&
               memory.freeram * memory.mem_unit > (huge ? 64u << 20 : 24u << 20)) {
            uint8_t *chunk = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (chunk == MAP_FAILED)
                break;
            madvise(chunk, size, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
            for (size_t offset = 0; offset < size; offset += page_size())
                *(volatile uint8_t *)(chunk + offset) = 1;
            taken[used].at = chunk;
            taken[used++].size = size;
            *searched += size / page_size();
            uint8_t *page = find_frame(chunk, size, gpa / page_size());
            if (page)
                result = holds_what_is_written(page) ? 1 : -1;
        }
    }
    while (used--)
        munmap(taken[used].at, taken[used].size);
    return result;
}
