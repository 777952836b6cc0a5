#include "napi/readable_watch_object.h"

namespace rasvm::js {

std::vector<ReadableWatchObject::Property> ReadableWatchObject::properties() {
  return {methodOf<&ReadableWatchObject::close>("close")};
}

ReadableWatchObject::ReadableWatchObject(const Napi::CallbackInfo& info) : Wrapped(info) {
  translated(info.Env(), [&] {
    const int fd = toI32(info[0], "fd");
    if (!info[1].IsFunction()) throw Napi::TypeError::New(info.Env(), "onReadable must be a function");
    auto call = Napi::ThreadSafeFunction::New(info.Env(), info[1].As<Napi::Function>(), "rasvm.ReadableWatch", 0, 1);
    call.Unref(info.Env());
    // Released with the last copy: here, or when the thread ends.
    const std::shared_ptr<void> released(nullptr, [call](void*) mutable { call.Release(); });
    core_ = std::make_shared<ReadableWatch>(fd, [call, released, open = open_] {
      call.NonBlockingCall([open](Napi::Env env, Napi::Function onReadable) {
        if (*open) callBack(env, onReadable);
      });
    });
  });
  closeAtEnd(info.Env());
}

Napi::Value ReadableWatchObject::close(const Napi::CallbackInfo& info) {
  *open_ = false;
  core_->close();
  return info.Env().Undefined();
}

}  // namespace rasvm::js
