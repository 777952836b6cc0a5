#define _GNU_SOURCE
#include "touch.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <time.h>

static const char *const how_names[TOUCH_HOWS] = {"read", "write", "exec", "spin"};

/* Signals that came by themselves: written by the handler, read with SIGBUS blocked. */
#define QUEUE 64
static struct signal_report queue[QUEUE];
static volatile unsigned queued, taken;

static sigjmp_buf access_end;
static volatile sig_atomic_t accessing;
static volatile struct signal_report fault;
static volatile uint64_t start_ticks, start_ns;

int touch_how_of(const char *name) {
    for (int how = 0; how < TOUCH_HOWS; how++)
        if (!strcmp(name, how_names[how]))
            return how;
    return -1;
}

static uint64_t read_ticks(void) {
    uint64_t ticks;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks)::"memory");
    return ticks;
}

static uint64_t read_ns(void) {
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
    /* An early signal is not the answer to an access: the access goes on and meets its own. */
    if (info->si_code == BUS_MCEERR_AO) {
        if (queued - taken < QUEUE)
            queue[queued++ % QUEUE] = report;
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
    sigprocmask(blocked ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

void touch_init(void) {
    struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &action, NULL);
    set_blocked(1);
}

/* Not inlined, so that nothing of the access moves across the readings of the clock. */
static __attribute__((noinline)) uint64_t access_memory(enum touch_how how, void *address) {
    if (how == TOUCH_EXEC)
        return ((uint64_t(*)(void))(uintptr_t)address)();
    if (how == TOUCH_READ)
        return *(volatile uint64_t *)address;
    if (how == TOUCH_SPIN) {
        uint64_t frequency, value;
        __asm__("mrs %0, cntfrq_el0" : "=r"(frequency));
        do {
            for (int i = 0; i < 1000; i++)
                value = *(volatile uint64_t *)address;
        } while (read_ticks() - start_ticks < 10 * frequency);
        return value;
    }
    *(volatile uint64_t *)address = ~0x5241530000000000ULL;
    return 0;
}

void touch(enum touch_how how, void *address, touch_barrier barrier, struct touch_report *report) {
    memset(report, 0, sizeof(*report));
    report->address = (uintptr_t)address;
    fault.signal = 0;
    if (sigsetjmp(access_end, 1) == 0) {
        set_blocked(0);
        accessing = 1;
        if (barrier)
            barrier();
        start_ns = read_ns();
        start_ticks = read_ticks();
        uint64_t value = access_memory(how, address);
        report->ticks = read_ticks() - start_ticks;
        report->ns = read_ns() - start_ns;
        report->value = value;
    } else {
        report->signal = (struct signal_report){
            .signal = fault.signal,
            .code = fault.code,
            .lsb = fault.lsb,
            .address = fault.address,
            .ticks = fault.ticks - start_ticks,
            .ns = fault.ns - start_ns,
        };
    }
    accessing = 0;
    set_blocked(1);
}

int wait_unblocked(int fd) {
    sigset_t none;
    sigemptyset(&none);
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    return ppoll(&ready, 1, NULL, &none) > 0;
}

int next_signal(struct signal_report *report) {
    if (queued == taken)
        return 0;
    *report = queue[taken++ % QUEUE];
    return 1;
}
