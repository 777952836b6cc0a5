#include "sigbus/handler.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>

#include "sigbus/record.h"
#include "util/error.h"

// Of Node.js' libuv, which documents it as safe in a signal handler: gives a terminal in raw mode back as it was.
extern "C" __attribute__((weak)) int uv_tty_reset_mode();

namespace rasvm::sigbus {
namespace {

// initial-exec: in the handler the first use of another model may allocate.
__attribute__((tls_model("initial-exec"))) __thread ThreadState state;

struct sigaction previous;
int pipeEnds[2] = {-1, -1};
std::atomic<pid_t> listener{0};
static_assert(std::atomic<pid_t>::is_always_lock_free);

bool within(uintptr_t address, uintptr_t begin, uintptr_t end) { return address >= begin && address < end; }

// One line by write(2): nothing that allocates or locks may be called here.
void reportFatal(const siginfo_t& info, bool machineCheck) {
  char line[320];
  char* end = line;
  const auto text = [&end](const char* from) {
    while (*from) *end++ = *from++;
  };
  const char* what = machineCheck                 ? "memory error (BUS_MCEERR_AR)"
                     : info.si_code == BUS_ADRERR ? "no memory behind the address (BUS_ADRERR)"
                                                   : "SIGBUS";
  text("rasvm: ");
  text(what);
  text(" in rasvm's own memory at 0x");
  const auto address = reinterpret_cast<uintptr_t>(info.si_addr);
  bool leading = true;
  for (int shift = 60; shift >= 0; shift -= 4) {
    const unsigned digit = (address >> shift) & 0xf;
    if (leading && digit == 0 && shift > 0) continue;
    leading = false;
    *end++ = "0123456789abcdef"[digit];
  }
  text(", in thread ");
  char thread[16] = {};
  prctl(PR_GET_NAME, thread);
  text(thread);
  text(": rasvm cannot go on");
  if (machineCheck) {
    text(", and its guest ends with it (status 8, no core dump); ");
    text("the host has taken the page out of use: start again");
  }
  text("\n");
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line, static_cast<size_t>(end - line));
}

void handle(int signal, siginfo_t* info, void* context) {
  const int savedErrno = errno;
  const auto address = reinterpret_cast<uintptr_t>(info->si_addr);
  const SigbusRecord record = SigbusRecord::of(*info);

  const bool machineCheck = info->si_code == BUS_MCEERR_AR || info->si_code == BUS_MCEERR_AO;
  if (machineCheck && state.running) {
    state.running->put(record, &static_cast<ucontext_t*>(context)->uc_sigmask);
  } else if (info->si_code == BUS_MCEERR_AO) {
    // A full pipe loses the record; its reader then finds the page as it does for signals that coalesced.
    [[maybe_unused]] const ssize_t written = write(pipeEnds[1], &record, sizeof record);
    if (const pid_t tid = listener) syscall(SYS_tgkill, getpid(), tid, wakeSignal());
  } else if (info->si_code > 0 && state.copy && within(address, state.copy->begin, state.copy->end)) {
    CopyGuard* copy = state.copy;
    state.copy = nullptr;
    copy->code = info->si_code;
    // sigsetjmp did not save the mask: that would be a system call for each copy.
    pthread_sigmask(SIG_SETMASK, &static_cast<ucontext_t*>(context)->uc_sigmask, nullptr);
    siglongjmp(copy->landing, 1);
  } else if (info->si_code == BUS_MCEERR_AR && state.poisoning &&
             within(address, state.poisoning->begin, state.poisoning->end)) {
    state.poisoning->count = state.poisoning->count + 1;
  } else if (info->si_code == BUS_MCEERR_AR) {
    reportFatal(*info, true);
    if (uv_tty_reset_mode) uv_tty_reset_mode();
    // Nothing of this process can be trusted to run its exit handlers. A core dump would meet the page again.
    _exit(kOwnMemoryLost);
  } else {
    reportFatal(*info, false);
    sigaction(SIGBUS, &previous, nullptr);
    // For the signal that no instruction would raise again; delivered when this handler returns.
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
  }
  errno = savedErrno;
}

void installOnce() {
  check(pipe2(pipeEnds, O_CLOEXEC | O_NONBLOCK), "pipe2");
  struct sigaction action = {};
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  check(sigaction(SIGBUS, &action, &previous), "sigaction");
}

}  // namespace

ThreadState& threadState() { return state; }

void install() {
  static std::once_flag once;
  std::call_once(once, installOnce);
}

int forwarded() { return pipeEnds[0]; }

int wakeSignal() { return SIGRTMIN + 2; }

void forwardTo(pid_t tid) { listener = tid; }

}  // namespace rasvm::sigbus
