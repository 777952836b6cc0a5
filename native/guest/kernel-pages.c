#define _GNU_SOURCE
#include "kernel-pages.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <linux/mman.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "access.h"
#include "frames.h"
#include "kcore.h"

#ifndef KPF_PGTABLE
#define KPF_PGTABLE 26
#endif
#define FLAG(bit) (1ULL << (bit))

/* Pages of a kernel have 4, 16 or 64 KiB. */
#define MOST_PAGE 65536
#define DESCRIPTOR_ADDRESS 0x0000ffffffffffffULL

/* Bytes of the kernel's own at the head of a message's second page. */
#define MESSAGE_LINK 8

/*
 * ipc/msgutil.c: a message is a page with its head, and a page for each that follows, which has eight bytes of the
 * kernel's own. This much fills the first and most of the second, in which the kernel has nothing to follow on its way
 * to the message, and nobody else has anything at all.
 */
static size_t message_size(void) { return 2 * page_size(); }
static size_t message_filled(void) { return message_size() - 128; }

/* What one page of page tables maps. */
static size_t table_span(void) { return page_size() / 8 * page_size(); }

/* Whole pages, or a message, on their way: there is one thread. */
static uint64_t words[2 * MOST_PAGE / 8];

/* An operation of keyctl(2) that there is not, so that nothing but the system call's own first code is run. */
#define NO_SUCH_OPERATION (-1)
#define TEXT_SYMBOL "__arm64_sys_keyctl"

/* What a page is known by: bytes that are nowhere else, with their place in the message in the low bits. */
#define PLACE_MASK 0xfffffULL

static uint64_t new_label(void) {
    uint64_t label = 0;
    /* It need be no secret, and must not wait. */
    if (getrandom(&label, sizeof(label), GRND_NONBLOCK | GRND_INSECURE) != sizeof(label))
        label = read_ticks();
    return (label | 1ULL << 63) & ~PLACE_MASK;
}

static void write_label(uint64_t *words, size_t size, uint64_t label) {
    for (size_t place = 0; place < size; place += 8)
        words[place / 8] = label | place;
}

static int has_label(const uint64_t *words, size_t size, uint64_t label) {
    for (size_t i = 0; i < size / 8; i++)
        if ((words[i] & ~PLACE_MASK) != label || words[i] != words[0] + i * 8)
            return 0;
    return 1;
}

struct search {
    uint64_t label;
    size_t from, size; /* where in the page it stands */
    uint64_t gpa;
};

/* Of a page of the kernel's own: no user's, and not free. */
static int find_label(const struct kcore *kcore, uint64_t gpa, uint64_t flags, void *context) {
    const uint64_t others = FLAG(KPF_LRU) | FLAG(KPF_MMAP) | FLAG(KPF_ANON) | FLAG(KPF_BUDDY) | FLAG(KPF_NOPAGE) |
                            FLAG(KPF_HWPOISON) | FLAG(KPF_PGTABLE) | FLAG(KPF_HUGE);
    struct search *search = context;
    if ((flags & others) || kcore_read(kcore, gpa + search->from, words, sizeof(*words)) ||
        (words[0] & ~PLACE_MASK) != search->label || kcore_read(kcore, gpa + search->from, words, search->size) ||
        !has_label(words, search->size, search->label))
        return 0;
    search->gpa = gpa;
    return 1;
}

/* The page table that has the user's page in its first entry. */
static int find_table(const struct kcore *kcore, uint64_t gpa, uint64_t flags, void *context) {
    struct search *search = context;
    uint64_t descriptor;
    if (!(flags & FLAG(KPF_PGTABLE)) || (flags & FLAG(KPF_HWPOISON)) ||
        kcore_read(kcore, gpa, &descriptor, sizeof(descriptor)) ||
        (descriptor & DESCRIPTOR_ADDRESS & -page_size()) != search->label)
        return 0;
    search->gpa = gpa;
    return 1;
}

/* Looks through all of the kernel's memory. */
static int look(page_visitor visit, struct search *search) {
    struct kcore kcore;
    int error = kcore_open(&kcore);
    if (error)
        return error;
    int found = kcore_visit(&kcore, visit, search);
    error = found < 0 ? errno : found ? 0 : ENOENT;
    kcore_close(&kcore);
    return error;
}

/* A queue of one message without a name: it is gone with the last process that has it. */
static mqd_t message_queue(uint64_t label) {
    char name[32];
    struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = (long)message_size()};
    const struct rlimit most = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_MSGQUEUE, &most);
    snprintf(name, sizeof(name), "/rasvm-%llx", (unsigned long long)label);
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &attributes);
    if (queue >= 0)
        mq_unlink(name);
    return queue;
}

static int make_slab(struct page *page) {
    struct search search = {.label = new_label(), .from = MESSAGE_LINK};
    int queue = message_queue(search.label);
    if (queue < 0)
        return errno;
    *page = (struct page){.fd = queue};
    write_label(words, message_filled(), search.label);
    if (mq_send(queue, (const char *)words, message_filled(), 0) < 0)
        return errno;
    /* The head is less than a cache line, or two; the second page has the rest. */
    search.size = message_filled() - page_size();
    int error = look(find_label, &search);
    page->gpa = search.gpa;
    return error;
}

static int make_pipe(struct page *page) {
    struct search search = {.label = new_label(), .size = page_size()};
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return errno;
    /* The other end stays open: it is a pipe as others are. */
    *page = (struct page){.fd = ends[0]};
    write_label(words, page_size(), search.label);
    if (write(ends[1], words, page_size()) != (ssize_t)page_size())
        return errno;
    int error = look(find_label, &search);
    page->gpa = search.gpa;
    return error;
}

/*
 * The page is of a file and filled through the file, and the mapping is made by the kernel: no translation of it has
 * ever been used, so that the first touch has to walk the table.
 */
static int make_table(unsigned number, struct page *page) {
    int fd = memfd_create("rasvm", MFD_CLOEXEC);
    if (fd < 0)
        return errno;
    for (size_t offset = 0; offset < page_size(); offset += 8) {
        const uint64_t word = pattern(number, offset);
        if (pwrite(fd, &word, sizeof(word), (off_t)offset) != sizeof(word))
            return errno;
    }
    uint8_t *space = mmap(NULL, 2 * table_span(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (space == MAP_FAILED)
        return errno;
    uint8_t *at = space + -(uintptr_t)space % table_span();
    if (mmap(at, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0) != at)
        return errno;
    close(fd);
    struct search search = {.label = gpa_of(at)};
    if (!search.label)
        return EFAULT;
    int error = look(find_table, &search);
    *page = (struct page){.at = at, .fd = -1, .gpa = search.gpa};
    return error;
}

/* The kernel's virtual address of a symbol; 0 if it has none such, or does not tell. */
static uint64_t symbol_address(const char *name) {
    char line[512], type, symbol[256];
    unsigned long long at, found = 0;
    FILE *file = fopen("/proc/kallsyms", "re");
    if (!file)
        return 0;
    while (!found && fgets(line, sizeof(line), file))
        if (sscanf(line, "%llx %c %255s", &at, &type, symbol) == 3 && !strcmp(symbol, name))
            found = at;
    fclose(file);
    return found;
}

static int find_text(struct page *page) {
    struct kcore kcore;
    int error = kcore_open(&kcore);
    if (error)
        return error;
    uint64_t gpa = kcore_gpa_of(&kcore, symbol_address(TEXT_SYMBOL));
    kcore_close(&kcore);
    *page = (struct page){.fd = -1, .gpa = gpa & ~(uint64_t)(page_size() - 1)};
    return gpa ? 0 : ENOENT;
}

/* Whether it is the last of a block that is free: of a block the first pages are taken first. */
static int is_last_of_free(uint64_t gpa) {
    enum { BLOCK = 64 };
    uint64_t flags[BLOCK];
    const uint64_t last = (BLOCK - 1) * page_size();
    if (gpa % (BLOCK * page_size()) != last || page_flags(gpa - last, flags, BLOCK) < 0)
        return 0;
    for (size_t i = 0; i < BLOCK; i++)
        if (!(flags[i] & FLAG(KPF_BUDDY)))
            return 0;
    return 1;
}

/* Pages that were taken, written to and given back: there is memory of the host's behind them. */
static int find_free_pages(unsigned count, struct page *pages) {
    enum { MOST = 8192 };
    static uint64_t gpa[MOST];
    void *at = mmap(NULL, MOST * page_size(), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (at == MAP_FAILED)
        return errno;
    int error = gpas_of(at, gpa, MOST);
    munmap(at, MOST * page_size());
    if (error)
        return error;
    unsigned found = 0;
    /* Some lie for a while in lists of a CPU. */
    for (int tries = 0; tries < 20 && found < count; tries++, usleep(50000))
        for (size_t i = 0; i < MOST && found < count; i++)
            if (gpa[i] && is_last_of_free(gpa[i])) {
                pages[found++] = (struct page){.fd = -1, .gpa = gpa[i]};
                gpa[i] = 0;
            }
    return found < count ? EAGAIN : 0;
}

int kernel_pages_make(enum page_kind kind, unsigned first, unsigned count, struct page *pages) {
    if (kind == PAGE_FREE)
        return find_free_pages(count, pages);
    if (kind == PAGE_TEXT)
        return count == 1 ? find_text(pages) : EINVAL;
    int error = 0;
    for (unsigned i = 0; i < count && !error; i++)
        error = kind == PAGE_SLAB   ? make_slab(&pages[i])
                : kind == PAGE_PIPE ? make_pipe(&pages[i])
                                    : make_table(first + i, &pages[i]);
    return error;
}

int kernel_page_receive(const struct page *page) {
    int message = page->kind == PAGE_SLAB;
    ssize_t n = message ? mq_receive(page->fd, (char *)words, sizeof(words), NULL) : read(page->fd, words, page_size());
    if (n < 0)
        return errno;
    size_t wanted = message ? message_filled() : page_size();
    return (size_t)n == wanted && has_label(words, wanted, words[0] & ~PLACE_MASK) ? 0 : EIO;
}

int kernel_page_call(void) {
    if (syscall(SYS_keyctl, NO_SUCH_OPERATION, 0, 0, 0, 0) >= 0)
        return EIO;
    return errno == EOPNOTSUPP ? 0 : errno;
}
