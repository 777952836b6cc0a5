#include "sigbus/listener.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <future>

#include "sigbus/handler.h"
#include "util/error.h"
#include "util/signals.h"

namespace rasvm {
namespace {

std::atomic<bool> listening{false};

}  // namespace

SigbusListener::SigbusListener(std::shared_ptr<EventQueue> queue, bool early)
    : queue_(std::move(queue)), early_(early) {
  sigbus::install();
  if (listening.exchange(true)) throw StateError("this process has a SIGBUS listener already");
  try {
    // The kernel signals the first thread, in order of creation, that asks for early signals, or that asks
    // for nothing while the sysctl is set: the main thread must not be that one.
    check(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_LATE, 0, 0), "prctl");
    std::promise<void> started;
    BlockedSignals blocked;  // inherited by the thread
    thread_ = std::thread([this, &started] {
      if (early_) prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0);
      tid_ = static_cast<pid_t>(syscall(SYS_gettid));
      sigbus::forwardTo(tid_);
      started.set_value();
      listen();
    });
    started.get_future().wait();
  } catch (...) {
    listening = false;
    throw;
  }
}

SigbusListener::~SigbusListener() { close(); }

void SigbusListener::close() {
  if (!thread_.joinable()) return;
  sigbus::forwardTo(0);
  stop_ = true;
  pthread_kill(thread_.native_handle(), sigbus::wakeSignal());
  thread_.join();
  listening = false;
}

// Waits by sigwaitinfo, which only this thread's own signals end; a signalfd would be woken for every thread's.
void SigbusListener::listen() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGBUS);
  sigaddset(&signals, sigbus::wakeSignal());
  while (!stop_) {
    // Before the first wait too: what was passed on before forwardTo() has sent no signal.
    SigbusRecord record;
    while (read(sigbus::forwarded(), &record, sizeof record) == sizeof record) {
      queue_->pushNow(record.event(kNoVcpu));
    }
    siginfo_t info;
    if (sigwaitinfo(&signals, &info) != SIGBUS) continue;
    if (isMemoryError(info)) {
      queue_->pushNow(SigbusRecord::of(info).event(kNoVcpu));
    } else {
      // Another process sent it. This process asked for no such signal: it ends, as any other would.
      sigbus::endBy(info);
      pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    }
  }
}

}  // namespace rasvm
