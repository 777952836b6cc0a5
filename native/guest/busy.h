/* Load on a CPU while something else is measured. */
#ifndef RASVM_GUEST_BUSY_H
#define RASVM_GUEST_BUSY_H

/* Starts a thread that computes until its process ends, on the CPUs of the caller. Gives 0 or an errno. */
int busy_start(void);

#endif
