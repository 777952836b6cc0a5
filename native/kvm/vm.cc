#include "kvm/vm.h"

#include <algorithm>
#include <string>

namespace rasvm {
namespace {

int setIrqLine(VmFile& file, uint32_t irq, bool level) {
  kvm_irq_level argument = {};
  argument.irq = irq;
  argument.level = level;
  return file.ioctl(KVM_IRQ_LINE, &argument);
}

}  // namespace

Vm::Vm(std::shared_ptr<VmFile> file, std::shared_ptr<EventQueue> queue)
    : file_(std::move(file)), queue_(std::move(queue)) {}

Vm::~Vm() { close(); }

VmFile& Vm::file() {
  if (!file_) throw StateError("the VM is closed");
  return *file_;
}

int Vm::checkExtension(unsigned long capability) {
  return RASVM_IOCTL(file(), KVM_CHECK_EXTENSION, reinterpret_cast<void*>(capability));
}

void Vm::enableCap(uint32_t capability, const std::vector<uint64_t>& arguments) {
  kvm_enable_cap argument = {};
  argument.cap = capability;
  if (arguments.size() > std::size(argument.args)) throw RangeError("KVM_ENABLE_CAP takes 4 arguments");
  std::copy(arguments.begin(), arguments.end(), argument.args);
  RASVM_IOCTL(file(), KVM_ENABLE_CAP, &argument);
}

void Vm::setMemoryRegion(uint32_t slot, uint32_t flags, uint64_t gpa, uint64_t size,
                         std::shared_ptr<GuestMemory> memory, uint64_t offset) {
  kvm_userspace_memory_region region = {};
  region.slot = slot;
  region.flags = flags;
  region.guest_phys_addr = gpa;
  region.memory_size = size;
  region.userspace_addr = reinterpret_cast<uint64_t>(memory->at(offset, size));
  RASVM_IOCTL(file(), KVM_SET_USER_MEMORY_REGION, &region);
  if (size == 0) {
    slots_.erase(slot);
  } else {
    slots_[slot] = std::move(memory);
  }
}

std::shared_ptr<KvmDevice> Vm::createDevice(uint32_t type) {
  auto device = std::make_shared<KvmDevice>(file().createDevice(type));
  devices_.push_back(device);
  return device;
}

bool Vm::hasDevice(uint32_t type) {
  kvm_create_device argument = {};
  argument.type = type;
  argument.flags = KVM_CREATE_DEVICE_TEST;
  return file().ioctl(KVM_CREATE_DEVICE, &argument) == 0;
}

void Vm::irqLine(uint32_t irq, bool level) {
  const int result = setIrqLine(file(), irq, level);
  if (result < 0) throw SystemError(-result, "KVM_IRQ_LINE");
}

abi::VcpuInit Vm::preferredTarget() {
  abi::VcpuInit init = {};
  file().call(abi::kArmPreferredTarget, "KVM_ARM_PREFERRED_TARGET", &init);
  return init;
}

std::shared_ptr<Vcpu> Vm::createVcpu(unsigned index) {
  if (index >= kNoVcpu) throw RangeError("a vCPU's index is below " + std::to_string(kNoVcpu));
  auto vcpu = std::make_shared<Vcpu>(index, file().createVcpu(index), bus_, queue_);
  vcpus_.push_back(vcpu);
  return vcpu;
}

std::shared_ptr<RegisterBank> Vm::mapRegisters(RegisterBankSpec spec) {
  file();
  // Not the file itself: a bank that JavaScript holds on to must not keep the VM open.
  const auto line = [weak = std::weak_ptr<VmFile>(file_)](uint32_t irq, bool level) {
    const auto file = weak.lock();
    return file ? setIrqLine(*file, irq, level) : 0;
  };
  auto bank = std::make_shared<RegisterBank>(std::move(spec), line);
  bus_->add(bank);
  return bank;
}

void Vm::unmapRegisters(const RegisterBank* bank) { bus_->remove(bank); }

void Vm::close() {
  for (const auto& vcpu : vcpus_) vcpu->close();
  vcpus_.clear();
  for (const auto& weak : devices_) {
    if (const auto device = weak.lock()) device->close();
  }
  devices_.clear();
  file_.reset();
  slots_.clear();
}

}  // namespace rasvm
