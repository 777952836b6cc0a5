#include "sigbus/listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

#include <atomic>
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
    sigset_t bus;
    sigemptyset(&bus);
    sigaddset(&bus, SIGBUS);
    signals_ = Fd(check(signalfd(-1, &bus, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd"));
    stop_ = Fd(check(eventfd(0, EFD_CLOEXEC), "eventfd"));
    std::promise<pid_t> started;
    BlockedSignals blocked;  // inherited by the thread
    thread_ = std::thread([this, &started] {
      if (early_) prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0);
      started.set_value(static_cast<pid_t>(syscall(SYS_gettid)));
      listen();
    });
    tid_ = started.get_future().get();
  } catch (...) {
    listening = false;
    throw;
  }
}

SigbusListener::~SigbusListener() { close(); }

void SigbusListener::close() {
  if (!thread_.joinable()) return;
  eventfd_write(stop_.get(), 1);
  thread_.join();
  listening = false;
}

void SigbusListener::listen() {
  // Both are read until empty: signals to this thread, and records that handlers of other threads passed on.
  pollfd fds[] = {{signals_.get(), POLLIN, 0}, {sigbus::forwarded(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
  while (fds[2].revents == 0) {
    if (poll(fds, 3, -1) < 0) continue;
    signalfd_siginfo info;
    while (read(signals_.get(), &info, sizeof info) == sizeof info) {
      const SigbusRecord record{info.ssi_addr, monotonicNs(), info.ssi_code, info.ssi_addr_lsb};
      queue_->pushNow(record.event(kNoVcpu));
    }
    SigbusRecord record;
    while (read(sigbus::forwarded(), &record, sizeof record) == sizeof record) {
      queue_->pushNow(record.event(kNoVcpu));
    }
  }
}

}  // namespace rasvm
