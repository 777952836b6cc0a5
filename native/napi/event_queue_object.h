// EventQueue for JavaScript: new EventQueue(onReady).
#pragma once

#include "bus/event_queue.h"
#include "napi/wrapped.h"

namespace rasvm::js {

class EventQueueObject : public Wrapped<EventQueueObject, EventQueue> {
 public:
  static constexpr const char* kName = "EventQueue";
  static std::vector<Property> properties();
  explicit EventQueueObject(const Napi::CallbackInfo& info);

 private:
  static void callReady(Napi::Env env, Napi::Function onReady, std::weak_ptr<EventQueue>*, void*);
  // A thread-safe function costs a lock and, at most once for each wake-up of the event loop, a write to
  // libuv's eventfd: a descriptor of our own that libuv polls would cost the same.
  using Ready = Napi::TypedThreadSafeFunction<std::weak_ptr<EventQueue>, void, callReady>;

  Napi::Value take(const Napi::CallbackInfo& info);
  Napi::Value hold(const Napi::CallbackInfo& info);
  Napi::Value ref(const Napi::CallbackInfo& info);
  Napi::Value unref(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  Ready ready_;
};

}  // namespace rasvm::js
