/* Pages of the kernel's that belong to one process, or to nobody. */
#ifndef RASVM_GUEST_KERNEL_PAGES_H
#define RASVM_GUEST_KERNEL_PAGES_H

#include "pages.h"

/* Makes, or finds, pages of one of the kernel's kinds (pages.h). Gives 0 or an errno. */
int kernel_pages_make(enum page_kind kind, unsigned first, unsigned count, struct page* pages);

/*
 * Takes out of the kernel what stands in the page: mq_receive(2) of a message, read(2) of a pipe. Gives 0 if that is
 * what was put there, or an errno.
 */
int kernel_page_receive(const struct page* page);

/* Runs the code in the page. Gives 0 if it did what it does, or an errno. */
int kernel_page_call(void);

#endif
