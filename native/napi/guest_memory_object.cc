#include "napi/guest_memory_object.h"

#include <optional>

#include "memory/poison.h"

namespace rasvm::js {
namespace {

Napi::Number number(Napi::Env env, uint64_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

// MADV_HWPOISON takes the kernel milliseconds: not on the event loop's thread.
class MadviseWorker : public Napi::AsyncWorker {
 public:
  MadviseWorker(Napi::Env env, std::shared_ptr<GuestMemory> memory, uint64_t offset, uint64_t length)
      : AsyncWorker(env), deferred_(env), memory_(std::move(memory)), offset_(offset), length_(length) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

  void Execute() override {
    try {
      signals_ = poisonByMadvise(*memory_, offset_, length_);
    } catch (const SystemError& error) {
      error_.emplace(error);
    }
  }
  void OnOK() override {
    if (error_) {
      deferred_.Reject(nativeError(Env(), *error_).Value());
    } else {
      deferred_.Resolve(Napi::Number::New(Env(), signals_));
    }
  }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  const Napi::Promise::Deferred deferred_;
  const std::shared_ptr<GuestMemory> memory_;
  const uint64_t offset_, length_;
  uint32_t signals_ = 0;
  std::optional<SystemError> error_;
};

}  // namespace

std::vector<GuestMemoryObject::Property> GuestMemoryObject::properties() {
  using T = GuestMemoryObject;
  return {getterOf<&T::size>("size"),           getterOf<&T::hva>("hva"),
          getterOf<&T::pageSize>("pageSize"),   getterOf<&T::fd>("fd"),
          methodOf<&T::read>("read"),           methodOf<&T::write>("write"),
          methodOf<&T::readU64>("readU64"),     methodOf<&T::writeU64>("writeU64"),
          methodOf<&T::writeU32>("writeU32"),   methodOf<&T::clear>("clear"),
          methodOf<&T::readFile>("readFile"),   methodOf<&T::populate>("populate"),
          methodOf<&T::findPoison>("findPoison"), methodOf<&T::hostFrame>("hostFrame"),
          methodOf<&T::poison>("poison"),       methodOf<&T::renew>("renew"),
          methodOf<&T::resident>("resident"),   methodOf<&T::close>("close")};
}

GuestMemoryObject::GuestMemoryObject(const Napi::CallbackInfo& info) : Wrapped(info) {
  if (!info[0].IsObject()) throw Napi::TypeError::New(info.Env(), "options must be an object");
  translated(info.Env(), [&] {
    const auto options = info[0].As<Napi::Object>();
    const uint64_t size = toU64(options.Get("size"), "size");
    const uint64_t hugePageSize = toU64(options.Get("hugePageSize"), "hugePageSize");
    const std::string backing = options.Get("backing").ToString();
    if (backing != "anonymous" && backing != "memfd") {
      throw RangeError("backing must be 'anonymous' or 'memfd'");
    }
    if (hugePageSize != 0 && hugePageSize != 0x20'0000 && hugePageSize != 0x4000'0000) {
      throw RangeError("hugePageSize must be 0, 0x20_0000 or 0x4000_0000");
    }
    core_ = std::make_shared<GuestMemory>(size, backing == "memfd" ? Backing::Memfd : Backing::Anonymous,
                                          hugePageSize);
  });
}

GuestMemory& GuestMemoryObject::memory() const {
  if (!core_) throw StateError("the guest memory is closed");
  return *core_;
}

Napi::Value GuestMemoryObject::size(const Napi::CallbackInfo& info) {
  return number(info.Env(), memory().size());
}

Napi::Value GuestMemoryObject::hva(const Napi::CallbackInfo& info) {
  return number(info.Env(), reinterpret_cast<uintptr_t>(memory().base()));
}

Napi::Value GuestMemoryObject::pageSize(const Napi::CallbackInfo& info) {
  return number(info.Env(), memory().pageSize());
}

Napi::Value GuestMemoryObject::fd(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), memory().fd());
}

Napi::Value GuestMemoryObject::read(const Napi::CallbackInfo& info) {
  const Bytes target = toBytes(info[1], "target");
  memory().read(toU64(info[0], "offset"), target.data, target.size);
  return info.Env().Undefined();
}

Napi::Value GuestMemoryObject::write(const Napi::CallbackInfo& info) {
  const Bytes source = toBytes(info[1], "source");
  memory().write(toU64(info[0], "offset"), source.data, source.size);
  return info.Env().Undefined();
}

Napi::Value GuestMemoryObject::readU64(const Napi::CallbackInfo& info) {
  return Napi::BigInt::New(info.Env(), memory().readU64(toU64(info[0], "offset")));
}

Napi::Value GuestMemoryObject::writeU64(const Napi::CallbackInfo& info) {
  memory().writeU64(toU64(info[0], "offset"), toBits(info[1], "value"));
  return info.Env().Undefined();
}

Napi::Value GuestMemoryObject::writeU32(const Napi::CallbackInfo& info) {
  memory().writeU32(toU64(info[0], "offset"), toU32(info[1], "value"));
  return info.Env().Undefined();
}

Napi::Value GuestMemoryObject::clear(const Napi::CallbackInfo& info) {
  memory().clear(toU64(info[0], "offset"), toU64(info[1], "length"));
  return info.Env().Undefined();
}

Napi::Value GuestMemoryObject::readFile(const Napi::CallbackInfo& info) {
  return number(info.Env(), memory().readFile(toI32(info[0], "fd"), toU64(info[1], "position"),
                                              toU64(info[2], "offset"), toU64(info[3], "length")));
}

Napi::Value GuestMemoryObject::populate(const Napi::CallbackInfo& info) {
  memory().populate(toU64(info[0], "offset"), toU64(info[1], "length"));
  return info.Env().Undefined();
}

Napi::Value GuestMemoryObject::findPoison(const Napi::CallbackInfo& info) {
  const std::vector<uint64_t> lost = memory().findPoison(toU64(info[0], "offset"), toU64(info[1], "length"));
  auto result = Napi::Array::New(info.Env(), lost.size());
  for (uint32_t i = 0; i < lost.size(); ++i) result.Set(i, number(info.Env(), lost[i]));
  return result;
}

Napi::Value GuestMemoryObject::hostFrame(const Napi::CallbackInfo& info) {
  return Napi::BigInt::New(info.Env(), memory().hostFrame(toU64(info[0], "offset")));
}

Napi::Value GuestMemoryObject::poison(const Napi::CallbackInfo& info) {
  const uint64_t offset = toU64(info[0], "offset");
  const uint64_t length = toU64(info[1], "length");
  const std::string means = info[2].ToString();
  memory().at(offset, length);
  if (means == "madvise") {
    auto* worker = new MadviseWorker(info.Env(), core_, offset, length);
    const Napi::Promise promise = worker->promise();
    worker->Queue();
    return promise;
  }
  if (means != "uffd") throw RangeError("means must be 'uffd' or 'madvise'");
  const Napi::Promise::Deferred deferred(info.Env());
  try {
    // On this thread: no other one that copies from guest memory can fall into the gap.
    poisonByUserfaultfd(memory(), offset, length);
    deferred.Resolve(Napi::Number::New(info.Env(), 0));
  } catch (const SystemError& error) {
    deferred.Reject(nativeError(info.Env(), error).Value());
  }
  return deferred.Promise();
}

Napi::Value GuestMemoryObject::renew(const Napi::CallbackInfo& info) {
  memory().renew(toU64(info[0], "offset"), toU64(info[1], "length"));
  return info.Env().Undefined();
}

Napi::Value GuestMemoryObject::resident(const Napi::CallbackInfo& info) {
  return number(info.Env(), memory().resident());
}

Napi::Value GuestMemoryObject::close(const Napi::CallbackInfo& info) {
  core_.reset();  // a VM's memory slots may still hold it
  return info.Env().Undefined();
}

}  // namespace rasvm::js
