#include "napi/kvm_object.h"

#include "napi/event_queue_object.h"
#include "napi/vm_object.h"

namespace rasvm::js {

std::vector<KvmObject::Property> KvmObject::properties() {
  using T = KvmObject;
  return {getterOf<&T::apiVersion>("apiVersion"), methodOf<&T::checkExtension>("checkExtension"),
          methodOf<&T::createVm>("createVm"), methodOf<&T::close>("close")};
}

KvmObject::KvmObject(const Napi::CallbackInfo& info) : Wrapped(info) {
  translated(info.Env(), [&] {
    core_ = std::make_shared<Kvm>(info[0].IsUndefined() ? std::string("/dev/kvm")
                                                        : info[0].ToString().Utf8Value());
  });
}

Kvm& KvmObject::kvm() const {
  if (!core_) throw StateError("/dev/kvm is closed");
  return *core_;
}

Napi::Value KvmObject::apiVersion(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), kvm().apiVersion());
}

Napi::Value KvmObject::checkExtension(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), kvm().checkExtension(toU32(info[0], "cap")));
}

Napi::Value KvmObject::createVm(const Napi::CallbackInfo& info) {
  const uint32_t type = toU32(info[0], "type");
  auto queue = EventQueueObject::coreOf(info[1]);
  return VmObject::wrap(info.Env(), std::make_shared<Vm>(kvm().createVm(type), std::move(queue)));
}

Napi::Value KvmObject::close(const Napi::CallbackInfo& info) {
  core_.reset();
  return info.Env().Undefined();
}

}  // namespace rasvm::js
