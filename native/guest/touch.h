/* One touch of a page that may be poisoned, and what SIGBUS says of it. */
#ifndef RASVM_GUEST_TOUCH_H
#define RASVM_GUEST_TOUCH_H

#include <stddef.h>
#include <stdint.h>

#include "access.h"

/* What a SIGBUS handler was given (siginfo_t), and when it ran. */
struct signal_report {
  int signal; /* 0: there was none */
  int code;   /* si_code: BUS_MCEERR_AR 4, BUS_MCEERR_AO 5, BUS_OBJERR 3 */
  int lsb;    /* si_addr_lsb, of a BUS_MCEERR signal */
  int thread; /* id of the thread that it came to */
  uint64_t address;
  uint64_t ticks; /* CNTVCT_EL0 */
  uint64_t ns;    /* CLOCK_MONOTONIC */
};

struct touch_report {
  struct signal_report signal; /* ticks and ns: from the access to the handler */
  uint64_t address;            /* 0: the page is not mapped */
  uint64_t value;              /* what was read or returned */
  int error;                   /* errno of the system call */
  int died;                    /* the thread that touched did, and its process did not */
  uint64_t ticks;              /* of the whole access where there was no signal */
  uint64_t ns;
};

/* CLOCK_MONOTONIC. */
uint64_t read_ns(void);

/* Installs the SIGBUS handler of this process; SIGBUS is blocked but in touch() and wait_unblocked(). */
void touch_init(void);

/* Called last thing before the access, e.g. to wait for others. */
typedef void (*touch_barrier)(void);

void touch(const struct access* access, touch_barrier barrier, struct touch_report* report);

/* The same by a thread of its own. */
void touch_apart(const struct access* access, touch_barrier barrier, struct touch_report* report);

/* Waits for input on fd; gives 1 when there is some, 0 when a signal came first. */
int wait_unblocked(int fd);

/* The next signal that came by itself (BUS_MCEERR_AO); 0 if there is none. */
int next_signal(struct signal_report* report);

/* Starts a thread that has its own PR_MCE_KILL policy and says the signals that come to it. Gives 0 or an errno. */
int start_watcher(const char* name, int policy);

void say_signal(const char* name, const struct signal_report* report);

#endif
