#include "napi/device_object.h"

namespace rasvm::js {

std::vector<DeviceObject::Property> DeviceObject::properties() {
  using T = DeviceObject;
  return {methodOf<&T::hasAttr>("hasAttr"), methodOf<&T::setAttr>("setAttr"),
          methodOf<&T::getAttr>("getAttr"), methodOf<&T::close>("close")};
}

Napi::Value DeviceObject::hasAttr(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(),
                            hasDeviceAttr(core_->file(), toU32(info[0], "group"), toBits(info[1], "attr")));
}

Napi::Value DeviceObject::setAttr(const Napi::CallbackInfo& info) {
  const void* data = info[2].IsUndefined() ? nullptr : toBytes(info[2], "data").data;
  setDeviceAttr(core_->file(), toU32(info[0], "group"), toBits(info[1], "attr"), data);
  return info.Env().Undefined();
}

Napi::Value DeviceObject::getAttr(const Napi::CallbackInfo& info) {
  getDeviceAttr(core_->file(), toU32(info[0], "group"), toBits(info[1], "attr"),
                toBytes(info[2], "data").data);
  return info.Env().Undefined();
}

Napi::Value DeviceObject::close(const Napi::CallbackInfo& info) {
  core_->close();
  return info.Env().Undefined();
}

}  // namespace rasvm::js
