#include "kvm/kvm.h"

#include <fcntl.h>

namespace rasvm {
namespace {

class KvmVcpuFile : public KvmFile<VcpuFile> {
 public:
  KvmVcpuFile(Fd fd, size_t size) : KvmFile(std::move(fd)), size_(size) {
    void* run = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
    if (run == MAP_FAILED) throw SystemError(errno, "mmap");
    run_ = static_cast<abi::Run*>(run);
  }
  ~KvmVcpuFile() override { munmap(run_, size_); }
  abi::Run* run() noexcept override { return run_; }

 private:
  const size_t size_;
  abi::Run* run_;
};

class KvmVmFile : public KvmFile<VmFile> {
 public:
  KvmVmFile(Fd fd, size_t runSize) : KvmFile(std::move(fd)), runSize_(runSize) {}
  std::unique_ptr<VcpuFile> createVcpu(unsigned index) override {
    const auto argument = reinterpret_cast<void*>(static_cast<uintptr_t>(index));
    return std::make_unique<KvmVcpuFile>(Fd(RASVM_IOCTL(*this, KVM_CREATE_VCPU, argument)), runSize_);
  }
  std::unique_ptr<KernelFile> createDevice(uint32_t type) override {
    kvm_create_device argument = {};
    argument.type = type;
    RASVM_IOCTL(*this, KVM_CREATE_DEVICE, &argument);
    return std::make_unique<KvmFile<KernelFile>>(Fd(static_cast<int>(argument.fd)));
  }

 private:
  const size_t runSize_;
};

}  // namespace

Kvm::Kvm(const std::string& path) : file_(Fd(check(open(path.c_str(), O_RDWR | O_CLOEXEC), "open"))) {}

int Kvm::apiVersion() { return RASVM_IOCTL(file_, KVM_GET_API_VERSION, nullptr); }

int Kvm::checkExtension(unsigned long capability) {
  return RASVM_IOCTL(file_, KVM_CHECK_EXTENSION, reinterpret_cast<void*>(capability));
}

std::unique_ptr<VmFile> Kvm::createVm(unsigned long type) {
  const int size = RASVM_IOCTL(file_, KVM_GET_VCPU_MMAP_SIZE, nullptr);
  // Registering the MMU notifier gives up when a signal is pending, whichever it is.
  int vm;
  do {
    vm = file_.ioctl(KVM_CREATE_VM, reinterpret_cast<void*>(type));
  } while (vm == -EINTR);
  if (vm < 0) throw SystemError(-vm, "KVM_CREATE_VM");
  Fd fd(vm);
  return std::make_unique<KvmVmFile>(std::move(fd), static_cast<size_t>(size));
}

}  // namespace rasvm
