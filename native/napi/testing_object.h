// NativeTesting for JavaScript: signals, and VMs without KVM.
#pragma once

#include <napi.h>

namespace rasvm::js {

Napi::Object defineTesting(Napi::Env env);

}  // namespace rasvm::js
