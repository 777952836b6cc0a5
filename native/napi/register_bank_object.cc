#include "napi/register_bank_object.h"

#include <initializer_list>
#include <string>
#include <utility>

namespace rasvm::js {
namespace {

// One of a few words.
template <typename E>
E toEnum(const Napi::Value& value, const char* name, std::initializer_list<std::pair<const char*, E>> words) {
  const std::string given = value.ToString();
  for (const auto& [word, result] : words) {
    if (given == word) return result;
  }
  throw RangeError(std::string(name) + " cannot be '" + given + "'");
}

Napi::Object toObject(const Napi::Value& value, const char* name) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), std::string(name) + " must be an object");
  return value.As<Napi::Object>();
}

Napi::Array toArray(const Napi::Value& value, const char* name) {
  if (!value.IsArray()) throw Napi::TypeError::New(value.Env(), std::string(name) + " must be an array");
  return value.As<Napi::Array>();
}

std::optional<RegisterCondition> toCondition(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  const Napi::Object from = toObject(value, "unless");
  return RegisterCondition{toU32(from.Get("target"), "target"), toBits(from.Get("mask"), "mask")};
}

RegisterEffect toEffect(const Napi::Value& value) {
  const Napi::Object from = toObject(value, "effect");
  return {
      toEnum<EffectOp>(from.Get("op"), "op",
                       {{"store", EffectOp::Store},
                        {"clear", EffectOp::Clear},
                        {"raise", EffectOp::Raise},
                        {"lower", EffectOp::Lower}}),
      toU32(from.Get("target"), "target"), toBits(from.Get("mask"), "mask"), toCondition(from.Get("unless"))};
}

RegisterSpec toRegister(const Napi::Value& value) {
  const Napi::Object from = toObject(value, "register");
  RegisterSpec spec = {toU32(from.Get("offset"), "offset"),
                       toU32(from.Get("size"), "size"),
                       toBits(from.Get("value"), "value"),
                       toEnum<ReadPolicy>(from.Get("read"), "read",
                                          {{"shadow", ReadPolicy::Shadow},
                                           {"take", ReadPolicy::Take},
                                           {"wait", ReadPolicy::Wait}}),
                       toEnum<WritePolicy>(from.Get("write"), "write",
                                           {{"ignore", WritePolicy::Ignore},
                                            {"post", WritePolicy::Post},
                                            {"silent", WritePolicy::Silent},
                                            {"wait", WritePolicy::Wait}}),
                       from.Has("hold") ? toHold(from.Get("hold")) : uint8_t{0},
                       {}};
  if (spec.size != 1 && spec.size != 2 && spec.size != 4 && spec.size != 8) {
    throw RangeError("a register's size is 1, 2, 4 or 8");
  }
  const Napi::Value effects = from.Get("effects");
  if (!effects.IsUndefined()) {
    const Napi::Array list = toArray(effects, "effects");
    for (uint32_t i = 0; i < list.Length(); ++i) spec.effects.push_back(toEffect(list.Get(i)));
  }
  return spec;
}

QueueState toQueueState(const Napi::Value& value) {
  const Napi::Object from = toObject(value, "state");
  QueueState state;
  state.depth = toU32(from.Get("depth"), "depth");
  state.low = toU32(from.Get("low"), "low");
  const Napi::Array flags = toArray(from.Get("flags"), "flags");
  for (uint32_t i = 0; i < flags.Length(); ++i) {
    const Napi::Object flag = toObject(flags.Get(i), "flag");
    state.flags.push_back({toU32(flag.Get("register"), "register"), toBits(flag.Get("mask"), "mask"),
                           toU32(flag.Get("least"), "least"),
                           flag.Has("inverted") && toBool(flag.Get("inverted"), "inverted")});
  }
  return state;
}

// Of the state's queue: no more than a device's queue may ever hold.
constexpr uint32_t kLongestQueue = 1 << 16;

BankState toBankState(const Napi::Value& value) {
  const Napi::Object from = toObject(value, "state");
  BankState state;
  const Napi::Array shadows = toArray(from.Get("shadows"), "shadows");
  for (uint32_t i = 0; i < shadows.Length(); ++i) {
    const Napi::Object shadow = toObject(shadows.Get(i), "shadow");
    state.shadows.push_back({toU32(shadow.Get("offset"), "offset"), toBits(shadow.Get("value"), "value")});
  }
  const Napi::Array queue = toArray(from.Get("queue"), "queue");
  if (queue.Length() > kLongestQueue) throw RangeError("queue is too long");
  for (uint32_t i = 0; i < queue.Length(); ++i) {
    const uint32_t entry = toU32(queue.Get(i), "queue");
    if (entry > 0xffff) throw RangeError("what waits in a queue is 0 to 65535");
    state.queue.push_back(static_cast<uint16_t>(entry));
  }
  return state;
}

}  // namespace

RegisterBankSpec toBankSpec(const Napi::Value& value) {
  const Napi::Object from = toObject(value, "spec");
  RegisterBankSpec spec = {toU64(from.Get("base"), "base"), toU64(from.Get("size"), "size"), {}, {}, {}, {}};
  const Napi::Array registers = toArray(from.Get("registers"), "registers");
  for (uint32_t i = 0; i < registers.Length(); ++i) spec.registers.push_back(toRegister(registers.Get(i)));
  const Napi::Value interrupt = from.Get("interrupt");
  if (!interrupt.IsUndefined()) {
    const Napi::Object line = toObject(interrupt, "interrupt");
    spec.interrupt = {toU32(line.Get("irq"), "irq"), toU32(line.Get("status"), "status"),
                      toU32(line.Get("mask"), "mask")};
  }
  const Napi::Value queue = from.Get("queue");
  if (!queue.IsUndefined()) {
    const Napi::Object own = toObject(queue, "queue");
    spec.queueTold = toU32(own.Get("told"), "told");
    if (own.Has("status")) spec.queueStatus = toU32(own.Get("status"), "status");
  }
  return spec;
}

std::vector<RegisterBankObject::Property> RegisterBankObject::properties() {
  return {methodOf<&RegisterBankObject::get>("get"), methodOf<&RegisterBankObject::update>("update"),
          methodOf<&RegisterBankObject::supply>("supply"), methodOf<&RegisterBankObject::drop>("drop"),
          methodOf<&RegisterBankObject::save>("save"), methodOf<&RegisterBankObject::load>("load"),
          methodOf<&RegisterBankObject::close>("close")};
}

RegisterBank& RegisterBankObject::bank() const {
  if (!core_) throw StateError("the register bank is closed");
  return *core_->bank;
}

Napi::Value RegisterBankObject::get(const Napi::CallbackInfo& info) {
  return Napi::BigInt::New(info.Env(), bank().get(toU32(info[0], "offset")));
}

Napi::Value RegisterBankObject::update(const Napi::CallbackInfo& info) {
  return Napi::BigInt::New(
      info.Env(), bank().update(toU32(info[0], "offset"), toBits(info[1], "clear"), toBits(info[2], "set")));
}

Napi::Value RegisterBankObject::supply(const Napi::CallbackInfo& info) {
  const Bytes bytes = toBytes(info[0], "bytes");
  const uint32_t status = info[2].IsUndefined() ? 0 : toU32(info[2], "status");
  if (status > 0xff) throw RangeError("status is 0 to 255");
  const size_t taken =
      bank().supply(bytes.data, bytes.size, toQueueState(info[1]), static_cast<uint8_t>(status));
  return Napi::Number::New(info.Env(), static_cast<double>(taken));
}

Napi::Value RegisterBankObject::drop(const Napi::CallbackInfo& info) {
  bank().drop();
  return info.Env().Undefined();
}

Napi::Value RegisterBankObject::save(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const BankState state = bank().save();
  Napi::Array shadows = Napi::Array::New(env, state.shadows.size());
  for (uint32_t i = 0; i < state.shadows.size(); ++i) {
    Napi::Object shadow = Napi::Object::New(env);
    shadow.Set("offset", Napi::Number::New(env, state.shadows[i].offset));
    shadow.Set("value", Napi::BigInt::New(env, state.shadows[i].value));
    shadows.Set(i, shadow);
  }
  Napi::Array queue = Napi::Array::New(env, state.queue.size());
  for (uint32_t i = 0; i < state.queue.size(); ++i) queue.Set(i, Napi::Number::New(env, state.queue[i]));
  Napi::Object result = Napi::Object::New(env);
  result.Set("shadows", shadows);
  result.Set("queue", queue);
  return result;
}

Napi::Value RegisterBankObject::load(const Napi::CallbackInfo& info) {
  bank().load(toBankState(info[0]));
  return info.Env().Undefined();
}

Napi::Value RegisterBankObject::close(const Napi::CallbackInfo& info) {
  if (core_) core_->vm->unmapRegisters(core_->bank.get());
  core_.reset();
  return info.Env().Undefined();
}

}  // namespace rasvm::js
