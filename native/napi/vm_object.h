// Vm for JavaScript, made by Kvm.createVm.
#pragma once

#include "kvm/vm.h"
#include "napi/wrapped.h"

namespace rasvm::js {

class VmObject : public Wrapped<VmObject, Vm> {
 public:
  static constexpr const char* kName = "Vm";
  static std::vector<Property> properties();
  explicit VmObject(const Napi::CallbackInfo& info);

 private:
  Napi::Value checkExtension(const Napi::CallbackInfo& info);
  Napi::Value enableCap(const Napi::CallbackInfo& info);
  Napi::Value setMemoryRegion(const Napi::CallbackInfo& info);
  Napi::Value createDevice(const Napi::CallbackInfo& info);
  Napi::Value hasDevice(const Napi::CallbackInfo& info);
  Napi::Value hasAttr(const Napi::CallbackInfo& info);
  Napi::Value setAttr(const Napi::CallbackInfo& info);
  Napi::Value irqLine(const Napi::CallbackInfo& info);
  Napi::Value preferredTarget(const Napi::CallbackInfo& info);
  Napi::Value createVcpu(const Napi::CallbackInfo& info);
  Napi::Value mapRegisters(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);
};

}  // namespace rasvm::js
