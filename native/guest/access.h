/* The ways to touch a page: by an instruction, or through a system call. */
#ifndef RASVM_GUEST_ACCESS_H
#define RASVM_GUEST_ACCESS_H

#include <stdint.h>

#include "pages.h"

enum access_how {
  ACCESS_READ,
  ACCESS_WRITE,
  ACCESS_EXEC,
  ACCESS_SPIN,       /* reads again and again, for at most ten seconds */
  ACCESS_LSE,        /* an atomic addition of 0, by LDADD (FEAT_LSE) */
  ACCESS_LLSC,       /* the same by LDXR and STXR */
  ACCESS_WRITE_FROM, /* write(2) from the page into a socket */
  ACCESS_READ_INTO,  /* read(2) from a socket into the page */
  ACCESS_FUTEX,      /* futex(2), whose word is in the page */
  ACCESS_PREAD,      /* pread(2) of the page's file */
  ACCESS_PWRITE,     /* pwrite(2) to the page's file */
  ACCESS_RECEIVE,    /* mq_receive(2) of the message, or read(2) of the pipe, that stands in a page of the kernel's */
  ACCESS_CALL,       /* keyctl(2), whose code is in the page */
  ACCESS_CLAIM,      /* allocates until the free page is had */
  ACCESS_HOWS,
};

/* The names that commands use; -1 if there is none such. */
int access_how_of(const char* name);

/*
 * Whether only the kernel touches the page. It may hold locks then, of the process' memory or of a pipe, which a thread
 * that dies in it never gives back: a process that ends waits for them without end.
 */
int access_is_in_kernel(enum access_how how);

struct access {
  enum access_how how;
  uint8_t* address; /* NULL: only pread and pwrite */
  int fd;           /* of the page's file */
  uint64_t offset;  /* in the file */
  const struct page* page;
  uint64_t contents; /* what a touch by the kernel gives if all was as it was put there */
  int socket[2];
};

/* Gets ready what the access to page number `number` needs. Gives 0, or an errno if the page cannot be touched so. */
int access_prepare(struct access* access, enum access_how how, const struct page* page, unsigned number,
                   uint64_t offset);

/* Touches eight bytes; gives what was read or returned. `*error`: errno of the system call, 0 without one. */
uint64_t access_run(const struct access* access, int* error);

void access_finish(struct access* access);

uint64_t read_ticks(void);

#endif
