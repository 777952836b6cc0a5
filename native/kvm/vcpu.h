// A vCPU and its thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "bus/bus.h"
#include "bus/event_queue.h"
#include "kvm/kernel_file.h"
#include "sigbus/vcpu_queue.h"

namespace rasvm {

class Vcpu {
 public:
  Vcpu(unsigned index, std::unique_ptr<VcpuFile> file, std::shared_ptr<Bus> bus,
       std::shared_ptr<EventQueue> queue);
  ~Vcpu();

  unsigned index() const { return index_; }
  // In KVM_RUN or on its way there.
  bool running();

  // For a vCPU that does not run (StateError otherwise).
  void init(const abi::VcpuInit& init);
  void setAttr(uint32_t group, uint64_t attr, const void* data);
  // `count` registers, until one fails (SystemError).
  void getRegs(const uint64_t* ids, uint64_t* values, size_t count);
  void setReg(uint64_t id, uint64_t value);
  std::vector<uint64_t> regList();
  uint32_t getMpState();
  abi::VcpuEvents getEvents();
  void setEvents(const abi::VcpuEvents& events);

  void start();
  // Answer the event that the vCPU waits for: a value for MmioRead, resume for all others.
  void complete(uint64_t value);
  void resume();
  // The vCPU leaves KVM_RUN, finishes what it asks of JavaScript, then waits with a Paused event.
  void pause();
  // Ends the thread, whatever it waits for. Registers can be read still.
  void stop();
  // And closes the descriptor.
  void close();

 private:
  enum class State { Created, Running, WaitsForValue, WaitsForResume, Paused, Stopped, Closed };

  std::unique_lock<std::mutex> parked();
  void kick();

  // The thread's own.
  void loop();
  int enter();
  void takeSignals();
  void handleExit();
  void handleMmio();
  void handleFailure(int error);
  // Queues the event and waits for its answer; false if the vCPU is stopped instead.
  bool ask(const Event& event, State waiting = State::WaitsForResume);
  Event event(EventKind kind, uint64_t a, uint64_t b, uint64_t c = 0, uint64_t d = 0) const;

  const unsigned index_;
  std::unique_ptr<VcpuFile> file_;
  abi::Run* const run_;
  const std::shared_ptr<Bus> bus_;
  const std::shared_ptr<EventQueue> queue_;
  VcpuQueue signals_;
  std::thread thread_;

  std::mutex mutex_;
  std::condition_variable answer_;
  State state_ = State::Created;
  uint64_t value_ = 0;
  // The thread's own: when KVM_RUN began to fail with EFAULT, 0 if it does not.
  uint64_t faultingSince_ = 0;
  std::atomic<bool> stop_{false}, pause_{false};
  // The thread has asked, and has not gone on yet.
  std::atomic<bool> waits_{false};
};

}  // namespace rasvm
