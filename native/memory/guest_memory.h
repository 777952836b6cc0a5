// Guest RAM: one mapping whose pages may be lost at any time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "util/fd.h"

namespace rasvm {

enum class Backing { Anonymous, Memfd };

class GuestMemory {
 public:
  // Maps `size` bytes without touching them. `hugePageSize` 0: ordinary pages, transparent huge ones welcome.
  // Else hugetlb pages, which are reserved here: that they run out is known now and not in the guest's
  // middle.
  GuestMemory(size_t size, Backing backing, size_t hugePageSize);
  ~GuestMemory();
  GuestMemory(const GuestMemory&) = delete;
  GuestMemory& operator=(const GuestMemory&) = delete;

  size_t size() const { return size_; }
  size_t pageSize() const { return pageSize_; }
  int fd() const { return fd_.get(); }
  char* base() const { return base_; }
  // Checked: RangeError if [offset, offset + length) is not inside.
  char* at(uint64_t offset, uint64_t length) const;
  // The same, and offset and length must be multiples of pageSize().
  char* pagesAt(uint64_t offset, uint64_t length) const;

  // These throw SystemError EHWPOISON with the offset of the first page that is lost, or ENOMEM when no
  // memory could be had for a page.
  void read(uint64_t offset, void* target, size_t length) const;
  void write(uint64_t offset, const void* source, size_t length);
  uint64_t readU64(uint64_t offset) const;
  void writeU64(uint64_t offset, uint64_t value);
  // With release semantics: a guest that sees `value` sees all that was written before it. RangeError unless
  // `offset` is a multiple of 4.
  void writeU32(uint64_t offset, uint32_t value);
  void clear(uint64_t offset, uint64_t length);
  // pread() into guest memory; the bytes read, fewer than `length` at the end of the file.
  uint64_t readFile(int fd, uint64_t position, uint64_t offset, uint64_t length);

  // Each page of the range gets a frame of its own, contents unchanged.
  void populate(uint64_t offset, uint64_t length);
  // Offsets of lost pages.
  std::vector<uint64_t> findPoison(uint64_t offset, uint64_t length) const;
  // Host page frame number, 0 if absent or hidden.
  uint64_t hostFrame(uint64_t offset) const;
  // Zero pages in place of what stands there, lost or not.
  void renew(uint64_t offset, uint64_t length);
  uint64_t resident() const;

 private:
  [[noreturn]] void fail(uintptr_t address, const char* syscall) const;

  const size_t size_, pageSize_;
  Fd fd_;
  char* base_ = nullptr;
  size_t mapped_ = 0;
};

}  // namespace rasvm
