// RegisterBank for JavaScript, made by Vm.mapRegisters.
#pragma once

#include "kvm/vm.h"
#include "napi/wrapped.h"

namespace rasvm::js {

// RegisterBankSpec of src/native/binding.ts.
RegisterBankSpec toBankSpec(const Napi::Value& value);

// A bank and the VM that it is mapped in.
struct MappedBank {
  std::shared_ptr<RegisterBank> bank;
  std::shared_ptr<Vm> vm;
};

class RegisterBankObject : public Wrapped<RegisterBankObject, MappedBank> {
 public:
  static constexpr const char* kName = "RegisterBank";
  static std::vector<Property> properties();
  explicit RegisterBankObject(const Napi::CallbackInfo& info) : Wrapped(info) { core_ = given(info); }

 private:
  RegisterBank& bank() const;

  Napi::Value get(const Napi::CallbackInfo& info);
  Napi::Value update(const Napi::CallbackInfo& info);
  Napi::Value supply(const Napi::CallbackInfo& info);
  Napi::Value drop(const Napi::CallbackInfo& info);
  Napi::Value save(const Napi::CallbackInfo& info);
  Napi::Value load(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);
};

}  // namespace rasvm::js
