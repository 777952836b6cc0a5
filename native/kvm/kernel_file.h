// A file whose ioctls make a VM or vCPU: KVM's own, or a script that plays KVM in tests.
#pragma once

#include <sys/ioctl.h>
#include <sys/mman.h>

#include <cerrno>
#include <memory>

#include "kvm/abi.h"
#include "util/error.h"
#include "util/fd.h"

namespace rasvm {

class KernelFile {
 public:
  virtual ~KernelFile() = default;
  // The request's result, or -errno.
  virtual int ioctl(unsigned long request, void* argument) noexcept = 0;

  // The same, and an error is thrown.
  int call(unsigned long request, const char* name, void* argument) {
    const int result = ioctl(request, argument);
    if (result < 0) throw SystemError(-result, name);
    return result;
  }
};

// RASVM_IOCTL(file, KVM_RUN, arg): the request's name goes into the error.
#define RASVM_IOCTL(file, request, argument) (file).call(request, #request, argument)

class VcpuFile : public KernelFile {
 public:
  // The shared structure; lives as long as the file.
  virtual abi::Run* run() noexcept = 0;
};

class VmFile : public KernelFile {
 public:
  virtual std::unique_ptr<VcpuFile> createVcpu(unsigned index) = 0;
  virtual std::unique_ptr<KernelFile> createDevice(uint32_t type) = 0;
};

}  // namespace rasvm
