/* Pages of each kind, and what the kernel says about them. */
#ifndef RASVM_GUEST_PAGES_H
#define RASVM_GUEST_PAGES_H

#include <stddef.h>
#include <stdint.h>

enum page_kind {
  PAGE_ANON,   /* private anonymous, never part of a huge page */
  PAGE_SHARED, /* shared anonymous */
  PAGE_TMPFS,  /* shared mapping of a file on tmpfs */
  PAGE_HUGE,   /* private anonymous, in transparent huge pages: whole if the count is a multiple of 512 */
  PAGE_CODE,   /* private anonymous, executable: a function that returns code_value() */
  PAGE_KINDS,
};

/* The names that commands use; -1 if there is none such. */
int page_kind_of(const char* name);

size_t page_size(void);

/* Maps `count` pages and fills each with its pattern. NULL with errno set if that fails. */
void* pages_make(enum page_kind kind, unsigned first, unsigned count);

/* The 64-bit word that stands at `offset` of page number `page` of a kind other than code. */
uint64_t pattern(unsigned page, size_t offset);

/* What the function in code page number `page` returns. */
uint64_t code_value(unsigned page);

/* Guest physical address of a page of this process by /proc/self/pagemap; 0 if it is not present. */
uint64_t gpa_of(const void* address);

/* The word of /proc/kpageflags for a guest physical address. Gives 0, or -1 with errno set. */
int page_flags(uint64_t gpa, uint64_t* flags);

/*
 * Allocates memory until the page at `gpa` is among it, then writes and reads that page. Gives 1 if it
 * could be had and holds what was written, 0 if not found, -1 if it did not hold what was written.
 * `*searched` is the number of pages looked at. All memory is given back.
 */
int page_claim(uint64_t gpa, uint64_t* searched);

#endif
