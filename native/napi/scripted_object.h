// NativeScripted for JavaScript: signals, and VMs without KVM.
#pragma once

#include <napi.h>

namespace rasvm::js {

Napi::Object defineScripted(Napi::Env env);

}  // namespace rasvm::js
