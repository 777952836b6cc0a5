// The addon's entry: what src/native/binding.ts calls Addon.
#include <napi.h>

#include "io/unix_socket.h"
#include "napi/convert.h"
#include "napi/device_object.h"
#include "napi/event_queue_object.h"
#include "napi/guest_memory_object.h"
#include "napi/kvm_object.h"
#include "napi/readable_watch_object.h"
#include "napi/register_bank_object.h"
#include "napi/scripted_object.h"
#include "napi/sigbus_object.h"
#include "napi/vcpu_object.h"
#include "napi/vm_object.h"
#include "util/parent_death.h"

namespace rasvm::js {
namespace {

Napi::Value parentDeathSignal(const Napi::CallbackInfo& info) {
  translated(info.Env(), [&] { setParentDeathSignal(toI32(info[0], "signal")); });
  return info.Env().Undefined();
}

Napi::Value listenOnPath(const Napi::CallbackInfo& info) {
  return translated(info.Env(), [&]() -> Napi::Value {
    if (!info[0].IsString()) throw Napi::TypeError::New(info.Env(), "path must be a string");
    return Napi::Number::New(info.Env(), listenUnix(info[0].As<Napi::String>()));
  });
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Constructors());
  exports.Set("EventQueue", EventQueueObject::define(env));
  exports.Set("Kvm", KvmObject::define(env));
  exports.Set("GuestMemory", GuestMemoryObject::define(env));
  VmObject::define(env);
  VcpuObject::define(env);
  DeviceObject::define(env);
  RegisterBankObject::define(env);
  SigbusObject::define(env);
  exports.Set("startSigbus", Napi::Function::New(env, SigbusObject::start, "startSigbus"));
  exports.Set("setParentDeathSignal",
              Napi::Function::New(env, parentDeathSignal, "setParentDeathSignal"));
  exports.Set("ReadableWatch", ReadableWatchObject::define(env));
  exports.Set("listenUnix", Napi::Function::New(env, listenOnPath, "listenUnix"));
  exports.Set("scripted", defineScripted(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(rasvm, init)

}  // namespace rasvm::js
