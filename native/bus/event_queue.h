// The one queue from native threads to JavaScript: many producers, one consumer.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "bus/event.h"

namespace rasvm {

class EventQueue {
 public:
  // Rows that wait for JavaScript before a producer waits for room.
  static constexpr size_t kCapacity = 4096;

  // `wake` is called, outside of the lock, for the first event that cannot wait since the queue was last
  // empty, by take() when it leaves rows, and by the end of a hold.
  explicit EventQueue(std::function<void()> wake);

  // Waits while the queue is full. False, and the event is dropped, if the queue is closed or `cancelled`
  // becomes true (then poke() must be called). `hold`: of an event that can wait, the hold (a bit) under which
  // it wakes nobody.
  bool push(const Event& event, const std::atomic<bool>& cancelled, uint8_t hold = 0);
  // Never waits: the queue grows. For memory errors, of which none may be lost.
  void pushNow(const Event& event);
  // Copies up to `max` rows, oldest first; gives their number.
  size_t take(uint64_t* rows, size_t max);
  // Whether events of these holds (bits) wait; they are delivered at the end of it, or with the next that cannot.
  void hold(uint8_t holds, bool on);
  // Makes waiting producers look at their `cancelled`.
  void poke();
  // Ends all waiting; later events are dropped.
  void close();

 private:
  void append(const Event& event);
  // Whether the caller must wake() when it has let go of the lock.
  bool needsWake();
  void wake();

  std::mutex mutex_;
  std::condition_variable room_;
  std::vector<Event> ring_;  // a power of two, grown as needed; beyond kCapacity for memory errors only
  size_t head_ = 0, count_ = 0;
  size_t waiting_ = 0;
  uint8_t held_ = 0;
  bool woken_ = false;  // since the queue was last empty
  bool closed_ = false;

  std::mutex wakeMutex_;  // so that no wake() runs after close()
  std::function<void()> wake_;
};

}  // namespace rasvm
