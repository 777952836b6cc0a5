#include "memory/poison.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <thread>

#include "sigbus/handler.h"
#include "util/error.h"
#include "util/signals.h"

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

namespace rasvm {
namespace {

// include/uapi/linux/userfaultfd.h, Linux 6.6
constexpr uint64_t kFeaturePoison = 1 << 14;
struct UffdioPoison {
  uffdio_range range;
  uint64_t mode;
  int64_t updated;
};
constexpr unsigned long kUffdioPoison = _IOWR(UFFDIO, 0x08, UffdioPoison);

int call(int fd, unsigned long request, void* argument) {
  int result;
  do {
    result = ioctl(fd, request, argument);
  } while (result == -1 && errno == EINTR);
  return result;
}

// From `at`, as far as one call gets; 0 or errno.
int poisonSome(int fd, uint64_t& at, uint64_t end) {
  UffdioPoison poison = {};
  poison.range = {at, end - at};
  const int result = call(fd, kUffdioPoison, &poison);
  const int error = result == -1 ? errno : 0;
  if (poison.updated > 0) at += static_cast<uint64_t>(poison.updated);
  return error;
}

}  // namespace

// A marker goes only where no page is. So much loses its contents at a time: a failure costs no more.
constexpr uint64_t kAtOnce = 2 << 20;

void poisonByUserfaultfd(GuestMemory& memory, uint64_t offset, uint64_t length) {
  char* start = memory.pagesAt(offset, length);
  if (length == 0) return;
  const Fd fd(static_cast<int>(
      check(syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY), "userfaultfd")));
  uffdio_api api = {};
  api.api = UFFD_API;
  api.features = kFeaturePoison;
  if (memory.fd() >= 0) api.features |= UFFD_FEATURE_MISSING_SHMEM;
  if (memory.pageSize() > static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
    api.features |= UFFD_FEATURE_MISSING_HUGETLBFS;
  }
  check(call(fd.get(), UFFDIO_API, &api), "UFFDIO_API");

  uffdio_register range = {};
  range.range = {reinterpret_cast<uint64_t>(start), length};
  range.mode = UFFDIO_REGISTER_MODE_MISSING;
  check(call(fd.get(), UFFDIO_REGISTER, &range), "UFFDIO_REGISTER");
  const auto base = reinterpret_cast<uint64_t>(memory.base());
  uint64_t at = range.range.start, emptied = at;
  const uint64_t end = at + length;
  int error = 0;
  while (at < end) {
    if (at == emptied) {
      emptied = std::min(end, at + std::max<uint64_t>(kAtOnce, memory.pageSize()));
      memory.renew(at - base, emptied - at);
    }
    error = poisonSome(fd.get(), at, emptied);
    if (error == EEXIST) {
      // The guest touched the page in between.
      memory.renew(at - base, memory.pageSize());
    } else if (error != 0 && error != EAGAIN) {
      break;
    }
  }
  call(fd.get(), UFFDIO_UNREGISTER, &range.range);  // the markers stay
  if (at < end) throw SystemError(error, "UFFDIO_POISON", {}, at - base, emptied - at);
}

uint32_t poisonByMadvise(GuestMemory& memory, uint64_t offset, uint64_t length) {
  char* start = memory.at(offset, length);  // a part of a hugetlb page will do
  sigbus::install();
  int error = 0;
  sigbus::SelfPoison self = {reinterpret_cast<uintptr_t>(start), reinterpret_cast<uintptr_t>(start) + length,
                             0};
  std::thread([&] {
    sigbus::threadState().poisoning = &self;
    // The forced signal is taken at madvise's return; only the handler's count says that it was.
    if (madvise(start, length, MADV_HWPOISON) == -1) error = errno;
    sigbus::threadState().poisoning = nullptr;
  }).join();
  if (error != 0) throw SystemError(error, "MADV_HWPOISON");
  return self.count;
}

}  // namespace rasvm
