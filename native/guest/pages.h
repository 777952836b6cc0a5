/* Pages of each kind. */
#ifndef RASVM_GUEST_PAGES_H
#define RASVM_GUEST_PAGES_H

#include <stddef.h>
#include <stdint.h>

enum page_kind {
  PAGE_ANON,        /* private anonymous, never part of a huge page */
  PAGE_SHARED,      /* shared anonymous */
  PAGE_TMPFS,       /* shared mapping of a file on tmpfs */
  PAGE_HUGE,        /* private anonymous, in transparent huge pages: whole if the count fills them */
  PAGE_HUGETLB,     /* private, of hugetlb pages of 2 MiB: the count must fill them */
  PAGE_LOCKED,      /* as PAGE_ANON, by mlock() */
  PAGE_CODE,        /* private anonymous, executable: a function that returns code_value() */
  PAGE_FILE,        /* shared mapping of a file: page cache, mapped, as it is on the disk */
  PAGE_FILE_DIRTY,  /* the same, written to since */
  PAGE_CACHE,       /* page cache of a file that nobody maps, as it is on the disk */
  PAGE_CACHE_DIRTY, /* the same, not on the disk yet */
  /* The kernel's own: found by what stands there, through /proc/kcore. Only the first is mapped. */
  PAGE_TABLE, /* the page of page tables that maps, and maps only, a page of a file; touched by way of that */
  PAGE_SLAB,  /* the second page of a message in a queue (mq_overview(7)): of a slab cache, all of one object */
  PAGE_PIPE,  /* what was written to a pipe: a page of the kernel's that is in no slab cache */
  PAGE_TEXT,  /* the kernel's code of keyctl(2), which nothing else uses */
  PAGE_FREE,  /* a page that was given back, the last of many free ones, which is taken last */
  PAGE_KINDS,
};

/* The names that commands use; -1 if there is none such. */
int page_kind_of(const char* name);

struct page {
  uint8_t* at; /* NULL: not mapped */
  int fd;      /* of the file, message queue or pipe; -1 if there is none */
  uint64_t offset;
  uint64_t gpa; /* of a page of the kernel's; 0: its mapping or file says it */
  enum page_kind kind;
};

/*
 * Makes `count` pages, numbered from `first`, each filled with its pattern. `directory` is where files are made; if it
 * is empty, those that are clean have a file system of their own (store.h). Gives 0 or an errno.
 */
int pages_make(enum page_kind kind, unsigned first, unsigned count, const char* directory, struct page* pages);

/* Where the page is, mapped or not; 0 if it is nowhere in memory, or may not be read any more. */
uint64_t page_gpa(const struct page* page);

/*
 * The 64-bit word that stands at `offset` of page number `page` of a kind other than code. Of a page of the kernel's
 * the touch gives that of offset 0, if all is as it was.
 */
uint64_t pattern(unsigned page, size_t offset);

/* What the function in code page number `page` returns. */
uint64_t code_value(unsigned page);

#endif
