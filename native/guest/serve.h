/* A victim's own side. */
#ifndef RASVM_GUEST_SERVE_H
#define RASVM_GUEST_SERVE_H

#include <stdatomic.h>

#include "victim.h"

struct shared {
  atomic_uint arrived; /* number of victims that have come to the barrier */
  struct exchange exchange[VICTIMS];
};

/* Does what is asked over the socket until it is hung up. */
__attribute__((noreturn)) void serve(struct shared* shared, unsigned number, const char* name, int socket);

#endif
