// The SIGBUS records of one vCPU thread: its signal handler puts them in, its loop takes them out.
#pragma once

#include <atomic>
#include <csignal>
#include <cstddef>
#include <optional>

#include "sigbus/record.h"

namespace rasvm {

class VcpuQueue {
 public:
  // `immediateExit` is kvm_run's: KVM_RUN shall not be entered while a record waits.
  explicit VcpuQueue(uint8_t* immediateExit) : immediateExit_(immediateExit) {}

  // In the signal handler. When it is full SIGBUS stays blocked, and so pending in the kernel, until
  // reopen(): none is dropped.
  void put(const SigbusRecord& record, sigset_t* restoredMask) {
    const size_t tail = tail_.load(std::memory_order_relaxed);
    records_[tail % kSize] = record;
    tail_.store(tail + 1, std::memory_order_release);
    if (tail + 1 - head_.load(std::memory_order_relaxed) == kSize) {
      full_ = 1;
      sigaddset(restoredMask, SIGBUS);
    }
    __atomic_store_n(immediateExit_, 1, __ATOMIC_SEQ_CST);
  }

  // By the same thread.
  std::optional<SigbusRecord> take() {
    const size_t head = head_.load(std::memory_order_relaxed);
    const size_t tail = tail_.load(std::memory_order_acquire);
    if (head == tail) return {};
    const SigbusRecord record = records_[head % kSize];
    head_.store(head + 1, std::memory_order_release);
    return record;
  }

  // By the same thread, where the handler takes SIGBUS for this queue's: what is pending comes now.
  void reopen() {
    if (!full_ || !empty()) return;
    full_ = 0;
    sigset_t bus;
    sigemptyset(&bus);
    sigaddset(&bus, SIGBUS);
    pthread_sigmask(SIG_UNBLOCK, &bus, nullptr);
  }

  bool empty() const {
    return head_.load(std::memory_order_relaxed) == tail_.load(std::memory_order_acquire);
  }

 private:
  static constexpr size_t kSize = 64;
  static_assert(std::atomic<size_t>::is_always_lock_free);

  uint8_t* const immediateExit_;
  SigbusRecord records_[kSize];
  std::atomic<size_t> head_{0}, tail_{0};
  volatile sig_atomic_t full_ = 0;
};

}  // namespace rasvm
