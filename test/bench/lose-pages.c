/*
 * Makes the host lose pages of a process: memory_failure() for the frame of each (mm/hwpoison-inject.c), one right after the
 * other. All frames are looked up first (Documentation/admin-guide/mm/pagemap.rst), so that a page that is not there is an
 * error before anything is lost.
 *
 *   lose-pages PID ADDRESS...
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CORRUPT_PFN "/sys/kernel/debug/hwpoison/corrupt-pfn"
#define PRESENT (1ULL << 63)
#define FRAME ((1ULL << 55) - 1)

static int fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    return 1;
}

int main(int argc, char **argv) {
    if (argc < 3)
        return 2;
    int count = argc - 2;
    uint64_t *entries = calloc((size_t)count, sizeof(*entries));
    char path[64];
    snprintf(path, sizeof(path), "/proc/%s/pagemap", argv[1]);
    int pagemap = open(path, O_RDONLY), corrupt = open(CORRUPT_PFN, O_WRONLY);
    if (!entries || pagemap < 0 || corrupt < 0)
        return fail(corrupt < 0 ? CORRUPT_PFN : path);
    for (int i = 0; i < count; i++) {
        off_t page = (off_t)(strtoull(argv[2 + i], NULL, 0) / (uint64_t)sysconf(_SC_PAGESIZE));
        errno = ENXIO;
        if (pread(pagemap, &entries[i], sizeof(*entries), page * (off_t)sizeof(*entries)) != sizeof(*entries) ||
            !(entries[i] & PRESENT))
            return fail(argv[2 + i]);
    }
    for (int i = 0; i < count; i++) {
        char frame[24];
        int length = snprintf(frame, sizeof(frame), "%llu", (unsigned long long)(entries[i] & FRAME));
        /* EHWPOISON: lost, and its process told, though its huge page could not be split. */
        if (write(corrupt, frame, (size_t)length) < 0 && errno != EHWPOISON)
            return fail(CORRUPT_PFN);
    }
    return 0;
}
