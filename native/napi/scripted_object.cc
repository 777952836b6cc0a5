#include "napi/scripted_object.h"

#include "napi/event_queue_object.h"
#include "napi/vm_object.h"
#include "scripted/scripted_vm.h"

namespace rasvm::js {
namespace {

using scripted::ScriptedVm;
using scripted::Step;

SigbusRecord toSigbus(const Napi::Value& value) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "sigbus must be an object");
  const auto from = value.As<Napi::Object>();
  return {toU64(from.Get("hva"), "hva"), 0, toI32(from.Get("code"), "code"), toU32(from.Get("lsb"), "lsb")};
}

Step toStep(const Napi::Value& value) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "step must be an object");
  const auto from = value.As<Napi::Object>();
  Step step;
  if (from.Has("run")) {
    const Bytes run = toBytes(from.Get("run"), "run");
    step.run.assign(run.data, run.data + run.size);
  } else {
    step.error = toI32(from.Get("errno"), "errno");
  }
  const Napi::Value sigbus = from.Get("sigbus");
  if (sigbus.IsArray()) {
    const auto list = sigbus.As<Napi::Array>();
    for (uint32_t i = 0; i < list.Length(); ++i) step.sigbus.push_back(toSigbus(list.Get(i)));
  } else if (!sigbus.IsUndefined()) {
    step.sigbus.push_back(toSigbus(sigbus));
  }
  return step;
}

Napi::Value raiseSigbus(const Napi::CallbackInfo& info) {
  return translated(info.Env(), [&] {
    scripted::raiseSigbus(toI32(info[0], "code"), toU64(info[1], "hva"), toU32(info[2], "lsb"));
    return info.Env().Undefined();
  });
}

// A Vm, with the script's methods as its own properties.
Napi::Value createVm(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return translated(env, [&] {
    const auto script = std::make_shared<ScriptedVm>();
    Napi::Object vm = VmObject::wrap(env, std::make_shared<Vm>(script, EventQueueObject::coreOf(info[0])));
    vm.Set("play", Napi::Function::New(env, [script](const Napi::CallbackInfo& call) {
             translated(call.Env(), [&] { script->play(toU32(call[0], "vcpu"), toStep(call[1])); });
           }));
    vm.Set("lastMmioData", Napi::Function::New(env, [script](const Napi::CallbackInfo& call) -> Napi::Value {
             return translated(call.Env(), [&] {
               return Napi::BigInt::New(call.Env(), script->lastMmioData(toU32(call[0], "vcpu")));
             });
           }));
    vm.Set("takeIrqLines", Napi::Function::New(env, [script](const Napi::CallbackInfo& call) -> Napi::Value {
             const auto lines = script->takeIrqLines();
             auto result = Napi::Array::New(call.Env(), lines.size());
             for (uint32_t i = 0; i < lines.size(); ++i) {
               auto line = Napi::Object::New(call.Env());
               line.Set("irq", Napi::Number::New(call.Env(), lines[i].irq));
               line.Set("level", Napi::Boolean::New(call.Env(), lines[i].level));
               result.Set(i, line);
             }
             return result;
           }));
    return vm;
  });
}

}  // namespace

Napi::Object defineScripted(Napi::Env env) {
  auto scripted = Napi::Object::New(env);
  scripted.Set("raiseSigbus", Napi::Function::New(env, raiseSigbus, "raiseSigbus"));
  scripted.Set("createVm", Napi::Function::New(env, createVm, "createVm"));
  return scripted;
}

}  // namespace rasvm::js
