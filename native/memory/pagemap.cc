#include "memory/pagemap.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "util/error.h"
#include "util/fd.h"

namespace rasvm {
namespace {

constexpr uint64_t kSwapped = 1ull << 62;
constexpr uint64_t kPresent = 1ull << 63;
constexpr uint64_t kFrameMask = (1ull << 55) - 1;

// include/uapi/linux/fs.h, Linux 6.7
struct PageRegion {
  uint64_t start, end, categories;
};
struct PagemapScan {
  uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
  uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
static_assert(sizeof(PagemapScan) == 96);
constexpr unsigned long kPagemapScan = _IOWR('f', 16, PagemapScan);
constexpr uint64_t kPageIsSwapped = 1 << 4;

size_t ordinaryPage() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

Fd openPagemap() { return Fd(check(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), "open")); }

// False if this kernel has no PAGEMAP_SCAN.
bool scan(int fd, uintptr_t begin, uintptr_t end, const std::function<void(uintptr_t)>& visit) {
  PageRegion regions[64];
  while (begin < end) {
    PagemapScan args = {};
    args.size = sizeof args;
    args.start = begin;
    args.end = end;
    args.vec = reinterpret_cast<uint64_t>(regions);
    args.vec_len = 64;
    args.category_mask = kPageIsSwapped;
    args.return_mask = kPageIsSwapped;
    const int count = ioctl(fd, kPagemapScan, &args);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    for (int i = 0; i < count; ++i) {
      for (uint64_t at = regions[i].start; at < regions[i].end; at += ordinaryPage()) visit(at);
    }
    begin = args.walk_end;
  }
  return true;
}

void readEntries(int fd, uintptr_t begin, uintptr_t end, const std::function<void(uintptr_t)>& visit) {
  const size_t page = ordinaryPage();
  std::vector<uint64_t> entries(64 * 1024);
  for (uintptr_t at = begin & ~(page - 1); at < end; at += entries.size() * page) {
    const size_t wanted = std::min<size_t>(entries.size(), (end - at + page - 1) / page);
    const ssize_t got = check(pread(fd, entries.data(), wanted * sizeof(uint64_t),
                                    static_cast<off_t>(at / page * sizeof(uint64_t))),
                              "pread");
    for (size_t i = 0; i < static_cast<size_t>(got) / sizeof(uint64_t); ++i) {
      if ((entries[i] & (kSwapped | kPresent)) == kSwapped) visit(at + i * page);
    }
  }
}

}  // namespace

void forEachNonPresent(uintptr_t begin, uintptr_t end, const std::function<void(uintptr_t)>& visit) {
  const Fd fd = openPagemap();
  if (!scan(fd.get(), begin & ~(ordinaryPage() - 1), end, visit)) readEntries(fd.get(), begin, end, visit);
}

uint64_t frameOf(uintptr_t address) {
  const Fd fd = openPagemap();
  uint64_t entry = 0;
  const off_t position = static_cast<off_t>(address / ordinaryPage() * sizeof entry);
  check(pread(fd.get(), &entry, sizeof entry, position), "pread");
  return entry & kPresent ? entry & kFrameMask : 0;
}

}  // namespace rasvm
