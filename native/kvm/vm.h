// A VM and what belongs to it.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "bus/bus.h"
#include "kvm/device.h"
#include "kvm/vcpu.h"
#include "memory/guest_memory.h"

namespace rasvm {

class Vm {
 public:
  Vm(std::shared_ptr<VmFile> file, std::shared_ptr<EventQueue> queue);
  ~Vm();

  // StateError when closed.
  VmFile& file();

  int checkExtension(unsigned long capability);
  void enableCap(uint32_t capability, const std::vector<uint64_t>& arguments);
  void setMemoryRegion(uint32_t slot, uint32_t flags, uint64_t gpa, uint64_t size,
                       std::shared_ptr<GuestMemory> memory, uint64_t offset);
  std::shared_ptr<KvmDevice> createDevice(uint32_t type);
  // Whether createDevice() can make one; nothing is made.
  bool hasDevice(uint32_t type);
  void irqLine(uint32_t irq, bool level);
  abi::VcpuInit preferredTarget();
  std::shared_ptr<Vcpu> createVcpu(unsigned index);
  std::shared_ptr<RegisterBank> mapRegisters(RegisterBankSpec spec);
  void unmapRegisters(const RegisterBank* bank);
  void close();

 private:
  std::shared_ptr<VmFile> file_;
  const std::shared_ptr<EventQueue> queue_;
  const std::shared_ptr<Bus> bus_ = std::make_shared<Bus>();
  std::vector<std::shared_ptr<Vcpu>> vcpus_;
  std::vector<std::weak_ptr<KvmDevice>> devices_;
  std::map<uint32_t, std::shared_ptr<GuestMemory>> slots_;  // KVM's mappings must outlive their use
};

}  // namespace rasvm
