// The register banks of a machine, by guest physical address.
#pragma once

#include <memory>
#include <shared_mutex>
#include <vector>

#include "bus/register_bank.h"

namespace rasvm {

class Bus {
 public:
  // RangeError if it overlaps another bank.
  void add(std::shared_ptr<RegisterBank> bank);
  // Afterwards no vCPU is inside the bank.
  void remove(const RegisterBank* bank);

  // After Post, *told is to be posted at *toldGpa: see RegisterBank::read.
  RegisterBank::Outcome read(uint64_t gpa, uint32_t size, uint64_t* value, uint64_t* told, uint64_t* toldGpa);
  RegisterBank::Outcome write(uint64_t gpa, uint32_t size, uint64_t value, uint8_t* hold);

 private:
  RegisterBank* find(uint64_t gpa);

  std::shared_mutex mutex_;
  std::vector<std::shared_ptr<RegisterBank>> banks_;  // by base
};

}  // namespace rasvm
