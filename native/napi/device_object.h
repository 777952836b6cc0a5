// KvmDevice for JavaScript, made by Vm.createDevice.
#pragma once

#include "kvm/device.h"
#include "napi/wrapped.h"

namespace rasvm::js {

class DeviceObject : public Wrapped<DeviceObject, KvmDevice> {
 public:
  static constexpr const char* kName = "KvmDevice";
  static std::vector<Property> properties();
  explicit DeviceObject(const Napi::CallbackInfo& info) : Wrapped(info) { core_ = given(info); }

 private:
  Napi::Value hasAttr(const Napi::CallbackInfo& info);
  Napi::Value setAttr(const Napi::CallbackInfo& info);
  Napi::Value getAttr(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);
};

}  // namespace rasvm::js
