// The errors that native code throws; napi/convert.h makes JavaScript errors of them.
#pragma once

#include <cerrno>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace rasvm {

// A system call that failed. `syscall` is its name, for an ioctl the request's.
class SystemError : public std::runtime_error {
 public:
  SystemError(int number, const char* syscall, std::string message = {});
  SystemError(int number, const char* syscall, std::string message, uint64_t offset,
              std::optional<uint64_t> length = {});

  const int number;
  const std::string syscall;
  const std::optional<uint64_t> offset;  // guest memory: where the call stopped
  const std::optional<uint64_t> length;  // poison(): bytes from there whose contents are gone
};

// The errno's name, e.g. `EHWPOISON`.
const char* errnoName(int number);

// A call that the object's state does not allow: a running vCPU's register, a closed VM.
class StateError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// An argument outside what the call takes.
class RangeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// -1 and errno -> SystemError.
template <typename T>
T check(T result, const char* syscall) {
  if (result == static_cast<T>(-1)) throw SystemError(errno, syscall);
  return result;
}

}  // namespace rasvm
