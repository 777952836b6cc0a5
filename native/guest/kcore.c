#define _GNU_SOURCE
#include "kcore.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "frames.h"

/* fs/proc/kcore.c gives this to what has no physical address of its own: vmalloc, vmemmap. */
#define NOWHERE ((uint64_t)-1)

static int read_at(int fd, uint64_t offset, void *bytes, size_t count) {
    ssize_t n = pread(fd, bytes, count, (off_t)offset);
    return n == (ssize_t)count ? 0 : n < 0 ? errno : EIO;
}

int kcore_open(struct kcore *kcore) {
    Elf64_Ehdr head;
    kcore->count = 0;
    kcore->fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
    if (kcore->fd < 0)
        return errno;
    int error = read_at(kcore->fd, 0, &head, sizeof(head));
    for (unsigned i = 0; !error && i < head.e_phnum && kcore->count < KCORE_SEGMENTS; i++) {
        Elf64_Phdr each;
        error = read_at(kcore->fd, head.e_phoff + i * sizeof(each), &each, sizeof(each));
        if (!error && each.p_type == PT_LOAD && each.p_paddr != NOWHERE)
            kcore->segment[kcore->count++] =
                (struct kcore_segment){each.p_vaddr, each.p_paddr, each.p_memsz, each.p_offset};
    }
    if (error)
        kcore_close(kcore);
    return error;
}

void kcore_close(struct kcore *kcore) {
    close(kcore->fd);
}

int kcore_read(const struct kcore *kcore, uint64_t gpa, void *bytes, size_t count) {
    for (unsigned i = 0; i < kcore->count; i++) {
        const struct kcore_segment *at = &kcore->segment[i];
        if (gpa >= at->gpa && gpa - at->gpa < at->size)
            return read_at(kcore->fd, at->offset + (gpa - at->gpa), bytes, count);
    }
    return ENXIO;
}

uint64_t kcore_gpa_of(const struct kcore *kcore, uint64_t va) {
    for (unsigned i = 0; i < kcore->count; i++) {
        const struct kcore_segment *at = &kcore->segment[i];
        if (va >= at->va && va - at->va < at->size)
            return at->gpa + (va - at->va);
    }
    return 0;
}

int kcore_visit(const struct kcore *kcore, page_visitor visit, void *context) {
    enum { BATCH = 512 };
    uint64_t flags[BATCH];
    for (unsigned i = 0; i < kcore->count; i++) {
        uint64_t gpa = kcore->segment[i].gpa, end = gpa + kcore->segment[i].size;
        while (gpa < end) {
            uint64_t left = (end - gpa) / page_size();
            size_t count = left < BATCH ? (size_t)left : BATCH;
            if (count == 0)
                break;
            if (page_flags(gpa, flags, count) < 0)
                return -1;
            for (size_t page = 0; page < count; page++, gpa += page_size())
                if (visit(kcore, gpa, flags[page], context))
                    return 1;
        }
    }
    return 0;
}
