/* Runs a program of the guest's own. */
#ifndef RASVM_GUEST_PROGRAM_H
#define RASVM_GUEST_PROGRAM_H

#include <stddef.h>

/*
 * Runs it to its end without input; what it writes on both outputs goes to `output`. Gives 0 and what wait(2) says of
 * it, or an errno when it cannot be run.
 */
int program_run(char** argv, void (*output)(const void* bytes, size_t count), int* status);

#endif
