#include "bus/event_queue.h"

#include <algorithm>
#include <utility>

namespace rasvm {

EventQueue::EventQueue(std::function<void()> wake)
    : ring_(64, Event{EventKind::Paused}), wake_(std::move(wake)) {}

bool EventQueue::push(const Event& event, const std::atomic<bool>& cancelled, uint8_t hold) {
  bool mustWake;
  {
    std::unique_lock lock(mutex_);
    while (count_ >= kCapacity && !closed_ && !cancelled) {
      ++waiting_;
      room_.wait(lock);
      --waiting_;
    }
    if (closed_ || cancelled) return false;
    append(event);
    // A full queue is never held: its producers wait for room.
    mustWake = ((hold & held_) == 0 || count_ >= kCapacity) && needsWake();
  }
  if (mustWake) wake();
  return true;
}

void EventQueue::pushNow(const Event& event) {
  bool mustWake;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    append(event);
    mustWake = needsWake();
  }
  if (mustWake) wake();
}

size_t EventQueue::take(uint64_t* rows, size_t max) {
  size_t taken;
  bool left, blocked;
  {
    std::lock_guard lock(mutex_);
    taken = std::min(max, count_);
    for (size_t i = 0; i < taken; ++i) {
      ring_[(head_ + i) & (ring_.size() - 1)].store(rows + i * kEventWords);
    }
    head_ = (head_ + taken) & (ring_.size() - 1);
    count_ -= taken;
    left = count_ > 0;
    woken_ = left;
    blocked = waiting_ > 0 && count_ < kCapacity;
  }
  if (blocked) room_.notify_all();
  if (left) wake();
  return taken;
}

void EventQueue::hold(uint8_t holds, bool on) {
  bool mustWake;
  {
    std::lock_guard lock(mutex_);
    held_ = on ? held_ | holds : held_ & ~holds;
    mustWake = !on && count_ > 0 && needsWake();
  }
  if (mustWake) wake();
}

void EventQueue::poke() {
  std::lock_guard lock(mutex_);
  room_.notify_all();
}

void EventQueue::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    count_ = 0;
    room_.notify_all();
  }
  std::lock_guard lock(wakeMutex_);
  wake_ = nullptr;
}

void EventQueue::append(const Event& event) {
  if (count_ == ring_.size()) {
    std::vector<Event> larger(ring_.size() * 2, event);
    for (size_t i = 0; i < count_; ++i) larger[i] = ring_[(head_ + i) & (ring_.size() - 1)];
    ring_ = std::move(larger);
    head_ = 0;
  }
  ring_[(head_ + count_++) & (ring_.size() - 1)] = event;
}

bool EventQueue::needsWake() { return !std::exchange(woken_, true); }

void EventQueue::wake() {
  std::lock_guard lock(wakeMutex_);
  if (wake_) wake_();
}

}  // namespace rasvm
