#include "napi/event_queue_object.h"

namespace rasvm::js {

std::vector<EventQueueObject::Property> EventQueueObject::properties() {
  return {methodOf<&EventQueueObject::take>("take"), methodOf<&EventQueueObject::hold>("hold"),
          methodOf<&EventQueueObject::ref>("ref"),
          methodOf<&EventQueueObject::unref>("unref"), methodOf<&EventQueueObject::close>("close")};
}

EventQueueObject::EventQueueObject(const Napi::CallbackInfo& info) : Wrapped(info) {
  if (!info[0].IsFunction()) throw Napi::TypeError::New(info.Env(), "onReady must be a function");
  auto* context = new std::weak_ptr<EventQueue>();
  ready_ = Ready::New(
      info.Env(), info[0].As<Napi::Function>(), "rasvm.EventQueue", 0, 1, context,
      [](Napi::Env, void*, std::weak_ptr<EventQueue>* context) {
        // The environment ends: nobody will take() any more, and no producer may wait for it.
        if (const auto queue = context->lock()) queue->close();
        delete context;
      },
      static_cast<void*>(nullptr));
  core_ = std::make_shared<EventQueue>([ready = ready_] { ready.NonBlockingCall(); });
  *context = core_;
}

void EventQueueObject::callReady(Napi::Env env, Napi::Function onReady, std::weak_ptr<EventQueue>*, void*) {
  if (env != nullptr && !onReady.IsEmpty()) callBack(env, onReady);
}

Napi::Value EventQueueObject::take(const Napi::CallbackInfo& info) {
  const Words rows = toWords(info[0], "rows");
  if (!core_) return Napi::Number::New(info.Env(), 0);
  const size_t taken = core_->take(rows.data, rows.count / kEventWords);
  return Napi::Number::New(info.Env(), static_cast<double>(taken));
}

Napi::Value EventQueueObject::hold(const Napi::CallbackInfo& info) {
  const uint8_t holds = toHold(info[0]);
  const bool on = toBool(info[1], "on");
  if (core_) core_->hold(holds, on);
  return info.Env().Undefined();
}

Napi::Value EventQueueObject::ref(const Napi::CallbackInfo& info) {
  if (core_) ready_.Ref(info.Env());
  return info.Env().Undefined();
}

Napi::Value EventQueueObject::unref(const Napi::CallbackInfo& info) {
  if (core_) ready_.Unref(info.Env());
  return info.Env().Undefined();
}

Napi::Value EventQueueObject::close(const Napi::CallbackInfo& info) {
  if (core_) {
    core_->close();
    core_.reset();
    ready_.Abort();
  }
  return info.Env().Undefined();
}

}  // namespace rasvm::js
