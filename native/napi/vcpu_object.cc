#include "napi/vcpu_object.h"

#include <algorithm>

namespace rasvm::js {

std::vector<VcpuObject::Property> VcpuObject::properties() {
  using T = VcpuObject;
  return {getterOf<&T::index>("index"),         getterOf<&T::running>("running"),
          methodOf<&T::init>("init"),           methodOf<&T::setAttr>("setAttr"),
          methodOf<&T::getReg>("getReg"),       methodOf<&T::getRegs>("getRegs"),
          methodOf<&T::setReg>("setReg"),       methodOf<&T::regList>("regList"),
          methodOf<&T::getMpState>("getMpState"), methodOf<&T::getEvents>("getEvents"),
          methodOf<&T::setEvents>("setEvents"), methodOf<&T::start>("start"),
          methodOf<&T::complete>("complete"),   methodOf<&T::resume>("resume"),
          methodOf<&T::pause>("pause"),         methodOf<&T::stop>("stop")};
}

Napi::Value VcpuObject::index(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), core_->index());
}

Napi::Value VcpuObject::running(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), core_->running());
}

Napi::Value VcpuObject::init(const Napi::CallbackInfo& info) {
  abi::VcpuInit init = {};
  init.target = toU32(info[0], "target");
  if (!info[1].IsTypedArray() || info[1].As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array) {
    throw Napi::TypeError::New(info.Env(), "features must be a Uint32Array");
  }
  auto features = info[1].As<Napi::Uint32Array>();
  if (features.ElementLength() > std::size(init.features)) throw RangeError("features has more than 7 words");
  std::copy_n(features.Data(), features.ElementLength(), init.features);
  core_->init(init);
  return info.Env().Undefined();
}

Napi::Value VcpuObject::setAttr(const Napi::CallbackInfo& info) {
  const void* data = info[2].IsUndefined() ? nullptr : toBytes(info[2], "data").data;
  core_->setAttr(toU32(info[0], "group"), toBits(info[1], "attr"), data);
  return info.Env().Undefined();
}

Napi::Value VcpuObject::getReg(const Napi::CallbackInfo& info) {
  const uint64_t id = toBits(info[0], "id");
  uint64_t value;
  core_->getRegs(&id, &value, 1);
  return Napi::BigInt::New(info.Env(), value);
}

Napi::Value VcpuObject::getRegs(const Napi::CallbackInfo& info) {
  const Words ids = toWords(info[0], "ids"), values = toWords(info[1], "values");
  if (ids.count > values.count) throw RangeError("values has less room than ids");
  core_->getRegs(ids.data, values.data, ids.count);
  return info.Env().Undefined();
}

Napi::Value VcpuObject::setReg(const Napi::CallbackInfo& info) {
  core_->setReg(toBits(info[0], "id"), toBits(info[1], "value"));
  return info.Env().Undefined();
}

Napi::Value VcpuObject::regList(const Napi::CallbackInfo& info) {
  const std::vector<uint64_t> ids = core_->regList();
  auto result = Napi::BigUint64Array::New(info.Env(), ids.size());
  std::copy(ids.begin(), ids.end(), result.Data());
  return result;
}

Napi::Value VcpuObject::getMpState(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), core_->getMpState());
}

Napi::Value VcpuObject::getEvents(const Napi::CallbackInfo& info) {
  const abi::VcpuEvents events = core_->getEvents();
  auto result = Napi::Object::New(info.Env());
  result.Set("serrorPending", Napi::Boolean::New(info.Env(), events.serror_pending != 0));
  result.Set("serrorHasEsr", Napi::Boolean::New(info.Env(), events.serror_has_esr != 0));
  result.Set("serrorEsr", Napi::BigInt::New(info.Env(), events.serror_esr));
  result.Set("extDabtPending", Napi::Boolean::New(info.Env(), events.ext_dabt_pending != 0));
  return result;
}

Napi::Value VcpuObject::setEvents(const Napi::CallbackInfo& info) {
  if (!info[0].IsObject()) throw Napi::TypeError::New(info.Env(), "events must be an object");
  const auto from = info[0].As<Napi::Object>();
  abi::VcpuEvents events = {};
  events.serror_pending = toBool(from.Get("serrorPending"), "serrorPending");
  events.serror_has_esr = toBool(from.Get("serrorHasEsr"), "serrorHasEsr");
  events.serror_esr = toBits(from.Get("serrorEsr"), "serrorEsr");
  events.ext_dabt_pending = toBool(from.Get("extDabtPending"), "extDabtPending");
  core_->setEvents(events);
  return info.Env().Undefined();
}

Napi::Value VcpuObject::start(const Napi::CallbackInfo& info) {
  core_->start();
  return info.Env().Undefined();
}

Napi::Value VcpuObject::complete(const Napi::CallbackInfo& info) {
  core_->complete(toBits(info[0], "value"));
  return info.Env().Undefined();
}

Napi::Value VcpuObject::resume(const Napi::CallbackInfo& info) {
  core_->resume();
  return info.Env().Undefined();
}

Napi::Value VcpuObject::pause(const Napi::CallbackInfo& info) {
  core_->pause();
  return info.Env().Undefined();
}

Napi::Value VcpuObject::stop(const Napi::CallbackInfo& info) {
  core_->stop();
  return info.Env().Undefined();
}

}  // namespace rasvm::js
