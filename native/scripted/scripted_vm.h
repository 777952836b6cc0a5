// A VM without KVM: each vCPU's KVM_RUN plays a script; its registers are a map, its devices take everything.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <vector>

#include "kvm/kernel_file.h"
#include "sigbus/record.h"

namespace rasvm::scripted {

struct Step {
  std::vector<uint8_t> run;          // struct kvm_run from exit_reason; KVM_RUN then gives 0
  int error = 0;                     // else KVM_RUN fails with this errno
  std::vector<SigbusRecord> sigbus;  // after its thread has sent itself these, one after the other
};

struct IrqLevel {
  uint32_t irq;
  bool level;
};

// What outlives a vCPU's file, since the test looks at it.
struct VcpuScript {
  VcpuScript();

  std::mutex mutex;
  std::deque<Step> steps;
  Fd ready;  // eventfd semaphore: one count a step
  uint64_t mmioData = 0;
};

class ScriptedVm : public VmFile {
 public:
  int ioctl(unsigned long request, void* argument) noexcept override;
  std::unique_ptr<VcpuFile> createVcpu(unsigned index) override;
  std::unique_ptr<KernelFile> createDevice(uint32_t type) override;

  void play(unsigned vcpu, Step step);
  uint64_t lastMmioData(unsigned vcpu);
  std::vector<IrqLevel> takeIrqLines();

 private:
  VcpuScript& script(unsigned vcpu);

  std::mutex mutex_;
  std::map<unsigned, std::shared_ptr<VcpuScript>> scripts_;
  std::vector<IrqLevel> irqLines_;
};

// rt_tgsigqueueinfo(2) of a SIGBUS to the calling thread: the kernel lets no other have an si_code like its
// own.
void raiseSigbus(int code, uint64_t address, uint32_t lsb);

}  // namespace rasvm::scripted
