// An in-kernel device (KVM_CREATE_DEVICE) and the attributes that VMs have too.
#pragma once

#include <memory>

#include "kvm/kernel_file.h"

namespace rasvm {

// Documentation/virt/kvm/api.rst, KVM_SET_DEVICE_ATTR
bool hasDeviceAttr(KernelFile& file, uint32_t group, uint64_t attr);
void setDeviceAttr(KernelFile& file, uint32_t group, uint64_t attr, const void* data);
void getDeviceAttr(KernelFile& file, uint32_t group, uint64_t attr, void* data);

class KvmDevice {
 public:
  explicit KvmDevice(std::unique_ptr<KernelFile> file) : file_(std::move(file)) {}

  // StateError when closed.
  KernelFile& file() {
    if (!file_) throw StateError("the device is closed");
    return *file_;
  }
  void close() { file_.reset(); }

 private:
  std::unique_ptr<KernelFile> file_;
};

}  // namespace rasvm
