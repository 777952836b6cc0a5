// ReadableWatch for JavaScript: new ReadableWatch(fd, onReadable).
#pragma once

#include "io/readable_watch.h"
#include "napi/wrapped.h"

namespace rasvm::js {

class ReadableWatchObject : public Wrapped<ReadableWatchObject, ReadableWatch> {
 public:
  static constexpr const char* kName = "ReadableWatch";
  static std::vector<Property> properties();
  explicit ReadableWatchObject(const Napi::CallbackInfo& info);

 private:
  Napi::Value close(const Napi::CallbackInfo& info);

  // Of the main thread: a call that is on its way when the watch is closed does nothing.
  const std::shared_ptr<bool> open_ = std::make_shared<bool>(true);
};

}  // namespace rasvm::js
