#define _GNU_SOURCE
#include "touch.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "port.h"

/* Signals that came by themselves: written by the handler of any thread, read with SIGBUS blocked. */
#define QUEUE 64
static struct signal_report queue[QUEUE];
static atomic_uint queued;
static unsigned taken;

/* Of the access that this thread makes. */
static __thread sigjmp_buf access_end;
static __thread volatile sig_atomic_t accessing;
static __thread volatile struct signal_report fault;
static __thread volatile uint64_t start_ticks, start_ns;

uint64_t read_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void on_sigbus(int signal_number, siginfo_t *info, void *context) {
    (void)context;
    struct signal_report report = {.ticks = read_ticks()};
    report.ns = read_ns();
    report.signal = signal_number;
    report.code = info->si_code;
    report.address = (uintptr_t)info->si_addr;
    report.lsb = info->si_addr_lsb;
    report.thread = gettid();
    /* An early signal is not the answer to an access: the access goes on and meets its own. */
    if (info->si_code == BUS_MCEERR_AO) {
        queue[atomic_fetch_add(&queued, 1) % QUEUE] = report;
        return;
    }
    if (accessing) {
        fault = report;
        siglongjmp(access_end, 1);
    }
    /* Not ours to survive: the instruction faults again and the process dies of it. */
    signal(SIGBUS, SIG_DFL);
}

static void set_blocked(int blocked) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGBUS);
    pthread_sigmask(blocked ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

void touch_init(void) {
    struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &action, NULL);
    set_blocked(1);
}

void touch(const struct access *access, touch_barrier barrier, struct touch_report *report) {
    memset(report, 0, sizeof(*report));
    report->address = (uintptr_t)access->address;
    fault.signal = 0;
    if (sigsetjmp(access_end, 1) == 0) {
        set_blocked(0);
        accessing = 1;
        if (barrier)
            barrier();
        start_ns = read_ns();
        start_ticks = read_ticks();
        uint64_t value = access_run(access, &report->error);
        report->ticks = read_ticks() - start_ticks;
        report->ns = read_ns() - start_ns;
        report->value = value;
    } else {
        report->signal = fault;
        report->signal.ticks -= start_ticks;
        report->signal.ns -= start_ns;
    }
    accessing = 0;
    set_blocked(1);
}

struct apart {
    const struct access *access;
    touch_barrier barrier;
    struct touch_report report;
    atomic_int came_back;
};

static void *touch_here(void *argument) {
    struct apart *apart = argument;
    touch(apart->access, apart->barrier, &apart->report);
    atomic_store(&apart->came_back, 1);
    return NULL;
}

void touch_apart(const struct access *access, touch_barrier barrier, struct touch_report *report) {
    struct apart apart = {.access = access, .barrier = barrier};
    pthread_t thread;
    int error = pthread_create(&thread, NULL, touch_here, &apart);
    if (!error)
        pthread_join(thread, NULL);
    *report = apart.report;
    report->error = error ? error : report->error;
    report->died = !error && !atomic_load(&apart.came_back);
}

int wait_unblocked(int fd) {
    sigset_t none;
    sigemptyset(&none);
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    return ppoll(&ready, 1, NULL, &none) > 0;
}

int next_signal(struct signal_report *report) {
    unsigned all = atomic_load(&queued);
    if (all == taken)
        return 0;
    /* Of more than there is room for the latest count. */
    if (all - taken > QUEUE)
        taken = all - QUEUE;
    *report = queue[taken++ % QUEUE];
    return 1;
}

void say_signal(const char *name, const struct signal_report *report) {
    say("event %s signal=%d code=%d addr=0x%llx lsb=%d thread=%d", name, report->signal, report->code,
        (unsigned long long)report->address, report->lsb, report->thread);
}

struct watcher {
    char name[16];
    int policy;
    atomic_int error; /* of prctl(), or -1 before it */
};

static void *watch(void *argument) {
    struct watcher *watcher = argument;
    char name[sizeof(watcher->name)];
    strcpy(name, watcher->name);
    int error = prctl(PR_MCE_KILL, PR_MCE_KILL_SET, watcher->policy, 0, 0) < 0 ? errno : 0;
    atomic_store(&watcher->error, error);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGBUS);
    for (siginfo_t info; !error;) {
        if (sigwaitinfo(&set, &info) < 0)
            continue;
        say_signal(name, &(struct signal_report){.signal = SIGBUS,
                                                 .code = info.si_code,
                                                 .address = (uintptr_t)info.si_addr,
                                                 .lsb = info.si_addr_lsb,
                                                 .thread = gettid()});
    }
    return NULL;
}

int start_watcher(const char *name, int policy) {
    struct watcher watcher = {.policy = policy, .error = -1};
    pthread_t thread;
    strncpy(watcher.name, name, sizeof(watcher.name) - 1);
    int error = pthread_create(&thread, NULL, watch, &watcher);
    if (error)
        return error;
    pthread_detach(thread);
    while (atomic_load(&watcher.error) < 0)
        usleep(1000);
    return atomic_load(&watcher.error);
}
