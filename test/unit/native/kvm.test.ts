import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { test } from 'node:test';
import { addon, Events } from './support.ts';

function usableKvm(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

test('a device that is missing, or is not KVM, is a NativeError', () => {
  assert.throws(() => new addon.Kvm('/nowhere/kvm'), { code: 'ENOENT', errno: 2, syscall: 'open' });
  const notKvm = new addon.Kvm('/dev/null');
  assert.throws(() => notKvm.apiVersion, { code: 'ENOTTY', syscall: 'KVM_GET_API_VERSION' });
  notKvm.close();
  assert.throws(() => notKvm.apiVersion, { code: 'ERR_STATE' });
});

test('a queue or memory of another kind is a TypeError', () => {
  assert.throws(() => addon.scripted.createVm({} as never), TypeError);
  const events = new Events();
  const vm = addon.scripted.createVm(events.queue);
  assert.throws(() => vm.setMemoryRegion(0, 0, 0, 0x1000, {} as never, 0), TypeError);
  assert.throws(() => Reflect.construct(vm.constructor, []), TypeError);
  vm.close();
  events.queue.close();
  assert.throws(() => addon.scripted.createVm(events.queue), { code: 'ERR_STATE' });
});

test('KVM here makes a VM, gives it memory, and closes it', {
  skip: usableKvm() ? false : 'no /dev/kvm',
}, () => {
  const events = new Events();
  const kvm = new addon.Kvm();
  assert.equal(kvm.apiVersion, 12);
  const KVM_CAP_USER_MEMORY = 3;
  assert.equal(kvm.checkExtension(KVM_CAP_USER_MEMORY), 1);
  const vm = kvm.createVm(0, events.queue);
  const memory = new addon.GuestMemory({ size: 0x40_0000, backing: 'anonymous', hugePageSize: 0 });
  vm.setMemoryRegion(0, 0, 0x4000_0000, 0x40_0000, memory, 0);
  assert.throws(() => vm.setMemoryRegion(1, 0, 0x4000_0000, 0x1000, memory, 0), {
    code: 'EEXIST',
    syscall: 'KVM_SET_USER_MEMORY_REGION',
  });
  assert.throws(() => vm.setMemoryRegion(1, 0, 0x8000_0000, 0x80_0000, memory, 0), RangeError);
  vm.setMemoryRegion(0, 0, 0x4000_0000, 0, memory, 0);
  const vcpu = vm.createVcpu(0);
  assert.throws(() => vm.createVcpu(0), { code: 'EEXIST', syscall: 'KVM_CREATE_VCPU' });
  vm.close();
  assert.throws(() => vcpu.start(), { code: 'ERR_STATE' });
  kvm.close();
  events.queue.close();
});
