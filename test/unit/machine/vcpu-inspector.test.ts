import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REG } from '../../../src/kvm/registers.ts';
import { VcpuInspector } from '../../../src/machine/vcpu-inspector.ts';
import type { Vcpu } from '../../../src/native/binding.ts';
import { store, withVm } from '../native/support.ts';

const PC = 0xffff_8000_1234_5678n;

test('a vCPU that runs is read while it is paused, once for all who ask, and goes on', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    const vcpu = vcpus[0]!;
    const inspector = new VcpuInspector();
    vcpu.setReg(REG.PC, PC);
    vcpu.start();
    for (let i = 0; i < 3; i++) {
      const asked = [inspector.inspect(vcpu), inspector.inspect(vcpu)];
      await events.next('paused');
      inspector.paused(vcpu);
      vcpu.resume();
      for (const { registers, held } of await Promise.all(asked))
        assert.deepEqual([registers.pc, held], [PC, false]);
    }
    await events.quiet();
    vm.play(0, store(0, 4, 1n));
    await events.next('mmio-write');
  });
});

test('a vCPU that waits for rasvm is read where it stands', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    const vcpu = vcpus[0]!;
    const inspector = new VcpuInspector();
    vcpu.setReg(REG.PC, PC);
    vcpu.start();
    vm.play(0, store(0, 4, 1n));
    await events.next('mmio-write');
    const { registers, held } = await inspector.inspect(vcpu);
    assert.deepEqual([registers.pc, held], [PC, true]);
    assert.equal(vcpu.running, false);
    vcpu.resume();
    await events.quiet();
  });
});

test('a vCPU that comes to wait for rasvm before its pause is read all the same', async () => {
  const inspector = new VcpuInspector();
  let running = true;
  const vcpu = {
    index: 0,
    get running() {
      return running;
    },
    pause: () => setTimeout(() => (running = false), 10),
    getReg: () => PC,
    getMpState: () => 0,
    getEvents: () => ({ serrorPending: false }),
  } as unknown as Vcpu;
  const { registers, held } = await inspector.inspect(vcpu);
  assert.deepEqual([registers.pc, held], [PC, true]);
  // Its pause comes later, when nobody asks any more.
  inspector.paused(vcpu);
});

test('who asks when the guest ends is told', async () => {
  await withVm(1, async ({ vcpus }) => {
    const inspector = new VcpuInspector();
    vcpus[0]!.start();
    const asked = inspector.inspect(vcpus[0]!);
    inspector.close();
    await assert.rejects(asked, { code: 'CONTROL', message: 'the guest has ended' });
  });
});
