/* The kernel's memory by physical address, through /proc/kcore (CONFIG_PROC_KCORE). */
#ifndef RASVM_GUEST_KCORE_H
#define RASVM_GUEST_KCORE_H

#include <stddef.h>
#include <stdint.h>

enum { KCORE_SEGMENTS = 64 };

struct kcore {
  int fd;
  unsigned count;
  struct kcore_segment {
    uint64_t va, gpa, size, offset; /* offset: in the file */
  } segment[KCORE_SEGMENTS];
};

/* Gives 0 or an errno. */
int kcore_open(struct kcore* kcore);

void kcore_close(struct kcore* kcore);

/* Reads what stands at `gpa`. Gives 0 or an errno. Not of a page that may be lost: the kernel would touch it. */
int kcore_read(const struct kcore* kcore, uint64_t gpa, void* bytes, size_t count);

/* Where the kernel's own virtual address is; 0 if that is not known. */
uint64_t kcore_gpa_of(const struct kcore* kcore, uint64_t va);

/* Gives 1 to stop. `flags`: of /proc/kpageflags. */
typedef int (*page_visitor)(const struct kcore* kcore, uint64_t gpa, uint64_t flags, void* context);

/* Visits the pages of RAM from below. Gives 1 if it was stopped, 0 if not, -1 with errno set. */
int kcore_visit(const struct kcore* kcore, page_visitor visit, void* context);

#endif
