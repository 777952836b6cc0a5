// The process's SIGBUS handler. It knows what its thread was doing (thread-local state that the thread sets
// itself) and passes each signal to where it belongs:
//   BUS_MCEERR_AR, _AO in KVM_RUN    that vCPU's queue
//   BUS_MCEERR_AO elsewhere          the listener, through a pipe and a signal
//   any in a guarded copy            the copy fails (siglongjmp)
//   BUS_MCEERR_AR of MADV_HWPOISON   counted
//   any other BUS_MCEERR_*           rasvm's own memory: one line on stderr, and the process ends (kOwnMemoryLost)
//   anything else                    one line on stderr, and the default action
#pragma once

#include <sys/types.h>

#include <csetjmp>
#include <csignal>
#include <cstdint>

#include "sigbus/vcpu_queue.h"

namespace rasvm::sigbus {

// Exit status: HOST_MEMORY of src/core/errors.ts.
constexpr int kOwnMemoryLost = 8;

// A range that the thread touches and may lose under its hands.
struct CopyGuard {
  uintptr_t begin, end;
  sigjmp_buf landing;
  int code;  // si_code of what ended the copy
};

// MADV_HWPOISON of [begin, end) sends its own thread a BUS_MCEERR_AR for each page.
struct SelfPoison {
  uintptr_t begin, end;
  volatile uint32_t count;
};

struct ThreadState {
  CopyGuard* copy;
  VcpuQueue* running;  // set while the thread is in KVM_RUN
  SelfPoison* poisoning;
};

// Of the calling thread.
ThreadState& threadState();

// Installs the handler; later calls do nothing. Throws SystemError.
void install();

// The reading end of the pipe through which the handler passes SigbusRecords to the listener; non-blocking.
// Only after install().
int forwarded();

// Wakes the listener, which waits for it and for SIGBUS alone.
int wakeSignal();
// One line on stderr, and SIGBUS once more, to the calling thread, with the action that it had before
// install(): by default the process ends as soon as the thread does not block it.
void endBy(const siginfo_t& info);

// The thread that is sent wakeSignal() when a record is in the pipe; 0: none.
void forwardTo(pid_t tid);

}  // namespace rasvm::sigbus
