#include "napi/vm_object.h"

#include <algorithm>

#include "napi/device_object.h"
#include "napi/guest_memory_object.h"
#include "napi/register_bank_object.h"
#include "napi/vcpu_object.h"

namespace rasvm::js {

std::vector<VmObject::Property> VmObject::properties() {
  using T = VmObject;
  return {methodOf<&T::checkExtension>("checkExtension"),
          methodOf<&T::enableCap>("enableCap"),
          methodOf<&T::setMemoryRegion>("setMemoryRegion"),
          methodOf<&T::createDevice>("createDevice"),
          methodOf<&T::hasDevice>("hasDevice"),
          methodOf<&T::hasAttr>("hasAttr"),
          methodOf<&T::setAttr>("setAttr"),
          methodOf<&T::irqLine>("irqLine"),
          methodOf<&T::preferredTarget>("preferredTarget"),
          methodOf<&T::createVcpu>("createVcpu"),
          methodOf<&T::mapRegisters>("mapRegisters"),
          methodOf<&T::close>("close")};
}

VmObject::VmObject(const Napi::CallbackInfo& info) : Wrapped(info) {
  core_ = given(info);
  // vCPU threads must not outlive the environment that they report to (process.exit, a Worker's end).
  closeAtEnd(info.Env());
}

Napi::Value VmObject::checkExtension(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), core_->checkExtension(toU32(info[0], "cap")));
}

Napi::Value VmObject::enableCap(const Napi::CallbackInfo& info) {
  std::vector<uint64_t> arguments;
  for (size_t i = 1; i < info.Length(); ++i) arguments.push_back(toBits(info[i], "argument"));
  core_->enableCap(toU32(info[0], "cap"), arguments);
  return info.Env().Undefined();
}

Napi::Value VmObject::setMemoryRegion(const Napi::CallbackInfo& info) {
  core_->setMemoryRegion(toU32(info[0], "slot"), toU32(info[1], "flags"), toU64(info[2], "gpa"),
                         toU64(info[3], "size"), GuestMemoryObject::coreOf(info[4]),
                         toU64(info[5], "offset"));
  return info.Env().Undefined();
}

Napi::Value VmObject::createDevice(const Napi::CallbackInfo& info) {
  return DeviceObject::wrap(info.Env(), core_->createDevice(toU32(info[0], "type")));
}

Napi::Value VmObject::hasDevice(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), core_->hasDevice(toU32(info[0], "type")));
}

Napi::Value VmObject::hasAttr(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(),
                            hasDeviceAttr(core_->file(), toU32(info[0], "group"), toBits(info[1], "attr")));
}

Napi::Value VmObject::setAttr(const Napi::CallbackInfo& info) {
  setDeviceAttr(core_->file(), toU32(info[0], "group"), toBits(info[1], "attr"),
                toBytes(info[2], "data").data);
  return info.Env().Undefined();
}

Napi::Value VmObject::irqLine(const Napi::CallbackInfo& info) {
  core_->irqLine(toU32(info[0], "irq"), toBool(info[1], "level"));
  return info.Env().Undefined();
}

Napi::Value VmObject::preferredTarget(const Napi::CallbackInfo& info) {
  const abi::VcpuInit init = core_->preferredTarget();
  auto features = Napi::Uint32Array::New(info.Env(), std::size(init.features));
  std::copy(std::begin(init.features), std::end(init.features), features.Data());
  auto result = Napi::Object::New(info.Env());
  result.Set("target", Napi::Number::New(info.Env(), init.target));
  result.Set("features", features);
  return result;
}

Napi::Value VmObject::createVcpu(const Napi::CallbackInfo& info) {
  return VcpuObject::wrap(info.Env(), core_->createVcpu(toU32(info[0], "index")));
}

Napi::Value VmObject::mapRegisters(const Napi::CallbackInfo& info) {
  auto bank = core_->mapRegisters(toBankSpec(info[0]));
  return RegisterBankObject::wrap(info.Env(),
                                  std::make_shared<MappedBank>(MappedBank{std::move(bank), core_}));
}

Napi::Value VmObject::close(const Napi::CallbackInfo& info) {
  core_->close();
  return info.Env().Undefined();
}

}  // namespace rasvm::js
