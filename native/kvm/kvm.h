// /dev/kvm.
#pragma once

#include <memory>
#include <string>

#include "kvm/kernel_file.h"

namespace rasvm {

// Any of KVM's descriptors.
template <typename Interface>
class KvmFile : public Interface {
 public:
  explicit KvmFile(Fd fd) : fd_(std::move(fd)) {}
  int ioctl(unsigned long request, void* argument) noexcept override {
    const int result = ::ioctl(fd_.get(), request, argument);
    return result == -1 ? -errno : result;
  }

 protected:
  const Fd fd_;
};

class Kvm {
 public:
  explicit Kvm(const std::string& path);

  int apiVersion();
  int checkExtension(unsigned long capability);
  std::unique_ptr<VmFile> createVm(unsigned long type);

 private:
  KvmFile<KernelFile> file_;
};

}  // namespace rasvm
