#define _GNU_SOURCE
#include "frames.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* Documentation/admin-guide/mm/pagemap.rst */
#define PAGEMAP_PRESENT (1ULL << 63)
#define PAGEMAP_PFN ((1ULL << 55) - 1)

size_t page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
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

int gpas_of(const void *address, uint64_t *gpas, size_t count) {
    if (read_words("/proc/self/pagemap", (uintptr_t)address / page_size(), gpas, count) < 0)
        return errno;
    for (size_t i = 0; i < count; i++)
        gpas[i] = gpas[i] & PAGEMAP_PRESENT ? (gpas[i] & PAGEMAP_PFN) * page_size() : 0;
    return 0;
}

int page_flags(uint64_t gpa, uint64_t *flags, size_t count) {
    return read_words("/proc/kpageflags", gpa / page_size(), flags, count);
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
        *(volatile uint64_t *)(page + offset) = ~(uint64_t)offset;
    for (size_t offset = 0; offset < page_size(); offset += 8)
        if (*(volatile uint64_t *)(page + offset) != ~(uint64_t)offset)
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
