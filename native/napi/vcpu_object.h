// Vcpu for JavaScript, made by Vm.createVcpu.
#pragma once

#include "kvm/vcpu.h"
#include "napi/wrapped.h"

namespace rasvm::js {

class VcpuObject : public Wrapped<VcpuObject, Vcpu> {
 public:
  static constexpr const char* kName = "Vcpu";
  static std::vector<Property> properties();
  explicit VcpuObject(const Napi::CallbackInfo& info) : Wrapped(info) { core_ = given(info); }

 private:
  Napi::Value index(const Napi::CallbackInfo& info);
  Napi::Value running(const Napi::CallbackInfo& info);
  Napi::Value init(const Napi::CallbackInfo& info);
  Napi::Value setAttr(const Napi::CallbackInfo& info);
  Napi::Value getReg(const Napi::CallbackInfo& info);
  Napi::Value getRegs(const Napi::CallbackInfo& info);
  Napi::Value setReg(const Napi::CallbackInfo& info);
  Napi::Value regList(const Napi::CallbackInfo& info);
  Napi::Value getMpState(const Napi::CallbackInfo& info);
  Napi::Value getEvents(const Napi::CallbackInfo& info);
  Napi::Value setEvents(const Napi::CallbackInfo& info);
  Napi::Value start(const Napi::CallbackInfo& info);
  Napi::Value complete(const Napi::CallbackInfo& info);
  Napi::Value resume(const Napi::CallbackInfo& info);
  Napi::Value pause(const Napi::CallbackInfo& info);
  Napi::Value stop(const Napi::CallbackInfo& info);
};

}  // namespace rasvm::js
