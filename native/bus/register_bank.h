// The registers of one device, as far as they need no JavaScript: shadows, write effects, a level interrupt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace rasvm {

enum class ReadPolicy { Shadow, Take, Wait };
enum class WritePolicy { Ignore, Post, Silent, Wait };
enum class EffectOp { Store, Clear, Raise, Lower };

// A bit of `mask` is set in the register at offset `target`.
struct RegisterCondition {
  uint32_t target;
  uint64_t mask;
};

struct RegisterEffect {
  EffectOp op;
  uint32_t target;  // offset
  uint64_t mask;
  std::optional<RegisterCondition> unless;
};

struct RegisterSpec {
  uint32_t offset;
  uint32_t size;  // bytes
  uint64_t value;
  ReadPolicy read;
  WritePolicy write;
  uint8_t hold;  // of a posted write that can wait, 0 otherwise: see EventQueue::hold
  std::vector<RegisterEffect> effects;
};

struct RegisterBankSpec {
  struct Interrupt {
    uint32_t irq, status, mask;  // status and mask are offsets
  };
  uint64_t base, size;
  std::vector<RegisterSpec> registers;
  std::optional<Interrupt> interrupt;
  std::optional<uint32_t> queueTold;    // offset of the post that tells of a low queue
  std::optional<uint32_t> queueStatus;  // offset of the register with the status of what was taken last
};

// Bits of a shadow that are set if and only if `least` bytes or more wait; inverted: fewer.
struct QueueFlag {
  uint32_t target;  // offset
  uint64_t mask;
  size_t least;
  bool inverted;
};

struct QueueState {
  size_t depth = 0;
  std::vector<QueueFlag> flags;
  size_t low = 0;  // when a load leaves so many, that is told
};

// What a bank holds.
struct BankState {
  struct Shadow {
    uint32_t offset;
    uint64_t value;
  };
  std::vector<Shadow> shadows;  // by offset
  std::deque<uint16_t> queue;   // status << 8 | byte
};

class RegisterBank {
 public:
  // Sets a line; 0 or -errno.
  using IrqLine = std::function<int(uint32_t irq, bool level)>;

  // RangeError if registers overlap, stand outside the bank, or an effect or the interrupt names none.
  RegisterBank(RegisterBankSpec spec, IrqLine irqLine);

  uint64_t base() const { return base_; }
  uint64_t end() const { return base_ + size_; }

  // What a guest's access still needs after the bank has done its part.
  enum class Outcome { Done, Post, Wait };
  // `offset` from the base. Accesses that match no register are Wait. After Post the queue is low: what is to be posted
  // is *told, the number left, at toldGpa().
  Outcome read(uint64_t offset, uint32_t size, uint64_t* value, uint64_t* told);
  // *hold of what is to be posted: see EventQueue::push.
  Outcome write(uint64_t offset, uint32_t size, uint64_t value, uint8_t* hold);

  // RangeError if no register has this offset; update() throws SystemError if the line cannot be set.
  uint64_t get(uint64_t offset);
  uint64_t update(uint64_t offset, uint64_t clear, uint64_t set);

  uint64_t toldGpa() const { return base_ + told_; }
  // Appends what there is room for, each byte with `status`; gives how many bytes that is. RangeError and SystemError as
  // for update().
  size_t supply(const uint8_t* bytes, size_t count, const QueueState& state, uint8_t status);
  void drop();

  BankState save();
  // RangeError unless it is of exactly these registers; SystemError as for update(). The queue is shown from the
  // next supply() on.
  void load(BankState state);

 private:
  struct Effect {
    EffectOp op;
    size_t target;  // index
    uint64_t mask;
    size_t unless;  // index
    uint64_t unlessMask;  // 0: always
  };
  struct Register {
    uint32_t offset, size;
    ReadPolicy read;
    WritePolicy write;
    uint8_t hold;
    uint64_t shadow;
    std::vector<Effect> effects;
  };
  struct Interrupt {
    uint32_t irq;
    size_t status, mask;  // indices
  };

  Register* match(uint64_t offset, uint32_t size);
  size_t indexOf(uint64_t offset) const;
  void showQueue();
  // 0 or -errno; a line that could not be set is tried again at the next change.
  int followInterrupt();

  const uint64_t base_, size_;
  const IrqLine irqLine_;
  std::vector<Register> registers_;  // by offset
  std::optional<Interrupt> interrupt_;
  uint32_t told_ = 0;
  std::optional<size_t> status_;  // index
  std::deque<uint16_t> queue_;    // status << 8 | byte
  QueueState state_;
  std::vector<size_t> flagTargets_;  // indices, as state_.flags
  bool level_ = false;
  // Held over the effects and the interrupt line, so that update() cannot come between.
  std::mutex mutex_;
};

}  // namespace rasvm
