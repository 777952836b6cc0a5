// Losing guest pages for real.
#pragma once

#include <cstdint>

#include "memory/guest_memory.h"

namespace rasvm {

// UFFDIO_POISON (Linux 6.6; no privilege): the range becomes poison markers, whose access is a memory error
// to KVM and to us alike. The host loses no page, and sends no early signal. What stood there is gone.
// A SystemError with an offset says how far it got: what stands before the offset is lost as asked; `length`
// bytes from it on have lost their contents, and read as zeros; what follows is as it was. One without an
// offset has changed nothing.
void poisonByUserfaultfd(GuestMemory& memory, uint64_t offset, uint64_t length);

// MADV_HWPOISON (CAP_SYS_ADMIN): memory_failure() for each page of the range, on a thread made for it. Gives
// the number of BUS_MCEERR_AR that this thread took.
uint32_t poisonByMadvise(GuestMemory& memory, uint64_t offset, uint64_t length);

}  // namespace rasvm
