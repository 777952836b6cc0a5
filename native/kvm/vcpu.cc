#include "kvm/vcpu.h"

#include <pthread.h>
#include <sched.h>

#include <chrono>
#include <cstring>
#include <string>

#include "kvm/device.h"
#include "sigbus/handler.h"
#include "util/clock.h"
#include "util/signals.h"

namespace rasvm {
namespace {

// Far longer than that takes, also where the host is emulated.
constexpr uint64_t kFaultPatienceNs = 1'000'000'000;
constexpr int kYields = 16;

// Makes KVM_RUN return EINTR; its handler has nothing to do.
int kickSignal() { return SIGRTMIN + 1; }

void installKick() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action = {};
    action.sa_handler = [](int) {};
    check(sigaction(kickSignal(), &action, nullptr), "sigaction");
  });
}

kvm_one_reg oneReg(uint64_t id, uint64_t* value) {
  if (abi::registerSize(id) > sizeof *value) throw RangeError("a register of more than 64 bits");
  return {id, reinterpret_cast<uint64_t>(value)};
}

void allowSignals() {
  sigset_t mine;
  sigemptyset(&mine);
  sigaddset(&mine, SIGBUS);  // blocked, KVM_RUN would spin on a poisoned page
  sigaddset(&mine, kickSignal());
  pthread_sigmask(SIG_UNBLOCK, &mine, nullptr);
}

}  // namespace

Vcpu::Vcpu(unsigned index, std::unique_ptr<VcpuFile> file, std::shared_ptr<Bus> bus,
           std::shared_ptr<EventQueue> queue)
    : index_(index),
      file_(std::move(file)),
      run_(file_->run()),
      bus_(std::move(bus)),
      queue_(std::move(queue)),
      signals_(&run_->immediate_exit) {}

Vcpu::~Vcpu() { close(); }

std::unique_lock<std::mutex> Vcpu::parked() {
  std::unique_lock lock(mutex_);
  if (state_ == State::Closed) throw StateError("vCPU " + std::to_string(index_) + " is closed");
  if (state_ == State::Running) {
    throw StateError("vCPU " + std::to_string(index_) + " runs: pause it to reach its registers");
  }
  return lock;
}

bool Vcpu::running() {
  std::lock_guard lock(mutex_);
  return state_ == State::Running;
}

void Vcpu::init(const abi::VcpuInit& init) {
  const auto lock = parked();
  abi::VcpuInit argument = init;
  file_->call(abi::kArmVcpuInit, "KVM_ARM_VCPU_INIT", &argument);
}

void Vcpu::setAttr(uint32_t group, uint64_t attr, const void* data) {
  const auto lock = parked();
  setDeviceAttr(*file_, group, attr, data);
}

void Vcpu::getRegs(const uint64_t* ids, uint64_t* values, size_t count) {
  const auto lock = parked();
  for (size_t i = 0; i < count; ++i) {
    values[i] = 0;
    kvm_one_reg argument = oneReg(ids[i], &values[i]);
    RASVM_IOCTL(*file_, KVM_GET_ONE_REG, &argument);
  }
}

void Vcpu::setReg(uint64_t id, uint64_t value) {
  const auto lock = parked();
  kvm_one_reg argument = oneReg(id, &value);
  RASVM_IOCTL(*file_, KVM_SET_ONE_REG, &argument);
}

std::vector<uint64_t> Vcpu::regList() {
  const auto lock = parked();
  // struct kvm_reg_list: n, then n ids. The first call, without room, only fills in n.
  std::vector<uint64_t> list(1, 0);
  const int result = file_->ioctl(KVM_GET_REG_LIST, list.data());
  if (result < 0 && result != -E2BIG) throw SystemError(-result, "KVM_GET_REG_LIST");
  list.resize(1 + list[0]);
  RASVM_IOCTL(*file_, KVM_GET_REG_LIST, list.data());
  list.erase(list.begin());
  return list;
}

uint32_t Vcpu::getMpState() {
  const auto lock = parked();
  kvm_mp_state state = {};
  RASVM_IOCTL(*file_, KVM_GET_MP_STATE, &state);
  return state.mp_state;
}

abi::VcpuEvents Vcpu::getEvents() {
  const auto lock = parked();
  abi::VcpuEvents events = {};
  file_->call(abi::kGetVcpuEvents, "KVM_GET_VCPU_EVENTS", &events);
  return events;
}

void Vcpu::setEvents(const abi::VcpuEvents& events) {
  const auto lock = parked();
  abi::VcpuEvents argument = events;
  file_->call(abi::kSetVcpuEvents, "KVM_SET_VCPU_EVENTS", &argument);
}

void Vcpu::start() {
  std::lock_guard lock(mutex_);
  if (state_ != State::Created) {
    throw StateError("vCPU " + std::to_string(index_) + " was started or closed before");
  }
  sigbus::install();
  installKick();
  const BlockedSignals blocked;  // the thread unblocks its two
  thread_ = std::thread(&Vcpu::loop, this);
  state_ = State::Running;
}

void Vcpu::complete(uint64_t value) {
  {
    std::lock_guard lock(mutex_);
    if (state_ != State::WaitsForValue) {
      throw StateError("vCPU " + std::to_string(index_) + " does not wait for a value");
    }
    value_ = value;
    state_ = State::Running;
  }
  answer_.notify_one();  // without the lock, which it would wake up to wait for
}

void Vcpu::resume() {
  {
    std::lock_guard lock(mutex_);
    if (state_ != State::WaitsForResume && state_ != State::Paused) {
      throw StateError("vCPU " + std::to_string(index_) + " does not wait to be resumed");
    }
    state_ = State::Running;
  }
  answer_.notify_one();
  // The guest first, where both have one CPU: what the caller has left to do can wait. A vCPU that has had more than its
  // share is not eligible at once (kernel/sched/fair.c: pick_eevdf).
  for (int i = 0; i < kYields && waits_; i++) sched_yield();
}

void Vcpu::pause() {
  std::lock_guard lock(mutex_);
  switch (state_) {
    case State::Created:
    case State::Stopped:
    case State::Closed:
      throw StateError("vCPU " + std::to_string(index_) + " has no running thread to pause");
    case State::Paused:
      return;
    default:
      pause_ = true;
      kick();
  }
}

void Vcpu::stop() {
  {
    std::lock_guard lock(mutex_);
    if (state_ == State::Stopped || state_ == State::Closed) return;
    stop_ = true;
    if (thread_.joinable()) kick();
    answer_.notify_one();
  }
  if (thread_.joinable()) {
    queue_->poke();
    thread_.join();
  }
  std::lock_guard lock(mutex_);
  state_ = State::Stopped;
}

void Vcpu::close() {
  stop();
  std::lock_guard lock(mutex_);
  state_ = State::Closed;
  file_.reset();
}

// The request (stop_, pause_) is stored before immediate_exit is set, and enter() clears immediate_exit
// before it looks at the requests: none is missed, whichever comes first.
void Vcpu::kick() {
  __atomic_store_n(&run_->immediate_exit, 1, __ATOMIC_SEQ_CST);
  pthread_kill(thread_.native_handle(), kickSignal());
}

void Vcpu::loop() {
  allowSignals();
  pthread_setname_np(pthread_self(), ("vcpu" + std::to_string(index_)).c_str());
  while (!stop_) {
    const int result = enter();
    if (result != -EFAULT) faultingSince_ = 0;
    if (result == 0) {
      handleExit();
    } else if (result == -EINTR) {
      takeSignals();
      // Only here: KVM has then finished the last exit (an MMIO load's register, PC), and the state is whole.
      if (pause_ && !stop_) ask(event(EventKind::Paused, 0, 0), State::Paused);
    } else if (result != -EAGAIN) {
      handleFailure(-result);
    }
  }
}

int Vcpu::enter() {
  sigbus::ThreadState& thread = sigbus::threadState();
  thread.running = &signals_;
  __atomic_store_n(&run_->immediate_exit, 0, __ATOMIC_SEQ_CST);
  signals_.reopen();
  if (stop_ || pause_ || !signals_.empty()) __atomic_store_n(&run_->immediate_exit, 1, __ATOMIC_SEQ_CST);
  const int result = file_->ioctl(KVM_RUN, nullptr);
  thread.running = nullptr;
  return result;
}

// Each error by itself: JavaScript answers one before it hears of the next. One that is not handled the
// kernel raises again when the guest touches the page, but only for as long as none is dropped here in
// silence.
void Vcpu::takeSignals() {
  while (!stop_) {
    const std::optional<SigbusRecord> record = signals_.take();
    if (!record) return;
    if (record->code == BUS_MCEERR_AR) {
      ask(record->event(static_cast<uint16_t>(index_)));
    } else {
      queue_->pushNow(record->event(kNoVcpu));
    }
  }
}

void Vcpu::handleExit() {
  switch (run_->exit_reason) {
    case abi::kExitMmio:
      return handleMmio();
    case abi::kExitIntr:
      return;
    case abi::kExitSystemEvent:
      ask(event(EventKind::SystemEvent, run_->system_event.type, run_->system_event.data[0]));
      return;
    case abi::kExitHypercall:
      ask(event(EventKind::Hypercall, run_->hypercall.nr, run_->hypercall.flags));
      return;
    case abi::kExitArmSea:
      ask(event(EventKind::ArmSea, run_->arm_sea.gpa, run_->arm_sea.esr, run_->arm_sea.gva,
                run_->arm_sea.flags));
      return;
    case abi::kExitArmNisv:
      ask(event(EventKind::ArmNisv, run_->arm_nisv.fault_ipa, run_->arm_nisv.esr_iss));
      return;
    default:
      ask(event(EventKind::OtherExit, run_->exit_reason, run_->words[0], run_->words[1]));
  }
}

void Vcpu::handleMmio() {
  auto& mmio = run_->mmio;
  const uint32_t size = mmio.len;
  Event event = this->event(EventKind::MmioWrite, mmio.phys_addr, 0);
  event.size = static_cast<uint8_t>(size);
  uint64_t value = 0;
  if (mmio.is_write) {
    std::memcpy(&value, mmio.data, size);
    event.b = value;
    uint8_t hold = 0;
    switch (bus_->write(mmio.phys_addr, size, value, &hold)) {
      case RegisterBank::Outcome::Done:
        return;
      case RegisterBank::Outcome::Post:
        event.kind = EventKind::PostedWrite;
        queue_->push(event, stop_, hold);
        return;
      case RegisterBank::Outcome::Wait:
        ask(event);
        return;
    }
  }
  const auto outcome = bus_->read(mmio.phys_addr, size, &value, &event.b, &event.a);
  if (outcome == RegisterBank::Outcome::Wait) {
    event = this->event(EventKind::MmioRead, mmio.phys_addr, 0);
    event.size = static_cast<uint8_t>(size);
    if (!ask(event, State::WaitsForValue)) return;
    value = value_;
  }
  std::memcpy(mmio.data, &value, size);
  if (outcome == RegisterBank::Outcome::Post) {
    event.kind = EventKind::PostedWrite;
    queue_->push(event, stop_);
  }
}

// A page that is being registered for UFFDIO_POISON is for a moment one that KVM cannot fault in: a user-mode-only
// userfaultfd does not serve the kernel's faults. It ends by itself, in the page or in a SIGBUS.
void Vcpu::handleFailure(int error) {
  if (error == EFAULT) {
    const uint64_t now = monotonicNs();
    if (faultingSince_ == 0) faultingSince_ = now;
    if (now - faultingSince_ < kFaultPatienceNs) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      return;
    }
  }
  ask(event(EventKind::RunFailed, static_cast<uint64_t>(error), run_->exit_reason, run_->words[0],
            run_->words[1]));
}

bool Vcpu::ask(const Event& event, State waiting) {
  {
    std::lock_guard lock(mutex_);
    state_ = waiting;
    waits_ = true;
    if (waiting == State::Paused) pause_ = false;
  }
  if (event.kind == EventKind::MemoryError) {
    queue_->pushNow(event);
  } else if (!queue_->push(event, stop_)) {
    // A closed queue: nobody will answer, and stop() is all that is left.
  }
  std::unique_lock lock(mutex_);
  answer_.wait(lock, [this] { return stop_ || state_ == State::Running; });
  waits_ = false;
  return state_ == State::Running;
}

Event Vcpu::event(EventKind kind, uint64_t a, uint64_t b, uint64_t c, uint64_t d) const {
  return {kind, 0, static_cast<uint16_t>(index_), a, b, c, d};
}

}  // namespace rasvm
