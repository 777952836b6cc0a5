// One SIGBUS, as the handler saw it.
#pragma once

#include <csignal>
#include <cstdint>

#include "bus/event.h"
#include "util/clock.h"

#ifndef BUS_MCEERR_AR  // include/uapi/asm-generic/siginfo.h
#define BUS_MCEERR_AR 4
#define BUS_MCEERR_AO 5
#endif

namespace rasvm {

// Whether memory_failure() sent it; else a process did, or an access found no memory behind its address.
inline bool isMemoryError(const siginfo_t& info) {
  return info.si_code == BUS_MCEERR_AR || info.si_code == BUS_MCEERR_AO;
}

// Of memory_failure().
struct SigbusRecord {
  uint64_t address;
  uint64_t time;
  int32_t code;  // BUS_MCEERR_AR, BUS_MCEERR_AO
  uint32_t lsb;  // log2 of the lost range's size

  static SigbusRecord of(const siginfo_t& info) {
    return {reinterpret_cast<uint64_t>(info.si_addr), monotonicNs(), info.si_code,
            static_cast<uint32_t>(info.si_addr_lsb)};
  }

  Event event(uint16_t vcpu) const {
    return {EventKind::MemoryError, static_cast<uint8_t>(code), vcpu, address, lsb, 0, 0, time};
  }
};

}  // namespace rasvm
