#include "memory/guest_memory.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <string>

#include "memory/pagemap.h"
#include "sigbus/guarded.h"
#include "sigbus/handler.h"
#include "util/error.h"

#ifndef MADV_POPULATE_READ  // include/uapi/asm-generic/mman-common.h, Linux 5.14
#define MADV_POPULATE_READ 22
#endif

namespace rasvm {
namespace {

constexpr size_t kMiB = 1 << 20;
constexpr int kHugeShift = 26;  // include/uapi/asm-generic/hugetlb_encode.h

unsigned log2(size_t value) { return static_cast<unsigned>(__builtin_ctzll(value)); }

size_t ordinaryPage() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

Fd openMemfd(size_t size, size_t hugePageSize) {
  unsigned flags = MFD_CLOEXEC;
  if (hugePageSize) flags |= MFD_HUGETLB | log2(hugePageSize) << kHugeShift;
  Fd fd(check(memfd_create("rasvm-guest-ram", flags), "memfd_create"));
  check(ftruncate(fd.get(), static_cast<off_t>(size)), "ftruncate");
  return fd;
}

}  // namespace

GuestMemory::GuestMemory(size_t size, Backing backing, size_t hugePageSize)
    : size_(size), pageSize_(hugePageSize ? hugePageSize : ordinaryPage()) {
  if (size == 0 || size % pageSize_ != 0) {
    throw RangeError("guest memory's size must be a multiple of its page size, " + std::to_string(pageSize_));
  }
  sigbus::install();
  if (backing == Backing::Memfd) fd_ = openMemfd(size, hugePageSize);

  // Guest RAM starts at a multiple of 1 GiB: with an HVA aligned alike, host and stage 2 can use large
  // blocks.
  const size_t align = std::max(hugePageSize, size >= 1024 * kMiB ? 1024 * kMiB : 2 * kMiB);
  mapped_ = size + align;
  void* room = mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) throw SystemError(errno, "mmap");
  const auto start = reinterpret_cast<uintptr_t>(room);
  const uintptr_t aligned = (start + align - 1) & ~(align - 1);
  if (aligned > start) munmap(room, aligned - start);
  if (start + mapped_ > aligned + size) {
    munmap(reinterpret_cast<void*>(aligned + size), start + mapped_ - aligned - size);
  }
  base_ = reinterpret_cast<char*>(aligned);
  mapped_ = size;

  int flags = MAP_FIXED | (fd_ ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS);
  if (!hugePageSize) flags |= MAP_NORESERVE;
  if (hugePageSize && !fd_) flags |= MAP_HUGETLB | static_cast<int>(log2(hugePageSize) << kHugeShift);
  if (mmap(base_, size, PROT_READ | PROT_WRITE, flags, fd_.get(), 0) == MAP_FAILED) {
    const int error = errno;
    munmap(base_, mapped_);
    if (error == ENOMEM && hugePageSize) {
      throw SystemError(ENOMEM, "mmap", "there are not enough free huge pages of this size");
    }
    throw SystemError(error, "mmap");
  }
  // Wishes: a kernel without transparent huge pages runs the guest as well.
  if (!hugePageSize) madvise(base_, size, MADV_HUGEPAGE);
  madvise(base_, size, MADV_DONTDUMP);
  // A fork would write-protect all of it, and every mapping of KVM's.
  madvise(base_, size, MADV_DONTFORK);
}

GuestMemory::~GuestMemory() { munmap(base_, mapped_); }

char* GuestMemory::at(uint64_t offset, uint64_t length) const {
  if (offset > size_ || length > size_ - offset) {
    throw RangeError("offset " + std::to_string(offset) + ", length " + std::to_string(length) +
                     " is outside guest memory of " + std::to_string(size_) + " bytes");
  }
  return base_ + offset;
}

char* GuestMemory::pagesAt(uint64_t offset, uint64_t length) const {
  if (offset % pageSize_ != 0 || length % pageSize_ != 0) {
    throw RangeError("offset " + std::to_string(offset) + ", length " + std::to_string(length) +
                     " must be multiples of the page size, " + std::to_string(pageSize_));
  }
  return at(offset, length);
}

void GuestMemory::read(uint64_t offset, void* target, size_t length) const {
  sigbus::Fault fault;
  if (!sigbus::copyFromGuest(target, at(offset, length), length, &fault)) fail(fault.address, "read");
}

void GuestMemory::write(uint64_t offset, const void* source, size_t length) {
  sigbus::Fault fault;
  if (!sigbus::copyToGuest(at(offset, length), source, length, &fault)) fail(fault.address, "write");
}

uint64_t GuestMemory::readU64(uint64_t offset) const {
  sigbus::Fault fault;
  uint64_t value = 0;
  const char* from = at(offset, sizeof value);
  const bool done = offset % sizeof value ? sigbus::copyFromGuest(&value, from, sizeof value, &fault)
                                          : sigbus::loadFromGuest(&value, from, &fault);
  if (!done) fail(fault.address, "read");
  return value;
}

void GuestMemory::writeU64(uint64_t offset, uint64_t value) {
  sigbus::Fault fault;
  char* to = at(offset, sizeof value);
  const bool done = offset % sizeof value ? sigbus::copyToGuest(to, &value, sizeof value, &fault)
                                          : sigbus::storeToGuest(to, value, &fault);
  if (!done) fail(fault.address, "write");
}

void GuestMemory::writeU32(uint64_t offset, uint32_t value) {
  char* to = at(offset, sizeof value);
  if (offset % sizeof value) throw RangeError("offset " + std::to_string(offset) + " must be a multiple of 4");
  sigbus::Fault fault;
  if (!sigbus::storeToGuest(to, value, &fault)) fail(fault.address, "write");
}

void GuestMemory::clear(uint64_t offset, uint64_t length) {
  sigbus::Fault fault;
  if (!sigbus::clearGuest(at(offset, length), length, &fault)) fail(fault.address, "write");
}

uint64_t GuestMemory::readFile(int fd, uint64_t position, uint64_t offset, uint64_t length) {
  char* target = at(offset, length);
  uint64_t done = 0;
  while (done < length) {
    const ssize_t got = pread(fd, target + done, length - done, static_cast<off_t>(position + done));
    if (got < 0 && errno == EINTR) continue;
    // The kernel's copy stops at a lost page: short first, EFAULT when nothing is left before it.
    if (got < 0 && errno == EFAULT) fail(reinterpret_cast<uintptr_t>(target + done), "pread");
    if (got < 0) throw SystemError(errno, "pread");
    if (got == 0) break;
    done += static_cast<uint64_t>(got);
  }
  return done;
}

// Says why a page could not be touched. A kernel without memory_failure gives BUS_ADRERR for poison too, so
// the signal's code does not decide: MADV_POPULATE_READ tells poison from want of memory without a signal.
void GuestMemory::fail(uintptr_t address, const char* syscall) const {
  const uint64_t offset = (address - reinterpret_cast<uintptr_t>(base_)) & ~(pageSize_ - 1);
  if (madvise(base_ + offset, pageSize_, MADV_POPULATE_READ) == -1 && errno != EHWPOISON) {
    throw SystemError(ENOMEM, syscall,
                      pageSize_ > ordinaryPage() ? "the host has run out of huge pages for guest memory"
                                                 : "the host has no memory for this page of guest memory",
                      offset);
  }
  throw SystemError(EHWPOISON, syscall, "this page of guest memory is lost", offset);
}

std::vector<uint64_t> GuestMemory::findPoison(uint64_t offset, uint64_t length) const {
  const auto begin = reinterpret_cast<uintptr_t>(at(offset, length));
  std::vector<uint64_t> lost;
  // A lost page's entry is one of the kinds that the page map shows as swapped; the kernel tells which.
  forEachNonPresent(begin, begin + length, [&](uintptr_t address) {
    const uint64_t page = (address - reinterpret_cast<uintptr_t>(base_)) & ~(pageSize_ - 1);
    if (!lost.empty() && lost.back() == page) return;
    if (madvise(base_ + page, pageSize_, MADV_POPULATE_READ) == -1 && errno == EHWPOISON)
      lost.push_back(page);
  });
  return lost;
}

uint64_t GuestMemory::hostFrame(uint64_t offset) const {
  return frameOf(reinterpret_cast<uintptr_t>(at(offset, 1)));
}

void GuestMemory::populate(uint64_t offset, uint64_t length) {
  constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE, include/uapi/asm-generic/mman-common.h
  check(madvise(pagesAt(offset, length), length, kPopulateWrite), "madvise");
}

void GuestMemory::renew(uint64_t offset, uint64_t length) {
  char* start = pagesAt(offset, length);
  if (length == 0) return;
  if (fd_) {
    check(fallocate(fd_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                    static_cast<off_t>(length)),
          "fallocate");
  }
  // For a file too: the hole leaves the poison entries of our own mapping in place.
  check(madvise(start, length, MADV_DONTNEED), "madvise");
}

uint64_t GuestMemory::resident() const {
  const size_t page = ordinaryPage();
  std::vector<unsigned char> state(64 * kMiB / page);
  uint64_t pages = 0;
  for (uint64_t offset = 0; offset < size_; offset += 64 * kMiB) {
    const size_t length = std::min<uint64_t>(64 * kMiB, size_ - offset);
    check(mincore(base_ + offset, length, state.data()), "mincore");
    pages +=
        static_cast<uint64_t>(std::count_if(state.begin(), state.begin() + static_cast<long>(length / page),
                                            [](unsigned char s) { return s & 1; }));
  }
  return pages * page;
}

}  // namespace rasvm
