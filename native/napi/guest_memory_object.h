// GuestMemory for JavaScript: new GuestMemory({ size, backing, hugePageSize }).
#pragma once

#include "memory/guest_memory.h"
#include "napi/wrapped.h"

namespace rasvm::js {

class GuestMemoryObject : public Wrapped<GuestMemoryObject, GuestMemory> {
 public:
  static constexpr const char* kName = "GuestMemory";
  static std::vector<Property> properties();
  explicit GuestMemoryObject(const Napi::CallbackInfo& info);

 private:
  GuestMemory& memory() const;

  Napi::Value size(const Napi::CallbackInfo& info);
  Napi::Value hva(const Napi::CallbackInfo& info);
  Napi::Value pageSize(const Napi::CallbackInfo& info);
  Napi::Value fd(const Napi::CallbackInfo& info);
  Napi::Value read(const Napi::CallbackInfo& info);
  Napi::Value write(const Napi::CallbackInfo& info);
  Napi::Value readU64(const Napi::CallbackInfo& info);
  Napi::Value writeU64(const Napi::CallbackInfo& info);
  Napi::Value writeU32(const Napi::CallbackInfo& info);
  Napi::Value clear(const Napi::CallbackInfo& info);
  Napi::Value readFile(const Napi::CallbackInfo& info);
  Napi::Value populate(const Napi::CallbackInfo& info);
  Napi::Value findPoison(const Napi::CallbackInfo& info);
  Napi::Value hostFrame(const Napi::CallbackInfo& info);
  Napi::Value poison(const Napi::CallbackInfo& info);
  Napi::Value renew(const Napi::CallbackInfo& info);
  Napi::Value resident(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);
};

}  // namespace rasvm::js
