#include "busy.h"

#include <pthread.h>
#include <stdint.h>

/* Without a system call. */
__attribute__((noreturn)) static void *compute(void *nothing) {
    (void)nothing;
    for (volatile uint64_t count = 0;; count++)
        continue;
}

int busy_start(void) {
    pthread_t thread;
    int error = pthread_create(&thread, NULL, compute, NULL);
    if (!error)
        pthread_detach(thread);
    return error;
}
