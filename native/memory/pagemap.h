// /proc/self/pagemap (Documentation/admin-guide/mm/pagemap.rst).
#pragma once

#include <cstdint>
#include <functional>

namespace rasvm {

// Calls `visit` with each page of [begin, end) whose entry is neither absent nor present: swapped, migrating,
// a hwpoison entry or a poison marker. Cheap where nothing is mapped.
void forEachNonPresent(uintptr_t begin, uintptr_t end, const std::function<void(uintptr_t)>& visit);

// The page frame number behind an address, 0 if absent or hidden (it needs CAP_SYS_ADMIN).
uint64_t frameOf(uintptr_t address);

}  // namespace rasvm
