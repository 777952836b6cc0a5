// What native threads tell JavaScript. The row's layout is the contract of src/native/binding.ts.
#pragma once

#include <cstddef>
#include <cstdint>

#include "util/clock.h"

namespace rasvm {

enum class EventKind : uint8_t {
  MmioRead = 1,
  MmioWrite = 2,
  PostedWrite = 3,
  MemoryError = 4,
  SystemEvent = 5,
  Hypercall = 6,
  ArmSea = 7,
  Paused = 8,
  RunFailed = 9,
  OtherExit = 10,
  ArmNisv = 11,
};

inline constexpr uint16_t kNoVcpu = 0xffff;
inline constexpr size_t kEventWords = 8;

struct Event {
  EventKind kind;
  uint8_t size = 0;
  uint16_t vcpu = kNoVcpu;
  uint64_t a = 0, b = 0, c = 0, d = 0;
  uint64_t time = monotonicNs();

  void store(uint64_t row[kEventWords]) const {
    row[0] =
        static_cast<uint64_t>(kind) | static_cast<uint64_t>(size) << 8 | static_cast<uint64_t>(vcpu) << 16;
    row[1] = a;
    row[2] = b;
    row[3] = c;
    row[4] = d;
    row[5] = time;
    row[6] = 0;
    row[7] = 0;
  }
};

}  // namespace rasvm
