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

struct SigbusRecord {
  uint64_t address;
  uint64_t time;
  int32_t code;  // BUS_MCEERR_AR, BUS_MCEERR_AO, BUS_ADRERR ...
  uint32_t lsb;  // log2 of the lost range's size

  static SigbusRecord of(const siginfo_t& info) {
    const bool machineCheck = info.si_code == BUS_MCEERR_AR || info.si_code == BUS_MCEERR_AO;
    return {reinterpret_cast<uint64_t>(info.si_addr), monotonicNs(), info.si_code,
            machineCheck ? static_cast<uint32_t>(info.si_addr_lsb) : 0};
  }

  Event event(uint16_t vcpu) const {
    return {EventKind::MemoryError, static_cast<uint8_t>(code), vcpu, address, lsb, 0, 0, time};
  }
};

}  // namespace rasvm
