/* include/uapi/linux/fuse.h; one file in the root directory. */
#define _GNU_SOURCE
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "frames.h"

#define FILE_NAME "file"
#define FILE_NODE 2
/* Bytes of one WRITE, and of a request's head and names. */
#define WRITE_MOST (128 << 10)
#define HEAD_MOST 8192
/* Seconds that the kernel need not ask again. */
#define FOREVER 1000000

struct store {
    int fuse;
    uint8_t *content;
    size_t size;
};

static void reply(const struct store *store, const struct fuse_in_header *request, int error, const void *data,
                  size_t size) {
    struct fuse_out_header head = {
        .len = (uint32_t)(sizeof(head) + size), .error = -error, .unique = request->unique};
    const struct iovec parts[2] = {{&head, sizeof(head)}, {(void *)data, size}};
    /* A request that was given up is no error of ours. */
    if (writev(store->fuse, parts, size ? 2 : 1) < 0 && errno != ENOENT)
        _exit(1);
}

static struct fuse_attr attributes(const struct store *store, uint64_t node) {
    int file = node == FILE_NODE;
    return (struct fuse_attr){.ino = node,
                              .size = file ? store->size : 0,
                              .blocks = file ? store->size / 512 : 0,
                              .mode = file ? S_IFREG | 0600 : S_IFDIR | 0700,
                              .nlink = 1,
                              .blksize = (uint32_t)page_size()};
}

static void answer_init(const struct store *store, const struct fuse_in_header *request,
                        const struct fuse_init_in *in) {
    struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION,
                                .minor = in->minor < FUSE_KERNEL_MINOR_VERSION ? in->minor : FUSE_KERNEL_MINOR_VERSION,
                                .max_background = 16,
                                .congestion_threshold = 12,
                                .max_write = WRITE_MOST,
                                .time_gran = 1};
    reply(store, request, 0, &out, sizeof(out));
}

static void answer_read(const struct store *store, const struct fuse_in_header *request,
                        const struct fuse_read_in *in) {
    size_t left = in->offset < store->size ? store->size - in->offset : 0;
    reply(store, request, 0, store->content + (left ? in->offset : 0), in->size < left ? in->size : left);
}

static void answer_write(const struct store *store, const struct fuse_in_header *request,
                         const struct fuse_write_in *in) {
    struct fuse_write_out out = {.size = in->size};
    if (in->offset > store->size || in->size > store->size - in->offset) {
        reply(store, request, ENOSPC, NULL, 0);
        return;
    }
    memcpy(store->content + in->offset, in + 1, in->size);
    reply(store, request, 0, &out, sizeof(out));
}

static void answer(const struct store *store, const struct fuse_in_header *request) {
    const void *in = request + 1;
    switch (request->opcode) {
    case FUSE_INIT:
        answer_init(store, request, in);
        return;
    case FUSE_LOOKUP: {
        struct fuse_entry_out out = {.nodeid = FILE_NODE,
                                     .entry_valid = FOREVER,
                                     .attr_valid = FOREVER,
                                     .attr = attributes(store, FILE_NODE)};
        int known = !strcmp(in, FILE_NAME);
        reply(store, request, known ? 0 : ENOENT, &out, known ? sizeof(out) : 0);
        return;
    }
    case FUSE_GETATTR:
    case FUSE_SETATTR: {
        struct fuse_attr_out out = {.attr_valid = FOREVER, .attr = attributes(store, request->nodeid)};
        reply(store, request, 0, &out, sizeof(out));
        return;
    }
    case FUSE_OPEN: {
        struct fuse_open_out out = {.open_flags = FOPEN_KEEP_CACHE};
        reply(store, request, 0, &out, sizeof(out));
        return;
    }
    case FUSE_READ:
        answer_read(store, request, in);
        return;
    case FUSE_WRITE:
        answer_write(store, request, in);
        return;
    case FUSE_FLUSH:
    case FUSE_FSYNC:
    case FUSE_RELEASE:
        reply(store, request, 0, NULL, 0);
        return;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
        return;
    default:
        reply(store, request, ENOSYS, NULL, 0);
    }
}

/* Until the file system is gone. */
static __attribute__((noreturn)) void serve_store(const struct store *store) {
    static _Alignas(8) uint8_t request[WRITE_MOST + HEAD_MOST];
    prctl(PR_SET_NAME, "store");
    for (;;) {
        ssize_t n = read(store->fuse, request, sizeof(request) - 1);
        if (n < (ssize_t)sizeof(struct fuse_in_header)) {
            if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == ENOENT))
                continue;
            _exit(0);
        }
        request[n] = 0;
        answer(store, (const struct fuse_in_header *)request);
    }
}

/* The server has nothing of its parent's open: whoever waits for the parent's end must see it. */
static int start_server(const struct store *store) {
    pid_t pid = fork();
    if (pid == 0) {
        if (dup2(store->fuse, 0) < 0 || close_range(1, ~0u, 0) < 0)
            _exit(1);
        serve_store(&(const struct store){.fuse = 0, .content = store->content, .size = store->size});
    }
    return pid < 0 ? errno : 0;
}

int store_exists(void) {
    return access("/dev/fuse", F_OK) == 0;
}

int store_open(size_t size, void (*fill)(void *page, unsigned number), unsigned first) {
    char directory[] = "/tmp/rasvm-XXXXXX", options[64], path[64];
    struct store store = {
        .fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC), .content = aligned_alloc(page_size(), size), .size = size};
    int fd = -1, error = store.fuse < 0 ? errno : store.content ? 0 : ENOMEM;
    for (size_t at = 0; !error && at < size; at += page_size())
        fill(store.content + at, first + (unsigned)(at / page_size()));
    if (!error && !mkdtemp(directory))
        error = errno;
    if (!error) {
        snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", store.fuse);
        snprintf(path, sizeof(path), "%s/" FILE_NAME, directory);
        error = mount("rasvm", directory, "fuse", MS_NODEV | MS_NOSUID, options) < 0 ? errno : start_server(&store);
        if (!error && (fd = open(path, O_RDWR | O_CLOEXEC)) < 0)
            error = errno;
        umount2(directory, MNT_DETACH);
        rmdir(directory);
    }
    /* The server has its own. */
    free(store.content);
    if (store.fuse >= 0)
        close(store.fuse);
    errno = error;
    return fd;
}
