/* Files with something behind them in a guest without a disk: FUSE, served by a process of its own from its memory. */
#ifndef RASVM_GUEST_STORE_H
#define RASVM_GUEST_STORE_H

#include <stddef.h>

/* Whether the kernel has what it takes: CONFIG_FUSE_FS, and not as a module that is not there. */
int store_exists(void);

/*
 * A file of `size` bytes, all in place, none of them in the page cache yet. Gives a descriptor, or -1 with errno set.
 * `fill` writes its content, page by page. The file system is gone with the last descriptor and mapping.
 */
int store_open(size_t size, void (*fill)(void* page, unsigned number), unsigned first);

#endif
