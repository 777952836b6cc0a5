#define _GNU_SOURCE
#include "victim.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "console.h"

/* Long enough for an emulated host; the driver's own limit is longer. */
#define REPLY_LIMIT_MS 30000

struct victim victims[VICTIMS];

/* Number of victims that have come to the barrier; shared by all. */
static atomic_uint *arrived;

/* In a victim: its own pages and exchange. */
static struct {
    struct exchange *exchange;
    unsigned pages;
    uint8_t *page[VICTIM_PAGES];
} own;

void victims_line_up(void) {
    atomic_store(arrived, 0);
}

static void *map_shared(size_t size) {
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

void victims_init(void) {
    arrived = map_shared(page_size());
}

static void barrier(void) {
    unsigned all = own.exchange->request.together;
    atomic_fetch_add(arrived, 1);
    /* Spin, for all to start within nanoseconds; give way at times, as several may share a CPU. */
    for (unsigned spins = 1; atomic_load(arrived) < all; spins++)
        if (spins % 4096 == 0)
            sched_yield();
}

static int do_alloc(void) {
    unsigned count = own.exchange->request.count;
    if (count == 0 || count > VICTIM_PAGES - own.pages)
        return ENOSPC;
    uint8_t *pages = pages_make(own.exchange->request.argument, own.pages, count);
    if (!pages)
        return errno;
    own.exchange->reply.first = own.pages;
    own.exchange->reply.address = (uintptr_t)pages;
    for (unsigned i = 0; i < count; i++)
        own.page[own.pages++] = pages + i * page_size();
    return 0;
}

static int do_where(void) {
    for (unsigned i = 0; i < own.exchange->request.count; i++)
        own.exchange->reply.gpa[i] = gpa_of(own.page[own.exchange->request.first + i]);
    own.exchange->reply.address = (uintptr_t)own.page[own.exchange->request.first];
    return 0;
}

static int do_touch(void) {
    for (unsigned i = 0; i < own.exchange->request.count; i++) {
        uint8_t *address = own.page[own.exchange->request.first + i] + own.exchange->request.offset;
        touch(own.exchange->request.argument, address, own.exchange->request.together ? barrier : NULL,
              &own.exchange->reply.touch[i]);
    }
    return 0;
}

static int do_pin(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((unsigned)own.exchange->request.argument, &set);
    return sched_setaffinity(0, sizeof(set), &set) < 0 ? errno : 0;
}

static int do_mce_kill(void) {
    return prctl(PR_MCE_KILL, PR_MCE_KILL_SET, own.exchange->request.argument, 0, 0) < 0 ? errno : 0;
}

static int do_claim(void) {
    own.exchange->reply.found = page_claim(own.exchange->request.offset, &own.exchange->reply.searched);
    return 0;
}

static int serve(void) {
    enum request_kind kind = own.exchange->request.kind;
    unsigned first = own.exchange->request.first, count = own.exchange->request.count;
    if ((kind == REQUEST_WHERE || kind == REQUEST_TOUCH) &&
        (count == 0 || count > REPORTS || first >= own.pages || count > own.pages - first))
        return ERANGE;
    switch (kind) {
    case REQUEST_ALLOC:
        return do_alloc();
    case REQUEST_WHERE:
        return do_where();
    case REQUEST_TOUCH:
        return do_touch();
    case REQUEST_PIN:
        return do_pin();
    case REQUEST_MCE_KILL:
        return do_mce_kill();
    case REQUEST_CLAIM:
        return do_claim();
    }
    return EINVAL;
}

static __attribute__((noreturn)) void victim_main(const char *name, int request_fd, int reply_fd) {
    prctl(PR_SET_NAME, name);
    touch_init();
    for (;;) {
        int asked = wait_unblocked(request_fd);
        for (struct signal_report report; next_signal(&report);)
            say("event %s signal=%d code=%d addr=0x%llx lsb=%d", name, report.signal, report.code,
                (unsigned long long)report.address, report.lsb);
        char turn;
        if (!asked)
            continue;
        if (read(request_fd, &turn, 1) != 1)
            _exit(0);
        own.exchange->reply.error = serve();
        if (write(reply_fd, &turn, 1) != 1)
            _exit(1);
    }
}

struct victim *victim_find(const char *name) {
    for (int i = 0; i < VICTIMS; i++)
        if (victims[i].pid && !strcmp(victims[i].name, name))
            return &victims[i];
    return NULL;
}

static struct victim *victim_free(void) {
    for (int i = 0; i < VICTIMS; i++)
        if (!victims[i].pid)
            return &victims[i];
    return NULL;
}

struct victim *victim_get(const char *name) {
    struct victim *victim = victim_find(name);
    if (victim)
        return victim;
    int request[2], reply[2];
    errno = ENOSPC;
    if (strlen(name) >= sizeof(victim->name) || !(victim = victim_free()))
        return NULL;
    if (!victim->exchange && !(victim->exchange = map_shared(sizeof(struct exchange))))
        return NULL;
    if (pipe(request) < 0)
        return NULL;
    if (pipe(reply) < 0) {
        close(request[0]);
        close(request[1]);
        return NULL;
    }
    pid_t pid = fork();
    if (pid == 0) {
        /* Other victims' ends must not stay open here, or their pipes would outlive them. */
        for (int i = 0; i < VICTIMS; i++) {
            if (victims[i].pid) {
                close(victims[i].request_fd);
                close(victims[i].reply_fd);
            }
        }
        close(request[1]);
        close(reply[0]);
        own.exchange = victim->exchange;
        victim_main(name, request[0], reply[1]);
    }
    close(request[0]);
    close(reply[1]);
    if (pid < 0) {
        close(request[1]);
        close(reply[0]);
        return NULL;
    }
    strcpy(victim->name, name);
    victim->pid = pid;
    victim->request_fd = request[1];
    victim->reply_fd = reply[0];
    return victim;
}

void victim_ask(struct victim *victim, unsigned together) {
    char turn = 0;
    victim->exchange->request.together = together;
    /* A victim that is gone shows at victim_wait(). */
    if (write(victim->request_fd, &turn, 1) != 1)
        return;
}

enum outcome victim_wait(struct victim *victim, int *status) {
    char turn;
    struct pollfd ready = {.fd = victim->reply_fd, .events = POLLIN};
    if (poll(&ready, 1, REPLY_LIMIT_MS) <= 0)
        return VICTIM_SILENT;
    if (read(victim->reply_fd, &turn, 1) == 1)
        return VICTIM_DONE;
    *status = victim_end(victim);
    return VICTIM_DIED;
}

int victim_end(struct victim *victim) {
    int status = 0;
    close(victim->request_fd);
    close(victim->reply_fd);
    kill(victim->pid, SIGKILL);
    while (waitpid(victim->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    victim->pid = 0;
    return status;
}
