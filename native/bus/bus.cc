#include "bus/bus.h"

#include <algorithm>
#include <mutex>

#include "util/error.h"

namespace rasvm {

void Bus::add(std::shared_ptr<RegisterBank> bank) {
  std::unique_lock lock(mutex_);
  const auto next = std::find_if(banks_.begin(), banks_.end(),
                                 [&](const auto& other) { return other->end() > bank->base(); });
  if (next != banks_.end() && (*next)->base() < bank->end()) {
    throw RangeError("the register bank overlaps another one");
  }
  banks_.insert(next, std::move(bank));
}

void Bus::remove(const RegisterBank* bank) {
  std::unique_lock lock(mutex_);
  banks_.erase(
      std::remove_if(banks_.begin(), banks_.end(), [bank](const auto& other) { return other.get() == bank; }),
      banks_.end());
}

RegisterBank::Outcome Bus::read(uint64_t gpa, uint32_t size, uint64_t* value, uint64_t* told,
                                uint64_t* toldGpa) {
  std::shared_lock lock(mutex_);
  RegisterBank* bank = find(gpa);
  if (!bank) return RegisterBank::Outcome::Wait;
  *toldGpa = bank->toldGpa();
  return bank->read(gpa - bank->base(), size, value, told);
}

RegisterBank::Outcome Bus::write(uint64_t gpa, uint32_t size, uint64_t value, uint8_t* hold) {
  std::shared_lock lock(mutex_);
  RegisterBank* bank = find(gpa);
  return bank ? bank->write(gpa - bank->base(), size, value, hold) : RegisterBank::Outcome::Wait;
}

RegisterBank* Bus::find(uint64_t gpa) {
  const auto above = std::upper_bound(banks_.begin(), banks_.end(), gpa,
                                      [](uint64_t at, const auto& bank) { return at < bank->base(); });
  if (above == banks_.begin()) return nullptr;
  RegisterBank* bank = above[-1].get();
  return gpa < bank->end() ? bank : nullptr;
}

}  // namespace rasvm
