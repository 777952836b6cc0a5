// Waits in a thread of its own until a descriptor can be read, so that what reads it need not be loaded before.
#pragma once

#include <functional>
#include <thread>

#include "util/fd.h"

namespace rasvm {

class ReadableWatch {
 public:
  // `ready` is called once, on the watch's thread, when `fd` has input, has ended, or is not open; never after close().
  ReadableWatch(int fd, std::function<void()> ready);
  ~ReadableWatch();

  // Ends the wait. Not to be called by `ready`.
  void close();

 private:
  const Fd cancel_;  // eventfd
  std::thread thread_;
};

}  // namespace rasvm
