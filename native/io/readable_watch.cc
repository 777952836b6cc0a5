#include "io/readable_watch.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include <utility>

#include "util/error.h"
#include "util/signals.h"

namespace rasvm {
namespace {

// Whether `fd` can be read; false when `cancel` ended the wait.
bool waitUntilReadable(int fd, int cancel) {
  pollfd both[] = {{fd, POLLIN, 0}, {cancel, POLLIN, 0}};
  while (poll(both, 2, -1) < 0) {
    if (errno != EINTR && errno != EAGAIN) return true;  // the reader finds out what is wrong
  }
  return both[1].revents == 0;
}

}  // namespace

ReadableWatch::ReadableWatch(int fd, std::function<void()> ready)
    : cancel_(check(eventfd(0, EFD_CLOEXEC), "eventfd")) {
  const BlockedSignals blocked;
  thread_ = std::thread([fd, cancel = cancel_.get(), ready = std::move(ready)] {
    pthread_setname_np(pthread_self(), "readable");
    if (waitUntilReadable(fd, cancel)) ready();
  });
}

ReadableWatch::~ReadableWatch() { close(); }

void ReadableWatch::close() {
  if (!thread_.joinable()) return;
  eventfd_write(cancel_.get(), 1);
  thread_.join();
}

}  // namespace rasvm
