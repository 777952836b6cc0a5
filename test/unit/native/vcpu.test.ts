import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EAGAIN, EFAULT, EINVAL, EXIT, exit, load, QUIET, store, withVm } from './support.ts';

const PC = 0x6030_0000_0010_0040n;
const REGISTER_32 = 0x6020_0000_0013_0001n;

test('each exit becomes its event, and the vCPU runs on after resume', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    const [vcpu] = vcpus;
    vcpu!.start();
    const answer = async (step: { run: Uint8Array } | { errno: number }) => {
      vm.play(0, step);
      const { time, ...event } = await events.next();
      assert.ok(time > 0n && time <= process.hrtime.bigint());
      vcpu!.resume();
      return event;
    };
    assert.deepEqual(await answer(exit(EXIT.SYSTEM_EVENT, 2n | (1n << 32n), 5n)), {
      kind: 'system-event',
      vcpu: 0,
      type: 2,
      flags: 5n,
    });
    assert.deepEqual(await answer(exit(EXIT.HYPERCALL, 0xc400_0020n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 1n)), {
      kind: 'hypercall',
      vcpu: 0,
      nr: 0xc400_0020,
      flags: 1n,
    });
    assert.deepEqual(await answer(exit(EXIT.ARM_SEA, 1n, 0x9200_0010n, 0xffff_0000n, 0x4012_3000n)), {
      kind: 'arm-sea',
      vcpu: 0,
      esr: 0x9200_0010n,
      gpa: 0x4012_3000,
      gva: 0xffff_0000n,
    });
    assert.deepEqual(await answer(exit(EXIT.ARM_SEA, 0n, 0x9200_0410n, 0n, 0n)), {
      kind: 'arm-sea',
      vcpu: 0,
      esr: 0x9200_0410n,
      gpa: undefined,
      gva: undefined,
    });
    assert.deepEqual(await answer(exit(EXIT.ARM_NISV, 0x12n, 0x900_0000n)), {
      kind: 'arm-nisv',
      vcpu: 0,
      gpa: 0x900_0000,
      iss: 0x12n,
    });
    assert.deepEqual(await answer(exit(EXIT.FAIL_ENTRY, 77n, 3n)), {
      kind: 'other-exit',
      vcpu: 0,
      exitReason: EXIT.FAIL_ENTRY,
      words: [77n, 3n],
    });
    const failed = await answer({ errno: EINVAL });
    assert.equal(failed.kind === 'run-failed' && failed.error, 'EINVAL');
  });
});

test('EFAULT, as for a page that is being poisoned, is tried again', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    vcpus[0]!.start();
    for (let i = 0; i < 20; i++) vm.play(0, { errno: EFAULT });
    vm.play(0, store(0, 4, 1n));
    await events.next('mmio-write');
  });
});

test('EFAULT that does not end is told', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    vcpus[0]!.start();
    // More than a second's worth, at 200 us or longer each.
    for (let i = 0; i < 6000; i++) vm.play(0, { errno: EFAULT });
    const failed = await events.next('run-failed');
    assert.equal(failed.kind === 'run-failed' && failed.error, 'EFAULT');
  });
});

test('EAGAIN enters KVM_RUN again without a word', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    vcpus[0]!.start();
    vm.play(0, { errno: EAGAIN });
    vm.play(0, store(0, 4, 1n));
    await events.next('mmio-write');
  });
});

test('registers are reached before start, while the vCPU waits, and after stop, but not while it runs', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    const vcpu = vcpus[0]!;
    vcpu.setReg(PC, 0xffff_8000_1234_5678n);
    vcpu.setReg(REGISTER_32, 0x1_2345_6789n);
    assert.equal(vcpu.getReg(REGISTER_32), 0x2345_6789n);
    assert.deepEqual([...vcpu.regList()], [REGISTER_32, PC].sort());
    vcpu.start();
    assert.throws(() => vcpu.getReg(PC), { code: 'ERR_STATE', message: /vCPU 0 runs/ });
    vm.play(0, store(0, 4, 1n));
    await events.next('mmio-write');
    assert.equal(vcpu.getReg(PC), 0xffff_8000_1234_5678n);
    vcpu.resume();
    assert.throws(() => vcpu.setReg(PC, 0n), { code: 'ERR_STATE' });
    vcpu.stop();
    assert.equal(vcpu.getReg(PC), 0xffff_8000_1234_5678n);
    assert.throws(() => vcpu.getReg(1n), { code: 'ENOENT', syscall: 'KVM_GET_ONE_REG' });
    const values = new BigUint64Array(2);
    vcpu.getRegs(BigUint64Array.of(REGISTER_32, PC), values);
    assert.deepEqual([...values], [0x2345_6789n, 0xffff_8000_1234_5678n]);
    assert.throws(() => vcpu.getRegs(BigUint64Array.of(PC, 1n), values), { code: 'ENOENT' });
    assert.throws(() => vcpu.getRegs(new BigUint64Array(3), values), RangeError);
    assert.throws(() => vcpu.getRegs([PC] as never, values), TypeError);
    vm.close();
    assert.throws(() => vcpu.getReg(PC), { code: 'ERR_STATE' });
  });
});

test('events of a vCPU are set and read, except what KVM never tells', async () => {
  await withVm(1, ({ vcpus }) => {
    const events = { serrorPending: true, serrorHasEsr: true, serrorEsr: 0x11n, extDabtPending: true };
    vcpus[0]!.setEvents(events);
    const told = { ...events, extDabtPending: false };
    assert.deepEqual(vcpus[0]!.getEvents(), told);
    // There is no taking back, and no more than ISS.
    vcpus[0]!.setEvents({ ...events, serrorPending: false, serrorEsr: 0n });
    assert.throws(() => vcpus[0]!.setEvents({ ...events, serrorEsr: 1n << 25n }), { code: 'EINVAL' });
    assert.deepEqual(vcpus[0]!.getEvents(), told);
  });
});

test('a vCPU says whether it runs, and its MP state where it does not', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    const vcpu = vcpus[0]!;
    assert.equal(vcpu.running, false);
    assert.equal(vcpu.getMpState(), 0);
    vcpu.start();
    assert.equal(vcpu.running, true);
    assert.throws(() => vcpu.getMpState(), { code: 'ERR_STATE' });
    vm.play(0, store(0, 4, 1n));
    await events.next('mmio-write');
    assert.equal(vcpu.running, false);
    vcpu.resume();
    assert.equal(vcpu.running, true);
    vcpu.pause();
    await events.next('paused');
    assert.equal(vcpu.running, false);
    vcpu.stop();
    assert.equal(vcpu.running, false);
  });
});

test('an answer that nobody waits for is refused', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    const vcpu = vcpus[0]!;
    assert.throws(() => vcpu.resume(), { code: 'ERR_STATE' });
    assert.throws(() => vcpu.pause(), { code: 'ERR_STATE' });
    vcpu.start();
    assert.throws(() => vcpu.start(), { code: 'ERR_STATE' });
    vm.play(0, load(0, 4));
    await events.next('mmio-read');
    assert.throws(() => vcpu.resume(), { code: 'ERR_STATE' });
    vcpu.complete(1n);
    assert.throws(() => vcpu.complete(1n), { code: 'ERR_STATE' });
  });
});

test('pause interrupts a running vCPU, again and again, and misses none', async () => {
  await withVm(1, async ({ events, vcpus }) => {
    vcpus[0]!.start();
    for (let i = 0; i < 200; i++) {
      vcpus[0]!.pause();
      vcpus[0]!.pause();
      await events.next('paused');
      vcpus[0]!.pause(); // is paused already
      vcpus[0]!.resume();
    }
    await events.quiet();
  });
});

test('a vCPU that waits for an answer pauses after it, when KVM has taken the value', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    vcpus[0]!.start();
    vm.play(0, load(0x1000, 4));
    await events.next('mmio-read');
    vcpus[0]!.pause();
    await events.quiet();
    vcpus[0]!.complete(0x77n);
    await events.next('paused');
    assert.equal(vm.lastMmioData(0), 0x77n);
    vcpus[0]!.resume();
    await events.quiet();
  });
});

for (const [state, arrange] of Object.entries({
  'before it starts': async () => {},
  'in KVM_RUN': async ({ vcpus }) => {
    vcpus[0]!.start();
    await new Promise((resolve) => setTimeout(resolve, QUIET));
  },
  'just started': async ({ vcpus }) => vcpus[0]!.start(),
  'while it waits for a value': async ({ events, vm, vcpus }) => {
    vcpus[0]!.start();
    vm.play(0, load(0, 4));
    await events.next('mmio-read');
  },
  'while it waits for resume': async ({ events, vm, vcpus }) => {
    vcpus[0]!.start();
    vm.play(0, store(0, 4, 0n));
    await events.next('mmio-write');
  },
  'while it is paused': async ({ events, vcpus }) => {
    vcpus[0]!.start();
    vcpus[0]!.pause();
    await events.next('paused');
  },
  'when asked to pause': async ({ vcpus }) => {
    vcpus[0]!.start();
    vcpus[0]!.pause();
  },
} satisfies Record<string, (scene: Parameters<Parameters<typeof withVm>[1]>[0]) => Promise<void>>)) {
  test(`stop ends a vCPU ${state}`, async () => {
    await withVm(1, async (scene) => {
      await arrange(scene);
      scene.vcpus[0]!.stop();
      scene.vcpus[0]!.stop();
      assert.throws(() => scene.vcpus[0]!.start(), { code: 'ERR_STATE' });
      assert.throws(() => scene.vcpus[0]!.resume(), { code: 'ERR_STATE' });
    });
  });
}

const MASK_64 = 2n ** 64n - 1n;

/** The main thread does nothing else meanwhile. @param ms */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('a full queue holds its producers back, loses nothing, and does not stop the VM from closing', async () => {
  const capacity = 4096;
  await withVm(1, async ({ events, vm, vcpus }) => {
    const stored = { op: 'store', target: 0, mask: MASK_64 } as const;
    const bank = vm.mapRegisters({
      base: 0x1000,
      size: 0x1000,
      registers: [{ offset: 0, size: 8, value: 0n, read: 'shadow', write: 'post', effects: [stored] }],
    });
    for (let i = 0; i < capacity + 100; i++) vm.play(0, store(0x1000, 8, BigInt(i)));
    vcpus[0]!.start();
    // The main thread is busy here, and so takes nothing.
    for (const until = Date.now() + 30_000; bank.get(0) < capacity - 1 && Date.now() < until; ) block(10);
    block(300);
    const rows = new BigUint64Array(8 * (capacity + 100));
    assert.equal(events.queue.take(rows), capacity);
    for (let i = 0; i < 100; i++) {
      assert.equal((await events.next('posted-write')).data, BigInt(capacity + i));
    }
    for (let i = 0; i < capacity + 100; i++) vm.play(0, store(0x1000, 8, BigInt(i)));
    block(300);
    vm.close();
  });
});

test('a closed VM says so', async () => {
  await withVm(1, ({ vm, vcpus }) => {
    vm.close();
    vm.close();
    assert.throws(() => vm.createVcpu(1), { code: 'ERR_STATE', message: 'the VM is closed' });
    assert.throws(() => vm.irqLine(1, true), { code: 'ERR_STATE' });
    assert.throws(() => vcpus[0]!.start(), { code: 'ERR_STATE' });
  });
});
