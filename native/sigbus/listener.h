// The thread that hears of memory errors before anybody touches them: the only one with PR_MCE_KILL_EARLY.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <thread>

#include "bus/event_queue.h"

namespace rasvm {

class SigbusListener {
 public:
  // One per process (StateError otherwise). `early`: ask memory_failure for BUS_MCEERR_AO; without, every
  // thread asks for late signals, whatever the sysctl vm.memory_failure_early_kill says.
  SigbusListener(std::shared_ptr<EventQueue> queue, bool early);
  ~SigbusListener();

  bool early() const { return early_; }
  pid_t tid() const { return tid_; }
  void close();

 private:
  void listen();

  const std::shared_ptr<EventQueue> queue_;
  const bool early_;
  pid_t tid_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace rasvm
