// Kvm for JavaScript: new Kvm(path = '/dev/kvm').
#pragma once

#include "kvm/kvm.h"
#include "napi/wrapped.h"

namespace rasvm::js {

class KvmObject : public Wrapped<KvmObject, Kvm> {
 public:
  static constexpr const char* kName = "Kvm";
  static std::vector<Property> properties();
  explicit KvmObject(const Napi::CallbackInfo& info);

 private:
  Kvm& kvm() const;

  Napi::Value apiVersion(const Napi::CallbackInfo& info);
  Napi::Value checkExtension(const Napi::CallbackInfo& info);
  Napi::Value createVm(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);
};

}  // namespace rasvm::js
