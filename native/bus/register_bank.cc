#include "bus/register_bank.h"

#include <algorithm>
#include <string>

#include "util/error.h"

namespace rasvm {
namespace {

uint64_t widthMask(uint32_t size) { return size >= 8 ? ~0ull : (1ull << (size * 8)) - 1; }

}  // namespace

RegisterBank::RegisterBank(RegisterBankSpec spec, IrqLine irqLine)
    : base_(spec.base), size_(spec.size), irqLine_(std::move(irqLine)) {
  std::sort(spec.registers.begin(), spec.registers.end(),
            [](const RegisterSpec& a, const RegisterSpec& b) { return a.offset < b.offset; });
  uint64_t free = 0;
  for (const RegisterSpec& from : spec.registers) {
    if (from.offset < free || static_cast<uint64_t>(from.offset) + from.size > size_) {
      throw RangeError("register at offset " + std::to_string(from.offset) +
                       " overlaps another one or stands outside the bank");
    }
    free = static_cast<uint64_t>(from.offset) + from.size;
    registers_.push_back(
        {from.offset, from.size, from.read, from.write, from.hold, from.value & widthMask(from.size), {}});
  }
  for (size_t i = 0; i < registers_.size(); ++i) {
    for (const RegisterEffect& effect : spec.registers[i].effects) {
      const RegisterCondition unless = effect.unless.value_or(RegisterCondition{effect.target, 0});
      registers_[i].effects.push_back(
          {effect.op, indexOf(effect.target), effect.mask, indexOf(unless.target), unless.mask});
    }
  }
  if (spec.queueTold) told_ = *spec.queueTold;
  if (spec.queueStatus) status_ = indexOf(*spec.queueStatus);
  if (spec.interrupt) {
    interrupt_ = {spec.interrupt->irq, indexOf(spec.interrupt->status), indexOf(spec.interrupt->mask)};
    if (const int error = followInterrupt()) throw SystemError(-error, "KVM_IRQ_LINE");
  }
}

RegisterBank::Outcome RegisterBank::read(uint64_t offset, uint32_t size, uint64_t* value, uint64_t* told) {
  std::lock_guard lock(mutex_);
  const Register* reg = match(offset, size);
  if (!reg || reg->read == ReadPolicy::Wait) return Outcome::Wait;
  if (reg->read == ReadPolicy::Shadow) {
    *value = reg->shadow & widthMask(size);
    return Outcome::Done;
  }
  if (queue_.empty()) {
    *value = 0;
    return Outcome::Done;
  }
  *value = queue_.front();
  queue_.pop_front();
  if (status_) registers_[*status_].shadow = *value >> 8;
  *value &= widthMask(size);
  showQueue();
  followInterrupt();
  *told = queue_.size();
  return state_.low == queue_.size() ? Outcome::Post : Outcome::Done;
}

RegisterBank::Outcome RegisterBank::write(uint64_t offset, uint32_t size, uint64_t value, uint8_t* hold) {
  std::lock_guard lock(mutex_);
  Register* reg = match(offset, size);
  if (!reg) return Outcome::Wait;
  const uint64_t width = widthMask(size);
  const uint64_t data = value & width;
  for (const Effect& effect : reg->effects) {
    if ((registers_[effect.unless].shadow & effect.unlessMask) != 0) continue;
    Register& target = registers_[effect.target];
    switch (effect.op) {
      case EffectOp::Store: {
        const uint64_t mask = effect.mask & width;  // a narrow store leaves the rest as it is
        target.shadow = (target.shadow & ~mask) | (data & mask);
        break;
      }
      case EffectOp::Clear:
        target.shadow &= ~(data & effect.mask);
        break;
      case EffectOp::Raise:
        target.shadow |= effect.mask;
        break;
      case EffectOp::Lower:
        target.shadow &= ~effect.mask;
        break;
    }
    target.shadow &= widthMask(target.size);
  }
  if (!reg->effects.empty()) followInterrupt();
  switch (reg->write) {
    case WritePolicy::Post:
      *hold = reg->hold;
      return Outcome::Post;
    case WritePolicy::Wait:
      return Outcome::Wait;
    default:
      return Outcome::Done;
  }
}

uint64_t RegisterBank::get(uint64_t offset) {
  std::lock_guard lock(mutex_);
  return registers_[indexOf(offset)].shadow;
}

uint64_t RegisterBank::update(uint64_t offset, uint64_t clear, uint64_t set) {
  std::lock_guard lock(mutex_);
  Register& reg = registers_[indexOf(offset)];
  reg.shadow = ((reg.shadow & ~clear) | set) & widthMask(reg.size);
  if (const int error = followInterrupt()) throw SystemError(-error, "KVM_IRQ_LINE");
  return reg.shadow;
}

size_t RegisterBank::supply(const uint8_t* bytes, size_t count, const QueueState& state, uint8_t status) {
  std::lock_guard lock(mutex_);
  std::vector<size_t> targets;
  for (const QueueFlag& flag : state.flags) targets.push_back(indexOf(flag.target));
  state_ = state;
  flagTargets_ = std::move(targets);
  const size_t room = state.depth > queue_.size() ? state.depth - queue_.size() : 0;
  const size_t taken = std::min(count, room);
  for (size_t i = 0; i < taken; ++i) queue_.push_back(static_cast<uint16_t>(status << 8 | bytes[i]));
  showQueue();
  if (const int error = followInterrupt()) throw SystemError(-error, "KVM_IRQ_LINE");
  return taken;
}

void RegisterBank::drop() {
  std::lock_guard lock(mutex_);
  queue_.clear();
}

BankState RegisterBank::save() {
  std::lock_guard lock(mutex_);
  BankState state;
  for (const Register& reg : registers_) state.shadows.push_back({reg.offset, reg.shadow});
  state.queue = queue_;
  return state;
}

void RegisterBank::load(BankState state) {
  std::lock_guard lock(mutex_);
  std::vector<std::optional<uint64_t>> shadows(registers_.size());
  for (const BankState::Shadow& shadow : state.shadows) shadows[indexOf(shadow.offset)] = shadow.value;
  for (size_t i = 0; i < registers_.size(); ++i) {
    if (!shadows[i]) {
      throw RangeError("no value for the register at offset " + std::to_string(registers_[i].offset));
    }
  }
  for (size_t i = 0; i < registers_.size(); ++i) {
    registers_[i].shadow = *shadows[i] & widthMask(registers_[i].size);
  }
  queue_ = std::move(state.queue);
  state_ = {};
  flagTargets_.clear();
  if (const int error = followInterrupt()) throw SystemError(-error, "KVM_IRQ_LINE");
}

void RegisterBank::showQueue() {
  for (size_t i = 0; i < state_.flags.size(); ++i) {
    const QueueFlag& flag = state_.flags[i];
    Register& target = registers_[flagTargets_[i]];
    const bool set = (queue_.size() >= flag.least) != flag.inverted;
    const uint64_t mask = flag.mask & widthMask(target.size);
    target.shadow = set ? target.shadow | mask : target.shadow & ~mask;
  }
}

RegisterBank::Register* RegisterBank::match(uint64_t offset, uint32_t size) {
  const auto at = std::lower_bound(registers_.begin(), registers_.end(), offset,
                                   [](const Register& reg, uint64_t wanted) { return reg.offset < wanted; });
  return at != registers_.end() && at->offset == offset && size <= at->size ? &*at : nullptr;
}

size_t RegisterBank::indexOf(uint64_t offset) const {
  const auto at = std::lower_bound(registers_.begin(), registers_.end(), offset,
                                   [](const Register& reg, uint64_t wanted) { return reg.offset < wanted; });
  if (at == registers_.end() || at->offset != offset) {
    throw RangeError("the bank has no register at offset " + std::to_string(offset));
  }
  return static_cast<size_t>(at - registers_.begin());
}

int RegisterBank::followInterrupt() {
  if (!interrupt_) return 0;
  const bool level = (registers_[interrupt_->status].shadow & registers_[interrupt_->mask].shadow) != 0;
  if (level == level_) return 0;
  const int error = irqLine_(interrupt_->irq, level);
  if (error == 0) level_ = level;
  return error;
}

}  // namespace rasvm
