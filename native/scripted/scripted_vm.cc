#include "scripted/scripted_vm.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

#include <algorithm>
#include <csignal>
#include <cstring>

namespace rasvm::scripted {
namespace {

// ESR_EL1 of an SError: its ISS, and the bit that says that this is implementation defined.
constexpr uint64_t kIssMask = 0x1ffffff;
constexpr uint64_t kIds = 0x1000000;

// arch/arm64/include/uapi/asm/kvm.h: KVM_ARM_TARGET_GENERIC_V8, and the id of MPIDR_EL1.
constexpr uint32_t kGenericV8 = 5;
constexpr uint64_t kMpidrEl1 = 0x6030'0000'0013'c005;

// As KVM numbers its vCPUs: 16 in a cluster (arch/arm64/kvm/sys_regs.c, reset_mpidr).
uint64_t mpidrOf(unsigned index) { return 1ull << 31 | (index >> 4) << 8 | (index & 0xf); }

// Takes every attribute, and does nothing.
class ScriptedDevice : public KernelFile {
 public:
  int ioctl(unsigned long request, void*) noexcept override {
    const bool known = request == KVM_SET_DEVICE_ATTR || request == KVM_GET_DEVICE_ATTR ||
                       request == KVM_HAS_DEVICE_ATTR;
    return known ? 0 : -ENOTTY;
  }
};

class ScriptedVcpu : public VcpuFile {
 public:
  ScriptedVcpu(unsigned index, std::shared_ptr<VcpuScript> script)
      : index_(index), script_(std::move(script)) {}

  abi::Run* run() noexcept override { return &run_; }

  int ioctl(unsigned long request, void* argument) noexcept override {
    switch (request) {
      case KVM_RUN:
        return enter();
      case KVM_GET_ONE_REG:
      case KVM_SET_ONE_REG:
        return oneReg(request == KVM_SET_ONE_REG, *static_cast<kvm_one_reg*>(argument));
      case KVM_GET_REG_LIST:
        return regList(static_cast<uint64_t*>(argument));
      case abi::kArmVcpuInit:
        initialized_ = true;
        registers_[kMpidrEl1] = mpidrOf(index_);
        return 0;
      case KVM_SET_DEVICE_ATTR:
        return 0;
      case KVM_GET_MP_STATE:
        static_cast<kvm_mp_state*>(argument)->mp_state = KVM_MP_STATE_RUNNABLE;
        return 0;
      case abi::kGetVcpuEvents:
        *static_cast<abi::VcpuEvents*>(argument) = events_;
        return 0;
      case abi::kSetVcpuEvents:
        return setEvents(*static_cast<abi::VcpuEvents*>(argument));
      default:
        return -ENOTTY;
    }
  }

 private:
  int enter() {
    if (run_.exit_reason == abi::kExitMmio && !run_.mmio.is_write) {
      std::lock_guard lock(script_->mutex);
      script_->mmioData = 0;
      std::memcpy(&script_->mmioData, run_.mmio.data, run_.mmio.len);
    }
    run_.exit_reason = abi::kExitIntr;
    // As in the kernel, no signal can come between the look at immediate_exit and the wait.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int result = play(before);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return result;
  }

  int play(sigset_t& mask) {
    if (__atomic_load_n(&run_.immediate_exit, __ATOMIC_SEQ_CST)) return -EINTR;
    pollfd fd = {script_->ready.get(), POLLIN, 0};
    if (ppoll(&fd, 1, nullptr, &mask) < 0) return -errno;
    eventfd_t count;
    eventfd_read(script_->ready.get(), &count);
    Step step;
    {
      std::lock_guard lock(script_->mutex);
      step = std::move(script_->steps.front());
      script_->steps.pop_front();
    }
    for (const SigbusRecord& sigbus : step.sigbus) {
      raiseSigbus(sigbus.code, sigbus.address, sigbus.lsb);
      // Pending signals of a kind merge: each is delivered before the next is sent. The handler may change
      // the mask that it returns to, and that is then the thread's.
      sigset_t blocked;
      pthread_sigmask(SIG_SETMASK, &mask, &blocked);
      pthread_sigmask(SIG_SETMASK, &blocked, &mask);
    }
    if (step.error) return -step.error;
    std::memcpy(&run_.exit_reason, step.run.data(),
                std::min(step.run.size(), sizeof run_ - offsetof(abi::Run, exit_reason)));
    return 0;
  }

  int oneReg(bool set, const kvm_one_reg& reg) {
    void* value = reinterpret_cast<void*>(reg.addr);
    const unsigned size = abi::registerSize(reg.id);
    if (set) {
      registers_[reg.id] = 0;
      std::memcpy(&registers_[reg.id], value, size);
      return 0;
    }
    const auto found = registers_.find(reg.id);
    if (found == registers_.end() && !initialized_) return -ENOENT;
    const uint64_t content = found == registers_.end() ? 0 : found->second;
    std::memcpy(value, &content, size);
    return 0;
  }

  // As KVM of Linux up to 6.16 on a CPU with the RAS extension: what is pending stays so, and the last syndrome wins.
  int setEvents(const abi::VcpuEvents& events) {
    if (!events.serror_pending) return 0;
    if (events.serror_has_esr && events.serror_esr > kIssMask) return -EINVAL;
    events_.serror_pending = 1;
    events_.serror_has_esr = 1;
    events_.serror_esr = events.serror_has_esr ? events.serror_esr : kIds;
    return 0;
  }

  int regList(uint64_t* list) {
    const bool room = list[0] >= registers_.size();
    list[0] = registers_.size();
    if (!room) return -E2BIG;
    for (const auto& [id, value] : registers_) *++list = id;
    return 0;
  }

  const unsigned index_;
  const std::shared_ptr<VcpuScript> script_;
  bool initialized_ = false;  // every register is there then, and zero
  abi::Run run_ = {};
  abi::VcpuEvents events_ = {};
  std::map<uint64_t, uint64_t> registers_;
};

}  // namespace

VcpuScript::VcpuScript() : ready(check(eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE), "eventfd")) {}

int ScriptedVm::ioctl(unsigned long request, void* argument) noexcept {
  switch (request) {
    case KVM_CHECK_EXTENSION:
    case KVM_ENABLE_CAP:
    case KVM_SET_USER_MEMORY_REGION:
    case KVM_CREATE_DEVICE:  // asked with KVM_CREATE_DEVICE_TEST
    case KVM_SET_DEVICE_ATTR:
      return 0;
    case abi::kArmPreferredTarget:
      *static_cast<abi::VcpuInit*>(argument) = {kGenericV8, {}};
      return 0;
    case KVM_IRQ_LINE: {
      const auto* level = static_cast<kvm_irq_level*>(argument);
      std::lock_guard lock(mutex_);
      irqLines_.push_back({level->irq, level->level != 0});
      return 0;
    }
    default:
      return -ENOTTY;
  }
}

std::unique_ptr<KernelFile> ScriptedVm::createDevice(uint32_t) { return std::make_unique<ScriptedDevice>(); }

std::unique_ptr<VcpuFile> ScriptedVm::createVcpu(unsigned index) {
  std::lock_guard lock(mutex_);
  const auto script = std::make_shared<VcpuScript>();
  if (!scripts_.emplace(index, script).second) throw SystemError(EEXIST, "KVM_CREATE_VCPU");
  return std::make_unique<ScriptedVcpu>(index, script);
}

void ScriptedVm::play(unsigned vcpu, Step step) {
  VcpuScript& script = this->script(vcpu);
  {
    std::lock_guard lock(script.mutex);
    script.steps.push_back(std::move(step));
  }
  eventfd_write(script.ready.get(), 1);
}

uint64_t ScriptedVm::lastMmioData(unsigned vcpu) {
  VcpuScript& script = this->script(vcpu);
  std::lock_guard lock(script.mutex);
  return script.mmioData;
}

std::vector<IrqLevel> ScriptedVm::takeIrqLines() {
  std::lock_guard lock(mutex_);
  return std::exchange(irqLines_, {});
}

VcpuScript& ScriptedVm::script(unsigned vcpu) {
  std::lock_guard lock(mutex_);
  const auto found = scripts_.find(vcpu);
  if (found == scripts_.end()) throw RangeError("no such vCPU");
  return *found->second;
}

void raiseSigbus(int code, uint64_t address, uint32_t lsb) {
  siginfo_t info = {};
  info.si_signo = SIGBUS;
  info.si_code = code;
  info.si_addr = reinterpret_cast<void*>(address);
  info.si_addr_lsb = static_cast<short>(lsb);
  const auto tid = static_cast<pid_t>(syscall(SYS_gettid));
  check(syscall(SYS_rt_tgsigqueueinfo, getpid(), tid, SIGBUS, &info), "rt_tgsigqueueinfo");
}

}  // namespace rasvm::scripted
