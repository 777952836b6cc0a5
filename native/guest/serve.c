#define _GNU_SOURCE
#include "serve.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "busy.h"
#include "frames.h"
#include "pages.h"

static struct shared *shared;

/* Of this victim. */
static struct exchange *exchange;
static char own_name[NAME_SIZE];
static int own_socket;
static unsigned pages;
static struct page page[VICTIM_PAGES];

/* A child's end of its socket, which came with the request to fork; -1 for any other. */
static int given_socket;

static void meet(atomic_uint *arrived) {
    unsigned all = exchange->request.together;
    atomic_fetch_add(arrived, 1);
    /* Spin, for all to start within nanoseconds; give way at times, as several may share a CPU. */
    for (unsigned spins = 1; atomic_load(arrived) < all; spins++)
        if (spins % 4096 == 0)
            sched_yield();
}

static void meet_victims(void) {
    meet(&shared->arrived);
}

static atomic_uint threads_arrived;

static void meet_threads(void) {
    meet(&threads_arrived);
}

static int do_alloc(void) {
    unsigned count = exchange->request.count;
    if (count == 0 || count > VICTIM_PAGES - pages)
        return ENOSPC;
    /* The table takes its memory first, so that frames of it are not between those of the pages. */
    memset(page + pages, 0, count * sizeof(*page));
    int error = pages_make(exchange->request.argument, pages, count, exchange->request.text, page + pages);
    if (error)
        return error;
    exchange->reply.first = pages;
    pages += count;
    return 0;
}

static int do_where(void) {
    unsigned first = exchange->request.first;
    for (unsigned i = 0; i < exchange->request.count; i++)
        exchange->reply.gpa[i] = page_gpa(&page[first + i]);
    exchange->reply.address = (uintptr_t)page[first].at;
    return 0;
}

static int touch_page(unsigned number, touch_barrier barrier, struct touch_report *report) {
    struct access access;
    enum access_how how = exchange->request.argument;
    int error = access_prepare(&access, how, &page[number], number, exchange->request.offset);
    if (!error)
        (access_is_in_kernel(how) ? touch_apart : touch)(&access, barrier, report);
    access_finish(&access);
    return error;
}

static int do_touch(void) {
    touch_barrier barrier = exchange->request.together ? meet_victims : NULL;
    int error = 0;
    for (unsigned i = 0; i < exchange->request.count && !error; i++)
        error = touch_page(exchange->request.first + i, barrier, &exchange->reply.touch[i]);
    /* One that cannot touch must not leave the others waiting. */
    if (error && barrier)
        atomic_fetch_add(&shared->arrived, 1);
    return error;
}

static int do_storm(void) {
    struct touch_report report;
    int error = 0;
    exchange->reply.late = 0;
    uint64_t start = read_ns();
    for (unsigned i = 0; i < exchange->request.count && !error; i++) {
        error = touch_page(exchange->request.first + i, NULL, &report);
        exchange->reply.late += report.signal.code == BUS_MCEERR_AR;
    }
    exchange->reply.ns = read_ns() - start;
    return error;
}

static void *run_thread(void *report) {
    int error = touch_page(exchange->request.first, meet_threads, report);
    if (error)
        atomic_fetch_add(&threads_arrived, 1);
    return (void *)(intptr_t)error;
}

static int do_crowd(void) {
    pthread_t threads[REPORTS];
    unsigned count = exchange->request.together, started = 0;
    int error = 0;
    atomic_store(&threads_arrived, 0);
    while (started < count && !(error = pthread_create(&threads[started], NULL, run_thread,
                                                       &exchange->reply.touch[started])))
        started++;
    atomic_fetch_add(&threads_arrived, count - started);
    for (unsigned i = 0; i < started; i++) {
        void *result;
        pthread_join(threads[i], &result);
        if (result)
            error = (int)(intptr_t)result;
    }
    return error;
}

static int do_lock(void) {
    for (unsigned i = 0; i < exchange->request.count; i++) {
        uint8_t *at = page[exchange->request.first + i].at;
        if (!at)
            return ENXIO;
        if ((exchange->request.argument ? mlock(at, page_size()) : munlock(at, page_size())) < 0)
            return errno;
    }
    return 0;
}

static int do_pin(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((unsigned)exchange->request.argument, &set);
    return sched_setaffinity(0, sizeof(set), &set) < 0 ? errno : 0;
}

static int do_mce_kill(void) {
    if (exchange->request.together)
        return start_watcher(own_name, exchange->request.argument);
    return prctl(PR_MCE_KILL, PR_MCE_KILL_SET, exchange->request.argument, 0, 0) < 0 ? errno : 0;
}

static int do_claim(void) {
    exchange->reply.found = page_claim(exchange->request.offset, &exchange->reply.searched);
    return 0;
}

static void begin(unsigned number, const char *name, int socket) {
    exchange = &shared->exchange[number];
    strcpy(own_name, name);
    own_socket = socket;
    prctl(PR_SET_NAME, name);
}

/* The child becomes a child of the first process, which is to wait for it. Gives 1 in the child. */
static int do_fork(int *error) {
    if (given_socket < 0) {
        *error = EBADF;
        return 0;
    }
    char name[NAME_SIZE];
    strcpy(name, exchange->request.text);
    long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        close(own_socket);
        begin((unsigned)exchange->request.argument, name, given_socket);
        return 1;
    }
    *error = pid < 0 ? errno : 0;
    exchange->reply.child = (pid_t)pid;
    close(given_socket);
    return 0;
}

static int exist(void) {
    unsigned first = exchange->request.first, count = exchange->request.count;
    return count > 0 && first < pages && count <= pages - first;
}

static int in_range(void) {
    return exist() && exchange->request.count <= REPORTS;
}

static int do_request(void) {
    switch (exchange->request.kind) {
    case REQUEST_ALLOC:
        return do_alloc();
    case REQUEST_WHERE:
        return in_range() ? do_where() : ERANGE;
    case REQUEST_TOUCH:
        return in_range() ? do_touch() : ERANGE;
    case REQUEST_STORM:
        return exist() ? do_storm() : ERANGE;
    case REQUEST_CROWD:
        return in_range() ? do_crowd() : ERANGE;
    case REQUEST_LOCK:
        return in_range() ? do_lock() : ERANGE;
    case REQUEST_PIN:
        return do_pin();
    case REQUEST_MCE_KILL:
        return do_mce_kill();
    case REQUEST_CLAIM:
        return do_claim();
    case REQUEST_BUSY:
        return busy_start();
    case REQUEST_FORK:
        break;
    }
    return EINVAL;
}

/* Takes the turn, and the descriptor that came with it. Gives 0 when the first process has hung up. */
static int take_turn(void) {
    char turn;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } rights;
    struct iovec data = {.iov_base = &turn, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = rights.bytes, .msg_controllen = sizeof(rights.bytes)};
    given_socket = -1;
    if (recvmsg(own_socket, &message, MSG_CMSG_CLOEXEC) != 1)
        return 0;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_type == SCM_RIGHTS)
        memcpy(&given_socket, CMSG_DATA(header), sizeof(given_socket));
    return 1;
}

void serve(struct shared *all, unsigned number, const char *name, int socket) {
    shared = all;
    begin(number, name, socket);
    touch_init();
    for (;;) {
        int asked = wait_unblocked(own_socket);
        for (struct signal_report report; next_signal(&report);)
            say_signal(own_name, &report);
        if (!asked)
            continue;
        if (!take_turn())
            _exit(0);
        if (exchange->request.kind == REQUEST_FORK) {
            int error;
            if (do_fork(&error))
                continue;
            exchange->reply.error = error;
        } else {
            exchange->reply.error = do_request();
        }
        char turn = 0;
        if (send(own_socket, &turn, 1, MSG_NOSIGNAL) != 1)
            _exit(1);
    }
}
