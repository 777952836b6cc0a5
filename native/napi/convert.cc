#include "napi/convert.h"

#include <cmath>
#include <string>

namespace rasvm::js {
namespace {

constexpr double kMaxSafeInteger = 9007199254740991.0;

[[noreturn]] void throwType(const Napi::Value& value, const char* name, const char* wanted) {
  throw Napi::TypeError::New(value.Env(), std::string(name) + " must be " + wanted);
}

double toInteger(const Napi::Value& value, const char* name, double min, double max) {
  if (!value.IsNumber()) throwType(value, name, "a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= min && number <= max) || std::trunc(number) != number) {
    throw Napi::RangeError::New(value.Env(), std::string(name) + " must be an integer from " +
                                                 std::to_string(static_cast<int64_t>(min)) + " to " +
                                                 std::to_string(static_cast<int64_t>(max)));
  }
  return number;
}

}  // namespace

Napi::Error nativeError(Napi::Env env, const SystemError& error) {
  Napi::Error result = Napi::Error::New(env, error.what());
  result.Set("code", Napi::String::New(env, errnoName(error.number)));
  result.Set("errno", Napi::Number::New(env, error.number));
  result.Set("syscall", Napi::String::New(env, error.syscall));
  if (error.offset) result.Set("offset", Napi::Number::New(env, static_cast<double>(*error.offset)));
  if (error.length) result.Set("length", Napi::Number::New(env, static_cast<double>(*error.length)));
  return result;
}

void callBack(Napi::Env env, const Napi::Function& function) {
  try {
    function.Call({});
  } catch (const Napi::Error& error) {
    napi_fatal_exception(env, error.Value());
  }
}

uint64_t toU64(const Napi::Value& value, const char* name) {
  return static_cast<uint64_t>(toInteger(value, name, 0, kMaxSafeInteger));
}

uint32_t toU32(const Napi::Value& value, const char* name) {
  return static_cast<uint32_t>(toInteger(value, name, 0, UINT32_MAX));
}

int32_t toI32(const Napi::Value& value, const char* name) {
  return static_cast<int32_t>(toInteger(value, name, INT32_MIN, INT32_MAX));
}

bool toBool(const Napi::Value& value, const char* name) {
  if (!value.IsBoolean()) throwType(value, name, "a boolean");
  return value.As<Napi::Boolean>().Value();
}

uint8_t toHold(const Napi::Value& value) {
  const auto bit = static_cast<uint8_t>(toInteger(value, "hold", 1, 0x80));
  if ((bit & (bit - 1)) != 0) throw Napi::RangeError::New(value.Env(), "hold must be one bit");
  return bit;
}

uint64_t toBits(const Napi::Value& value, const char* name) {
  if (!value.IsBigInt()) throwType(value, name, "a bigint");
  bool lossless = false;
  const uint64_t bits = value.As<Napi::BigInt>().Uint64Value(&lossless);
  if (!lossless) {
    throw Napi::RangeError::New(value.Env(),
                                std::string(name) + " must be a bigint from 0n to 2n ** 64n - 1n");
  }
  return bits;
}

Bytes toBytes(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throwType(value, name, "a Uint8Array");
  }
  auto array = value.As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

Words toWords(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_biguint64_array) {
    throwType(value, name, "a BigUint64Array");
  }
  auto array = value.As<Napi::BigUint64Array>();
  return {array.Data(), array.ElementLength()};
}

}  // namespace rasvm::js
