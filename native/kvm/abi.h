// The KVM interface that an arm64 guest needs, where <linux/kvm.h> cannot be asked: on an x86 build machine
// it lacks the arm64 structures, and Debian 12's lacks what came after Linux 6.1.
#pragma once

#include <linux/kvm.h>
#include <sys/ioctl.h>

#include <cstddef>
#include <cstdint>

namespace rasvm::abi {

// arch/arm64/include/uapi/asm/kvm.h: struct kvm_vcpu_init
struct VcpuInit {
  uint32_t target;
  uint32_t features[7];
};
static_assert(sizeof(VcpuInit) == 32);

// arch/arm64/include/uapi/asm/kvm.h: struct kvm_vcpu_events
struct VcpuEvents {
  uint8_t serror_pending;
  uint8_t serror_has_esr;
  uint8_t ext_dabt_pending;
  uint8_t pad[5];
  uint64_t serror_esr;
  uint32_t reserved[12];
};
static_assert(sizeof(VcpuEvents) == 64);
static_assert(offsetof(VcpuEvents, serror_esr) == 8);

// include/uapi/linux/kvm.h; the argument's size is part of the request's number.
inline constexpr unsigned long kArmVcpuInit = _IOW(KVMIO, 0xae, VcpuInit);
inline constexpr unsigned long kArmPreferredTarget = _IOR(KVMIO, 0xaf, VcpuInit);
inline constexpr unsigned long kGetVcpuEvents = _IOR(KVMIO, 0x9f, VcpuEvents);
inline constexpr unsigned long kSetVcpuEvents = _IOW(KVMIO, 0xa0, VcpuEvents);

// include/uapi/linux/kvm.h: KVM_EXIT_*
enum Exit : uint32_t {
  kExitHypercall = 3,
  kExitMmio = 6,
  kExitIntr = 10,
  kExitSystemEvent = 24,
  kExitArmNisv = 28,
  kExitArmSea = 41,  // Linux 6.19
};

// include/uapi/linux/kvm.h: struct kvm_run. Its head, and the union's members that are looked at here, are
// the same on x86-64 and arm64.
struct Run {
  uint8_t request_interrupt_window;
  uint8_t immediate_exit;
  uint8_t padding1[6];
  uint32_t exit_reason;
  uint8_t ready_for_interrupt_injection;
  uint8_t if_flag;
  uint16_t flags;
  uint64_t cr8;
  uint64_t apic_base;
  union {
    struct {
      uint64_t phys_addr;
      uint8_t data[8];
      uint32_t len;
      uint8_t is_write;
    } mmio;
    struct {
      uint64_t nr;
      uint64_t args[6];
      uint64_t ret;
      uint64_t flags;
    } hypercall;
    struct {
      uint32_t type;
      uint32_t ndata;
      uint64_t data[16];
    } system_event;
    struct {
      uint64_t esr_iss;
      uint64_t fault_ipa;
    } arm_nisv;
    struct {
      uint64_t flags;
      uint64_t esr;
      uint64_t gva;
      uint64_t gpa;
    } arm_sea;
    uint64_t words[32];  // the union's fixed size
  };
};
static_assert(offsetof(Run, immediate_exit) == offsetof(kvm_run, immediate_exit));
static_assert(offsetof(Run, exit_reason) == offsetof(kvm_run, exit_reason));
static_assert(offsetof(Run, mmio) == offsetof(kvm_run, mmio));
static_assert(offsetof(Run, mmio.data) == offsetof(kvm_run, mmio.data));
static_assert(offsetof(Run, mmio.len) == offsetof(kvm_run, mmio.len));
static_assert(offsetof(Run, mmio.is_write) == offsetof(kvm_run, mmio.is_write));
static_assert(offsetof(Run, hypercall.flags) == offsetof(kvm_run, hypercall.longmode));
static_assert(offsetof(Run, system_event.data) == offsetof(kvm_run, system_event.flags));
static_assert(offsetof(Run, arm_nisv.fault_ipa) == offsetof(kvm_run, arm_nisv.fault_ipa));
static_assert(offsetof(Run, words) + sizeof(Run::words) == offsetof(kvm_run, kvm_valid_regs));

// include/uapi/linux/kvm.h: bits 55..52 of a register's id are the logarithm of its size in bytes.
inline constexpr unsigned registerSize(uint64_t id) { return 1u << ((id >> 52) & 0xf); }
static_assert(registerSize(0x6030'0000'0010'0040) == 8);  // core register PC
static_assert(registerSize(0x6020'0000'0011'0000) == 4);

}  // namespace rasvm::abi
