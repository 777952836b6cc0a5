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

// A line for stderr. Nothing that allocates or locks may be called in a signal handler.
class Line {
 public:
  void text(const char* from) {
    while (*from) *end_++ = *from++;
  }
  void number(uint64_t value, unsigned base) {
    char digits[20];
    int count = 0;
    do {
      digits[count++] = "0123456789abcdef"[value % base];
      value /= base;
    } while (value != 0);
    while (count > 0) *end_++ = digits[--count];
  }
  void print() {
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line_, static_cast<size_t>(end_ - line_));
  }

 private:
  char line_[320];
  char* end_ = line_;
};

void reportFatal(const siginfo_t& info) {
  Line line;
  if (info.si_code <= 0) {  // SI_USER, SI_TKILL, SI_QUEUE
    line.text("rasvm: SIGBUS was sent by process ");
    line.number(static_cast<uint64_t>(info.si_pid), 10);
    line.text(": rasvm ends, and its guest with it\n");
    line.print();
    return;
  }
  const bool machineCheck = isMemoryError(info);
  line.text("rasvm: ");
  line.text(machineCheck                 ? "memory error (BUS_MCEERR_AR)"
            : info.si_code == BUS_ADRERR ? "no memory behind the address (BUS_ADRERR)"
                                         : "SIGBUS");
  line.text(" in rasvm's own memory at 0x");
  line.number(reinterpret_cast<uintptr_t>(info.si_addr), 16);
  line.text(", in thread ");
  char thread[16] = {};
  prctl(PR_GET_NAME, thread);
  line.text(thread);
  line.text(": rasvm cannot go on");
  if (machineCheck) {
    line.text(", and its guest ends with it (status 8, no core dump); ");
    line.text("the host has taken the page out of use: start again");
  }
  line.text("\n");
  line.print();
}

void handle(int, siginfo_t* info, void* context) {
  const int savedErrno = errno;
  const auto address = reinterpret_cast<uintptr_t>(info->si_addr);

  if (isMemoryError(*info) && state.running) {
    state.running->put(SigbusRecord::of(*info), &static_cast<ucontext_t*>(context)->uc_sigmask);
  } else if (info->si_code == BUS_MCEERR_AO) {
    const SigbusRecord record = SigbusRecord::of(*info);
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
    reportFatal(*info);
    if (uv_tty_reset_mode) uv_tty_reset_mode();
    // Nothing of this process can be trusted to run its exit handlers. A core dump would meet the page again.
    _exit(kOwnMemoryLost);
  } else {
    // SIGBUS is blocked here: it is delivered when this handler returns.
    endBy(*info);
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

void endBy(const siginfo_t& info) {
  reportFatal(info);
  if (uv_tty_reset_mode) uv_tty_reset_mode();
  sigaction(SIGBUS, &previous, nullptr);
  syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGBUS);
}

}  // namespace rasvm::sigbus
