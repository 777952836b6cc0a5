#include "kvm/device.h"

namespace rasvm {
namespace {

kvm_device_attr attribute(uint32_t group, uint64_t attr, const void* data) {
  kvm_device_attr result = {};
  result.group = group;
  result.attr = attr;
  result.addr = reinterpret_cast<uint64_t>(data);
  return result;
}

}  // namespace

bool hasDeviceAttr(KernelFile& file, uint32_t group, uint64_t attr) {
  kvm_device_attr argument = attribute(group, attr, nullptr);
  return file.ioctl(KVM_HAS_DEVICE_ATTR, &argument) == 0;
}

void setDeviceAttr(KernelFile& file, uint32_t group, uint64_t attr, const void* data) {
  kvm_device_attr argument = attribute(group, attr, data);
  RASVM_IOCTL(file, KVM_SET_DEVICE_ATTR, &argument);
}

void getDeviceAttr(KernelFile& file, uint32_t group, uint64_t attr, void* data) {
  kvm_device_attr argument = attribute(group, attr, data);
  RASVM_IOCTL(file, KVM_GET_DEVICE_ATTR, &argument);
}

}  // namespace rasvm
