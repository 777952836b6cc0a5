// SigbusListener for JavaScript, made by startSigbus.
#pragma once

#include "napi/wrapped.h"
#include "sigbus/listener.h"

namespace rasvm::js {

class SigbusObject : public Wrapped<SigbusObject, SigbusListener> {
 public:
  static constexpr const char* kName = "SigbusListener";
  static std::vector<Property> properties();
  explicit SigbusObject(const Napi::CallbackInfo& info);

  // startSigbus(queue, early)
  static Napi::Value start(const Napi::CallbackInfo& info);

 private:
  Napi::Value early(const Napi::CallbackInfo& info);
  Napi::Value tid(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);
};

}  // namespace rasvm::js
