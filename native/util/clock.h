// CLOCK_MONOTONIC in nanoseconds; async-signal-safe.
#pragma once

#include <cstdint>
#include <ctime>

namespace rasvm {

inline uint64_t monotonicNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace rasvm
