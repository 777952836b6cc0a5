#include "napi/sigbus_object.h"

#include "napi/event_queue_object.h"

namespace rasvm::js {

std::vector<SigbusObject::Property> SigbusObject::properties() {
  using T = SigbusObject;
  return {getterOf<&T::early>("early"), getterOf<&T::tid>("tid"), methodOf<&T::close>("close")};
}

SigbusObject::SigbusObject(const Napi::CallbackInfo& info) : Wrapped(info) {
  core_ = given(info);
  closeAtEnd(info.Env());
}

Napi::Value SigbusObject::start(const Napi::CallbackInfo& info) {
  return translated(info.Env(), [&] {
    auto queue = EventQueueObject::coreOf(info[0]);
    const bool early = toBool(info[1], "early");
    return wrap(info.Env(), std::make_shared<SigbusListener>(std::move(queue), early));
  });
}

Napi::Value SigbusObject::early(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), core_->early());
}

Napi::Value SigbusObject::tid(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), core_->tid());
}

Napi::Value SigbusObject::close(const Napi::CallbackInfo& info) {
  core_->close();
  return info.Env().Undefined();
}

}  // namespace rasvm::js
