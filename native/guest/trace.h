/* Trace events of the kernel (Documentation/trace/events.rst), said as they come. */
#ifndef RASVM_GUEST_TRACE_H
#define RASVM_GUEST_TRACE_H

/* Switches events on, such as "ras:memory_failure_event" or "ras:*", and says each from now on. Gives 0 or an errno. */
int trace_on(char** events, int count);

/* Ends that, when all that has happened is said. */
void trace_off(void);

#endif
