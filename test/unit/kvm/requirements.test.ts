/** What a guest needs of the host's KVM, asked for first. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RasvmError } from '../../../src/core/errors.ts';
import { GiB } from '../../../src/core/region.ts';
import { CAP, DEVICE_TYPE } from '../../../src/kvm/abi.ts';
import { createBareVm, createVm, ipaLimit, kvmLacks } from '../../../src/kvm/requirements.ts';
import type { EventQueue, Kvm, Vm } from '../../../src/native/binding.ts';

const QUEUE = {} as EventQueue;
const BASE = GiB;

/** A host with everything but what `lacks` takes away; `types` are KVM_CREATE_VM's arguments. */
function host(ipaBits: number | undefined, lacks: { caps?: number[]; devices?: number[] } = {}) {
  const types: number[] = [];
  let open = 0;
  const vm = {
    hasDevice: (type: number) => !lacks.devices?.includes(type),
    close: () => void open--,
  } as unknown as Vm;
  const kvm = {
    checkExtension(cap: number) {
      if (cap === CAP.ARM_VM_IPA_SIZE) return ipaBits ?? 0;
      return lacks.caps?.includes(cap) ? 0 : 1;
    },
    createVm(type: number) {
      // arch/arm64/kvm/reset.c, kvm_arm_setup_stage2
      if (type === 0 ? (ipaBits ?? 40) < 40 : type > (ipaBits ?? 0) || type < 32)
        throw Object.assign(new Error('EINVAL'), { code: 'EINVAL' });
      types.push(type);
      open++;
      return vm;
    },
  } as unknown as Kvm;
  return { kvm, types, open: () => open };
}

const make = ({ kvm }: { kvm: Kvm }, size: number) => createVm(kvm, QUEUE, { base: BASE, size });

test('a guest has addresses of 40 bits, of fewer where the host has fewer, of more where its RAM needs them', () => {
  for (const [bits, size, type] of [
    [undefined, GiB, 0],
    [44, GiB, 0],
    [40, 1023 * GiB, 0],
    [44, 1024 * GiB, 41],
    [48, 4095 * GiB, 42],
    [36, GiB, 36],
    [36, 63 * GiB, 36],
  ] as const) {
    const on = host(bits);
    make(on, size);
    createBareVm(on.kvm, QUEUE);
    assert.deepEqual(on.types, [type, (bits ?? 40) < 40 ? bits : 0]);
  }
});

test('RAM beyond the addresses that the host has is refused, with how much may be had', () => {
  for (const [bits, size, most] of [
    [36, 64, 63],
    [40, 1024, 1023],
    [undefined, 1024, 1023],
  ] as const) {
    const on = host(bits);
    assert.equal(ipaLimit(on.kvm), bits ?? 40);
    assert.throws(() => make(on, size * GiB), {
      code: 'MEMORY',
      message: new RegExp(`^${size} GiB of guest RAM .* give --memory ${most}G or less$`),
    });
    assert.deepEqual(on.types, []);
  }
});

test('what the host lacks is said, all of it, with what to do, and no VM is left', () => {
  const on = host(40, {
    caps: [CAP.ARM_PSCI_0_2, CAP.IMMEDIATE_EXIT],
    devices: [DEVICE_TYPE.ARM_VGIC_V3, DEVICE_TYPE.ARM_VGIC_ITS],
  });
  assert.throws(
    () => make(on, GiB),
    (error) => {
      assert.ok(error instanceof RasvmError);
      assert.equal(error.code, 'KVM_CAPABILITY');
      const said = [error.message, ...error.more];
      assert.deepEqual(said, kvmLacks(on.kvm, on.kvm.createVm(0, QUEUE)));
      assert.equal(said.length, 4);
      for (const line of said) assert.match(line, /^the host's KVM has no .*: take a /);
      return true;
    },
  );
  assert.equal(on.open(), 1, 'but for the one that was asked here');
  const whole = host(40);
  assert.deepEqual(kvmLacks(whole.kvm, make(whole, GiB)), []);
});
