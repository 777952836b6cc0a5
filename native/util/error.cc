#include "util/error.h"

#include <cstring>

namespace rasvm {
namespace {

std::string describe(int number, const char* syscall, const std::string& message) {
  std::string text = std::string(errnoName(number)) + ": " + syscall + ": ";
  return text + (message.empty() ? std::strerror(number) : message);
}

}  // namespace

SystemError::SystemError(int number, const char* syscall, std::string message)
    : runtime_error(describe(number, syscall, message)), number(number), syscall(syscall) {}

SystemError::SystemError(int number, const char* syscall, std::string message, uint64_t offset,
                         std::optional<uint64_t> length)
    : runtime_error(describe(number, syscall, message)),
      number(number),
      syscall(syscall),
      offset(offset),
      length(length) {}

const char* errnoName(int number) {
  const char* name = strerrorname_np(number);
  return name ? name : "EUNKNOWN";
}

}  // namespace rasvm
