// Memory accesses that fail instead of killing when the page is lost.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rasvm::sigbus {

struct Fault {
  uintptr_t address;  // page aligned: the first page that could not be copied
  int code;           // si_code
};

// Copies between guest memory, [guest, guest + length), and another buffer, page by page in rising order.
// False, and `fault` filled, when a page is lost; what stands before it is copied. Needs install().
bool copyFromGuest(void* target, const void* guest, size_t length, Fault* fault);
bool copyToGuest(void* guest, const void* source, size_t length, Fault* fault);
bool clearGuest(void* guest, size_t length, Fault* fault);

// One single-copy atomic access, `guest` aligned to the value's size. A load acquires, a store releases: a
// guest that sees the value sees what was written before it.
bool loadFromGuest(uint64_t* value, const void* guest, Fault* fault);
bool storeToGuest(void* guest, uint32_t value, Fault* fault);
bool storeToGuest(void* guest, uint64_t value, Fault* fault);

}  // namespace rasvm::sigbus
