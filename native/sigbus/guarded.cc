#include "sigbus/guarded.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "sigbus/handler.h"

namespace rasvm::sigbus {
namespace {

size_t pageSize() {
  static const auto size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

// Calls step(offset, length) for each page's part of [guest, guest + length). The steps hold nothing that a
// siglongjmp over them would leak.
template <typename Step>
__attribute__((noinline)) bool guarded(const void* guest, size_t length, Fault* fault, Step step) {
  const size_t page = pageSize();
  CopyGuard guard;
  guard.begin = reinterpret_cast<uintptr_t>(guest);
  guard.end = guard.begin + length;
  guard.code = 0;
  volatile size_t done = 0;
  if (sigsetjmp(guard.landing, 0) != 0) {
    fault->address = (guard.begin + done) & ~(page - 1);
    fault->code = guard.code;
    return false;
  }
  threadState().copy = &guard;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  while (done < length) {
    const size_t at = done;
    const size_t part = std::min(length - at, page - ((guard.begin + at) & (page - 1)));
    step(at, part);
    done = at + part;
  }
  std::atomic_signal_fence(std::memory_order_seq_cst);
  threadState().copy = nullptr;
  return true;
}

template <typename Value>
bool store(void* guest, Value value, Fault* fault) {
  return guarded(guest, sizeof value, fault, [=](size_t, size_t) {
    __atomic_store_n(static_cast<Value*>(guest), value, __ATOMIC_RELEASE);
  });
}

}  // namespace

bool copyFromGuest(void* target, const void* guest, size_t length, Fault* fault) {
  return guarded(guest, length, fault, [=](size_t at, size_t part) {
    std::memcpy(static_cast<char*>(target) + at, static_cast<const char*>(guest) + at, part);
  });
}

bool copyToGuest(void* guest, const void* source, size_t length, Fault* fault) {
  return guarded(guest, length, fault, [=](size_t at, size_t part) {
    std::memcpy(static_cast<char*>(guest) + at, static_cast<const char*>(source) + at, part);
  });
}

bool clearGuest(void* guest, size_t length, Fault* fault) {
  return guarded(guest, length, fault,
                 [=](size_t at, size_t part) { std::memset(static_cast<char*>(guest) + at, 0, part); });
}

bool loadFromGuest(uint64_t* value, const void* guest, Fault* fault) {
  return guarded(guest, sizeof *value, fault, [=](size_t, size_t) {
    *value = __atomic_load_n(static_cast<const uint64_t*>(guest), __ATOMIC_ACQUIRE);
  });
}

bool storeToGuest(void* guest, uint32_t value, Fault* fault) { return store(guest, value, fault); }

bool storeToGuest(void* guest, uint64_t value, Fault* fault) { return store(guest, value, fault); }

}  // namespace rasvm::sigbus
