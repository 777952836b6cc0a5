// A JavaScript object around a shared C++ one.
#pragma once

#include <napi.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "napi/convert.h"

namespace rasvm::js {

// The classes' constructors; one set an environment (the main thread, each Worker).
struct Constructors {
  std::map<std::string, Napi::FunctionReference> byName;
};

// T is the wrapper, with `static constexpr const char* kName` and `static std::vector<Property>
// properties()`; a T that JavaScript may construct has its own constructor, which fills core_.
template <typename T, typename Core>
class Wrapped : public Napi::ObjectWrap<T> {
 public:
  using Property = Napi::ClassPropertyDescriptor<T>;

  explicit Wrapped(const Napi::CallbackInfo& info) : Napi::ObjectWrap<T>(info) {}

  static Napi::Function define(Napi::Env env) {
    Napi::Function constructor = T::DefineClass(env, T::kName, T::properties());
    slot(env) = Napi::Persistent(constructor);
    slot(env).SuppressDestruct();
    return constructor;
  }

  // An object around `core`, of a class that JavaScript cannot construct by itself.
  static Napi::Object wrap(Napi::Env env, std::shared_ptr<Core> core) {
    return slot(env).New({Napi::External<std::shared_ptr<Core>>::New(env, &core)});
  }

  // The core behind an argument; TypeError if it is something else.
  static std::shared_ptr<Core> coreOf(const Napi::Value& value) {
    if (!value.IsObject() || !value.As<Napi::Object>().InstanceOf(slot(value.Env()).Value())) {
      throw Napi::TypeError::New(value.Env(), std::string("expected ") + T::kName);
    }
    const auto& core = T::Unwrap(value.As<Napi::Object>())->core_;
    if (!core) throw StateError(std::string(T::kName) + " is closed");
    return core;
  }

 protected:
  // What wrap() passed to the constructor.
  static std::shared_ptr<Core> given(const Napi::CallbackInfo& info) {
    if (!info[0].IsExternal()) {
      throw Napi::TypeError::New(info.Env(), std::string(T::kName) + " has no public constructor");
    }
    return *info[0].template As<Napi::External<std::shared_ptr<Core>>>().Data();
  }

  // The core is closed when the environment ends, if it is still there: its threads are ended before what they call is gone.
  void closeAtEnd(Napi::Env env) {
    env.AddCleanupHook(
        [](std::weak_ptr<Core>* weak) {
          if (const auto core = weak->lock()) core->close();
          delete weak;
        },
        new std::weak_ptr<Core>(core_));
  }

  using Method = Napi::Value (T::*)(const Napi::CallbackInfo&);

  // A method or getter whose C++ errors become JavaScript ones.
  template <Method method>
  static Property methodOf(const char* name) {
    return T::InstanceMethod(name, static_cast<Method>(&Wrapped::template call<method>));
  }
  template <Method method>
  static Property getterOf(const char* name) {
    return T::InstanceAccessor(name, static_cast<Method>(&Wrapped::template call<method>), nullptr);
  }

  std::shared_ptr<Core> core_;

 private:
  template <Method method>
  Napi::Value call(const Napi::CallbackInfo& info) {
    return translated(info.Env(), [&] { return (static_cast<T*>(this)->*method)(info); });
  }

  static Napi::FunctionReference& slot(Napi::Env env) {
    return env.GetInstanceData<Constructors>()->byName[T::kName];
  }
};

}  // namespace rasvm::js
