#define _GNU_SOURCE
#include "pages.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "frames.h"
#include "kernel-pages.h"
#include "store.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
#ifndef MAP_HUGE_2MB
#define MAP_HUGE_2MB (21 << 26)
#endif

/* Where files are made if no place is named: on tmpfs in rasvm's test guest, where nothing is ever clean. */
#define FILES "/tmp"

/* A huge page of a kernel with 4 KiB pages. */
#define HUGE_SIZE ((size_t)2 << 20)
#define HUGE_PAGES "/sys/kernel/mm/transparent_hugepage/enabled"
#define HUGE_POOL "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"

static const char *const kind_names[PAGE_KINDS] = {
    "anon", "shared", "tmpfs", "huge",        "hugetlb",   "locked", "code", "file",
    "file-dirty", "cache", "cache-dirty", "pagetable", "slab", "pipe", "text", "free"};

int page_kind_of(const char *name) {
    for (int kind = 0; kind < PAGE_KINDS; kind++)
        if (!strcmp(name, kind_names[kind]))
            return kind;
    return -1;
}

uint64_t pattern(unsigned page, size_t offset) {
    return 0x5241530000000000ULL | (uint64_t)page << 20 | offset;
}

uint64_t code_value(unsigned page) {
    return 0x5200 | (page & 0xff);
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

/* A file that has no name. */
static int unnamed_file(const char *directory) {
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || errno != EOPNOTSUPP)
        return fd;
    char path[256];
    snprintf(path, sizeof(path), "%s/rasvm-XXXXXX", directory);
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

/* Gives the file's content to the page cache, and to the disk if it is to be clean. */
static int write_pages(int fd, unsigned first, unsigned count, int clean) {
    uint8_t *page = malloc(page_size());
    int error = page ? 0 : ENOMEM;
    for (unsigned i = 0; i < count && !error; i++) {
        fill(PAGE_FILE, first + i, page);
        ssize_t n = pwrite(fd, page, page_size(), (off_t)(i * page_size()));
        if (n != (ssize_t)page_size())
            error = n < 0 ? errno : ENOSPC;
    }
    free(page);
    if (!error && clean && fsync(fd) < 0)
        error = errno;
    return error;
}

static void fill_stored(void *at, unsigned page) {
    fill(PAGE_FILE, page, at);
}


static int make_file_pages(enum page_kind kind, unsigned first, unsigned count, const char *directory,
                           struct page *pages) {
    size_t size = count * page_size();
    int stored = (kind == PAGE_FILE || kind == PAGE_CACHE) && !*directory && store_exists();
    int fd = kind == PAGE_TMPFS ? memfd_create("rasvm", MFD_CLOEXEC)
             : stored           ? store_open(size, fill_stored, first)
                                : unnamed_file(*directory ? directory : FILES);
    if (fd < 0)
        return errno;
    int clean = kind == PAGE_FILE || kind == PAGE_FILE_DIRTY || kind == PAGE_CACHE;
    int error = stored ? 0 : write_pages(fd, first, count, clean);
    uint8_t *at = NULL;
    if (!error && kind != PAGE_CACHE && kind != PAGE_CACHE_DIRTY) {
        at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (at == MAP_FAILED || madvise(at, size, MADV_POPULATE_READ) < 0)
            error = errno;
    }
    if (error) {
        close(fd);
        return error;
    }
    for (unsigned i = 0; i < count; i++) {
        pages[i] = (struct page){.at = at ? at + i * page_size() : NULL, .fd = fd, .offset = i * page_size()};
        if (kind == PAGE_FILE_DIRTY)
            fill(kind, first + i, pages[i].at);
    }
    return 0;
}

/* A kernel with less than 512 MiB has them switched off. */
static void allow_huge_pages(void) {
    char words[64] = {0};
    int fd = open(HUGE_PAGES, O_RDWR | O_CLOEXEC);
    if (fd >= 0 && read(fd, words, sizeof(words) - 1) > 0 && strstr(words, "[never]") &&
        pwrite(fd, "madvise", 7, 0) < 0)
        perror(HUGE_PAGES);
    close(fd);
}

/* Adds to the kernel's pool of huge pages. */
static int grow_pool(size_t more) {
    unsigned long now = 0;
    FILE *pool = fopen(HUGE_POOL, "r+e");
    if (!pool)
        return errno;
    int error = fscanf(pool, "%lu", &now) == 1 ? 0 : EIO;
    rewind(pool);
    if (!error && fprintf(pool, "%lu\n", now + more) < 0)
        error = EIO;
    return fclose(pool) < 0 ? errno : error;
}

static uint8_t *map_memory(enum page_kind kind, size_t size) {
    const int access = PROT_READ | PROT_WRITE;
    if (kind == PAGE_SHARED)
        return mmap(NULL, size, access, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (kind == PAGE_HUGETLB) {
        errno = size % HUGE_SIZE ? EINVAL : grow_pool(size / HUGE_SIZE);
        if (errno)
            return MAP_FAILED;
        return mmap(NULL, size, access, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_HUGE_2MB, -1, 0);
    }
    size_t slack = kind == PAGE_HUGE ? HUGE_SIZE : 0;
    uint8_t *mapped = mmap(NULL, size + slack, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    /* What lies before the first huge page is never touched, so it costs nothing. */
    if (slack && mapped != MAP_FAILED)
        mapped += -(uintptr_t)mapped % HUGE_SIZE;
    return mapped;
}

static int make_memory_pages(enum page_kind kind, unsigned first, unsigned count, struct page *pages) {
    size_t size = count * page_size();
    uint8_t *at = map_memory(kind, size);
    if (at == MAP_FAILED)
        return errno;
    if (kind == PAGE_HUGE)
        allow_huge_pages();
    if (kind != PAGE_HUGETLB)
        madvise(at, size, kind == PAGE_HUGE ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    for (unsigned i = 0; i < count; i++) {
        pages[i] = (struct page){.at = at + i * page_size(), .fd = -1};
        fill(kind, first + i, pages[i].at);
    }
    if (kind == PAGE_LOCKED && mlock(at, size) < 0)
        return errno;
    if (kind != PAGE_CODE)
        return 0;
    __builtin___clear_cache((char *)at, (char *)at + size);
    return mprotect(at, size, PROT_READ | PROT_EXEC) < 0 ? errno : 0;
}

int pages_make(enum page_kind kind, unsigned first, unsigned count, const char *directory, struct page *pages) {
    int error;
    if (kind >= PAGE_TABLE)
        error = kernel_pages_make(kind, first, count, pages);
    else if (kind == PAGE_TMPFS || kind >= PAGE_FILE)
        error = make_file_pages(kind, first, count, directory, pages);
    else
        error = make_memory_pages(kind, first, count, pages);
    for (unsigned i = 0; i < count; i++)
        pages[i].kind = kind;
    return error;
}

uint64_t page_gpa(const struct page *page) {
    if (page->gpa)
        return page->gpa;
    if (page->at)
        return gpa_of(page->at);
    void *at = mmap(NULL, page_size(), PROT_READ, MAP_SHARED, page->fd, (off_t)page->offset);
    if (at == MAP_FAILED)
        return 0;
    uint64_t gpa = madvise(at, page_size(), MADV_POPULATE_READ) < 0 ? 0 : gpa_of(at);
    munmap(at, page_size());
    return gpa;
}
