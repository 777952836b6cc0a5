/* Guest physical addresses, and what the kernel says about what stands there. */
#ifndef RASVM_GUEST_FRAMES_H
#define RASVM_GUEST_FRAMES_H

#include <stddef.h>
#include <stdint.h>

size_t page_size(void);

/* Guest physical address of a page of this process by /proc/self/pagemap; 0 if it is not present. */
uint64_t gpa_of(const void* address);

/* The same of `count` pages that follow each other. Gives 0 or an errno. */
int gpas_of(const void* address, uint64_t* gpas, size_t count);

/* The words of /proc/kpageflags for pages from a guest physical address on. Gives 0, or -1 with errno set. */
int page_flags(uint64_t gpa, uint64_t* flags, size_t count);

/*
 * Allocates memory until the page at `gpa` is among it, then writes and reads that page. Gives 1 if it
 * could be had and holds what was written, 0 if not found, -1 if it did not hold what was written.
 * `*searched` is the number of pages looked at. All memory is given back.
 */
int page_claim(uint64_t gpa, uint64_t* searched);

#endif
