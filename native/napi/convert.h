// Between JavaScript values and C++ ones: checked arguments, and errors as the contract has them.
#pragma once

#include <napi.h>

#include <cstdint>

#include "util/error.h"

namespace rasvm::js {

// An Error with `code`, `errno` and `syscall` (NativeError in src/native/binding.ts).
Napi::Error nativeError(Napi::Env env, const SystemError& error);

// Runs `body`; C++ errors become JavaScript errors.
template <typename Body>
auto translated(Napi::Env env, Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const SystemError& error) {
    throw nativeError(env, error);
  } catch (const RangeError& error) {
    throw Napi::RangeError::New(env, error.what());
  } catch (const StateError& error) {
    Napi::Error result = Napi::Error::New(env, error.what());
    result.Set("code", Napi::String::New(env, "ERR_STATE"));
    throw result;
  } catch (const std::exception& error) {
    // Napi::Error derives from std::exception where exceptions are on.
    if (const auto* thrown = dynamic_cast<const Napi::Error*>(&error)) throw Napi::Error(*thrown);
    throw Napi::Error::New(env, error.what());
  }
}

// A call that comes from no JavaScript. What it throws is an uncaughtException: Node-API would do no more than warn of it
// (DEP0168).
void callBack(Napi::Env env, const Napi::Function& function);

// Arguments. TypeError for another type, RangeError for a number that does not fit. `name` goes into the
// message.
uint64_t toU64(const Napi::Value& value, const char* name);  // a number: integer, 0 .. 2^53 - 1
uint32_t toU32(const Napi::Value& value, const char* name);
int32_t toI32(const Napi::Value& value, const char* name);
bool toBool(const Napi::Value& value, const char* name);
uint8_t toHold(const Napi::Value& value);  // Hold of binding.ts: a bit
uint64_t toBits(const Napi::Value& value, const char* name);  // a bigint: 0 .. 2^64 - 1

struct Bytes {
  uint8_t* data;
  size_t size;
};
Bytes toBytes(const Napi::Value& value, const char* name);  // a Uint8Array, Buffers too

struct Words {
  uint64_t* data;
  size_t count;
};
Words toWords(const Napi::Value& value, const char* name);  // a BigUint64Array

}  // namespace rasvm::js
