import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Hold, type RegisterBankSpec } from '../../../src/native/binding.ts';
import { EINTR, load, store, withVm } from './support.ts';

const BASE = 0x900_0000;
const IRQ = (1 << 24) | 33;

/** Data (post, sets bit 0 of status), status (write one to clear), mask, control (wait), a counter read by wait. */
const SPEC: RegisterBankSpec = {
  base: BASE,
  size: 0x1000,
  registers: [
    {
      offset: 0x00,
      size: 4,
      value: 0x1234_5678n,
      read: 'shadow',
      write: 'post',
      effects: [{ op: 'raise', target: 0x04, mask: 1n }],
    },
    {
      offset: 0x04,
      size: 4,
      value: 0n,
      read: 'shadow',
      write: 'silent',
      effects: [{ op: 'clear', target: 0x04, mask: 0xffn }],
    },
    {
      offset: 0x08,
      size: 4,
      value: 0n,
      read: 'shadow',
      write: 'silent',
      effects: [{ op: 'store', target: 0x08, mask: 0x7ffn }],
    },
    { offset: 0x0c, size: 4, value: 7n, read: 'shadow', write: 'wait' },
    { offset: 0x10, size: 8, value: 0n, read: 'wait', write: 'ignore' },
  ],
  interrupt: { irq: IRQ, status: 0x04, mask: 0x08 },
};

test('a load outside any bank waits for its value, and the guest gets as many bytes as it asked for', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    vcpus[0]!.start();
    vm.play(0, load(0x800_0000, 2));
    const event = await events.next('mmio-read');
    assert.deepEqual([event.vcpu, event.gpa, event.size], [0, 0x800_0000, 2]);
    vcpus[0]!.complete(0xaabb_ccddn);
    vm.play(0, store(0x800_0000, 1, 0n));
    await events.next('mmio-write'); // so the value has been handed over
    assert.equal(vm.lastMmioData(0), 0xccddn);
  });
});

test('a store outside any bank waits for resume, with the data as wide as the store', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    vcpus[0]!.start();
    vm.play(0, store(0x800_0008, 4, 0xffff_ffff_1122_3344n));
    const event = await events.next('mmio-write');
    assert.deepEqual([event.gpa, event.size, event.data], [0x800_0008, 4, 0x1122_3344n]);
    vm.play(0, load(0x800_0008, 4));
    await events.quiet();
    vcpus[0]!.resume();
    await events.next('mmio-read');
  });
});

test('shadow loads, silent and ignored stores need no JavaScript', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    const bank = vm.mapRegisters(SPEC);
    vcpus[0]!.start();
    vm.play(0, store(BASE + 8, 4, 0xffff_ffffn));
    vm.play(0, store(BASE + 0x10, 8, 5n));
    vm.play(0, load(BASE, 2));
    vm.play(0, store(BASE + 0xc, 4, 1n));
    const event = await events.next('mmio-write');
    assert.equal(event.gpa, BASE + 0xc);
    assert.equal(vm.lastMmioData(0), 0x5678n);
    assert.equal(bank.get(8), 0x7ffn);
  });
});

test('a posted store is told in order, and the vCPU goes on', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    vm.mapRegisters(SPEC);
    vcpus[0]!.start();
    for (const letter of [0x68n, 0x69n]) vm.play(0, store(BASE, 1, letter));
    assert.equal((await events.next('posted-write')).data, 0x68n);
    assert.equal((await events.next('posted-write')).data, 0x69n);
  });
});

test('the interrupt line follows status and mask, and is set only when it changes', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    const bank = vm.mapRegisters(SPEC);
    vcpus[0]!.start();
    vm.play(0, store(BASE, 1, 1n)); // status 1, masked
    vm.play(0, store(BASE + 8, 4, 1n)); // unmasked: up
    vm.play(0, store(BASE, 1, 1n)); // already up
    vm.play(0, store(BASE + 4, 4, 1n)); // cleared: down
    vm.play(0, store(BASE + 0xc, 4, 1n));
    for (const kind of ['posted-write', 'posted-write', 'mmio-write'] as const) await events.next(kind);
    assert.deepEqual(vm.takeIrqLines(), [
      { irq: IRQ, level: true },
      { irq: IRQ, level: false },
    ]);
    assert.equal(bank.update(4, 0n, 1n), 1n);
    assert.equal(bank.update(4, 1n, 2n), 2n); // not in the mask
    assert.equal(bank.update(8, 0n, 2n), 3n);
    assert.equal(bank.update(8, 1n, 0n), 2n); // up still
    assert.deepEqual(
      vm.takeIrqLines().map(({ level }) => level),
      [true, false, true],
    );
  });
});

test('a narrow store leaves the rest of a register as it is', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    const bank = vm.mapRegisters(SPEC);
    vcpus[0]!.start();
    vm.play(0, store(BASE + 8, 4, 0x7aan));
    vm.play(0, store(BASE + 8, 1, 0x55n));
    vm.play(0, store(BASE + 0xc, 4, 1n));
    await events.next('mmio-write');
    assert.equal(bank.get(8), 0x755n);
  });
});

test('accesses that match no register, or are wider than it, wait', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    vm.mapRegisters(SPEC);
    vcpus[0]!.start();
    vm.play(0, load(BASE + 1, 1));
    assert.equal((await events.next('mmio-read')).gpa, BASE + 1);
    vcpus[0]!.complete(0n);
    vm.play(0, load(BASE, 8));
    assert.equal((await events.next('mmio-read')).size, 8);
  });
});

test('a closed bank is no longer there, and its addresses are free again', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    const bank = vm.mapRegisters(SPEC);
    bank.close();
    assert.throws(() => bank.get(0), { code: 'ERR_STATE' });
    vcpus[0]!.start();
    vm.play(0, load(BASE, 4));
    await events.next('mmio-read');
    vm.mapRegisters(SPEC);
  });
});

test('banks and registers that overlap, or name what is not there, are refused', async () => {
  await withVm(0, ({ vm }) => {
    vm.mapRegisters(SPEC);
    const [first] = SPEC.registers;
    assert.throws(() => vm.mapRegisters({ ...SPEC, base: BASE + 0x800 }), RangeError);
    const elsewhere = { ...SPEC, base: 0x1000 };
    assert.throws(() => vm.mapRegisters({ ...elsewhere, registers: [first!, first!] }), RangeError);
    assert.throws(() => vm.mapRegisters({ ...elsewhere, size: 0x10 }), RangeError);
    assert.throws(
      () => vm.mapRegisters({ ...elsewhere, interrupt: { irq: 1, status: 0x44, mask: 0 } }),
      RangeError,
    );
    assert.throws(
      () => vm.mapRegisters({ ...elsewhere, registers: [{ ...first!, read: 'never' as 'wait' }] }),
      RangeError,
    );
  });
});

test('four vCPUs that store at once lose nothing, and each keeps its order', async () => {
  const each = 500;
  await withVm(4, async ({ events, vm, vcpus }) => {
    vm.mapRegisters(SPEC);
    for (const vcpu of vcpus) {
      for (let i = 0; i < each; i++) vm.play(vcpu.index, store(BASE, 4, BigInt(i)));
      vcpu.start();
    }
    const next = [0n, 0n, 0n, 0n];
    for (let i = 0; i < each * 4; i++) {
      const { vcpu, data } = await events.next('posted-write');
      assert.equal(data, next[vcpu]!++);
    }
  });
});

test('an effect is left out while a bit of its condition is set', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    const bank = vm.mapRegisters({
      base: BASE,
      size: 0x1000,
      registers: [
        {
          ...{ offset: 0, size: 4, value: 0n, read: 'shadow', write: 'post' },
          effects: [{ op: 'raise', target: 4, mask: 0x10n, unless: { target: 8, mask: 0x20n } }],
        },
        { offset: 4, size: 4, value: 0n, read: 'shadow', write: 'ignore' },
        { offset: 8, size: 4, value: 0x20n, read: 'shadow', write: 'ignore' },
      ],
    });
    vcpus[0]!.start();
    vm.play(0, store(BASE, 4, 1n));
    await events.next('posted-write');
    assert.equal(bank.get(4), 0n);
    bank.update(8, 0x20n, 0x1fn);
    vm.play(0, store(BASE, 4, 1n));
    await events.next('posted-write');
    assert.equal(bank.get(4), 0x10n);
  });
});

/** A bank of one register whose writes are posted and can wait, and one whose writes are posted at once. */
const CAN_WAIT: RegisterBankSpec = {
  base: BASE,
  size: 0x1000,
  registers: [
    {
      ...{ offset: 0, size: 8, value: 0n, read: 'shadow', write: 'post', hold: Hold.output },
      effects: [{ op: 'store', target: 0, mask: 0xffn }],
    },
    { offset: 8, size: 8, value: 0n, read: 'shadow', write: 'post' },
  ],
};

test('a write that can wait is told at once while nothing is held', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    vm.mapRegisters(CAN_WAIT);
    vcpus[0]!.start();
    vm.play(0, store(BASE, 8, 1n));
    assert.equal((await events.next('posted-write')).data, 1n);
  });
});

test('a held write that can wait is told when the hold ends, with the time at which it was made', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    const bank = vm.mapRegisters(CAN_WAIT);
    events.queue.hold(Hold.output, true);
    vcpus[0]!.start();
    vm.play(0, store(BASE, 8, 1n));
    for (const end = Date.now() + 10_000; bank.get(0) !== 1n; await sleep(1))
      assert.ok(Date.now() < end, 'the write is not made');
    await events.quiet();
    const before = process.hrtime.bigint();
    events.queue.hold(Hold.output, false);
    assert.ok((await events.next('posted-write')).time < before);
    vm.play(0, store(BASE, 8, 2n));
    assert.equal((await events.next('posted-write')).data, 2n);
  });
});

test('a held write comes with the next event that cannot wait, before it', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    vm.mapRegisters(CAN_WAIT);
    events.queue.hold(Hold.output, true);
    vcpus[0]!.start();
    vm.play(0, store(BASE, 8, 1n));
    vm.play(0, store(BASE + 8, 8, 2n));
    assert.equal((await events.next('posted-write')).data, 1n);
    assert.equal((await events.next('posted-write')).data, 2n);
    vm.play(0, store(BASE, 8, 3n));
    await events.quiet();
    vm.play(0, { errno: EINTR, sigbus: { code: 4, hva: 0x7f00_0000_0000, lsb: 12 } });
    assert.equal((await events.next('posted-write')).data, 3n);
    await events.next('memory-error');
  });
});

test('a held write is there for whoever takes, and nothing is told twice', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    vm.mapRegisters(CAN_WAIT);
    events.queue.hold(Hold.output, true);
    vcpus[0]!.start();
    vm.play(0, store(BASE, 8, 1n));
    await events.quiet();
    events.drain();
    events.queue.hold(Hold.output, false);
    assert.equal((await events.next('posted-write')).data, 1n);
    await events.quiet();
  });
});

test('no write is lost or late, however holds and writes fall together', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    const count = 2000;
    vm.mapRegisters(CAN_WAIT);
    vcpus[0]!.start();
    for (let i = 0; i < count; i++) vm.play(0, store(BASE, 8, BigInt(i)));
    for (let i = 0; i < count; i++) {
      events.queue.hold(Hold.output, true);
      events.queue.hold(Hold.output, false);
      assert.equal((await events.next('posted-write')).data, BigInt(i));
    }
  });
});

test('what is held of one kind is told while another kind is held', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    vm.mapRegisters(CAN_WAIT);
    events.queue.hold(Hold.acknowledgement, true);
    vcpus[0]!.start();
    vm.play(0, store(BASE, 8, 1n));
    assert.equal((await events.next('posted-write')).data, 1n);
    events.queue.hold(Hold.output, true);
    vm.play(0, store(BASE, 8, 2n));
    await events.quiet();
    events.queue.hold(Hold.output, false);
    assert.equal((await events.next('posted-write')).data, 2n);
  });
});

test('a hold does not block a queue that fills up', async () => {
  const capacity = 4096;
  await withVm(1, async ({ events, vm, vcpus }) => {
    vm.mapRegisters(CAN_WAIT);
    events.queue.hold(Hold.output, true);
    vcpus[0]!.start();
    for (let i = 0; i < capacity + 10; i++) vm.play(0, store(BASE, 8, BigInt(i)));
    for (let i = 0; i < capacity; i++) assert.equal((await events.next('posted-write')).data, BigInt(i));
    events.queue.hold(Hold.output, false);
    for (let i = capacity; i < capacity + 10; i++) {
      assert.equal((await events.next('posted-write')).data, BigInt(i));
    }
  });
});

test('loads take from a queue without JavaScript; registers show how much waits, and a low queue is told', async () => {
  const spec: RegisterBankSpec = {
    ...SPEC,
    registers: [...SPEC.registers, { offset: 0x20, size: 4, value: 0n, read: 'take', write: 'ignore' }],
    queue: { told: 0x08 },
  };
  const state = {
    depth: 4,
    low: 1,
    flags: [
      { register: 0x04, mask: 1n, least: 1 },
      { register: 0x00, mask: 0xffn, least: 1, inverted: true },
      { register: 0x00, mask: 0x100n, least: 4 },
    ],
  };
  await withVm(1, async ({ events, vm, vcpus }) => {
    const bank = vm.mapRegisters(spec);
    bank.update(0x08, 0n, 1n);
    bank.update(0x00, 0xffff_ffffn, 0n);
    assert.equal(bank.supply(Buffer.from([10, 11]), state), 2);
    assert.equal(bank.supply(Buffer.from([12, 13, 14]), state), 2);
    assert.equal(bank.get(0x00), 0x100n);
    vcpus[0]!.start();
    const take = async () => {
      vm.play(0, load(BASE + 0x20, 4));
      vm.play(0, load(BASE + 0x10, 8));
      // The second load is one that waits: the first has its value then.
      const told = [];
      let event = await events.next();
      for (; event.kind === 'posted-write'; event = await events.next()) told.push([event.gpa, event.data]);
      assert.equal(event.kind, 'mmio-read');
      vcpus[0]!.complete(0n);
      return told;
    };
    assert.deepEqual(await take(), []);
    assert.equal(bank.get(0x00), 0n);
    assert.deepEqual(await take(), []);
    assert.deepEqual(await take(), [[BASE + 0x08, 1n]]);
    assert.deepEqual(vm.takeIrqLines(), [{ irq: IRQ, level: true }]);
    assert.deepEqual(await take(), []);
    assert.deepEqual(vm.takeIrqLines(), [{ irq: IRQ, level: false }]);
    assert.equal(bank.get(0x00), 0xffn);
    assert.deepEqual(await take(), []);
    bank.supply(Buffer.from([1]), state);
    bank.drop();
    bank.supply(new Uint8Array(0), state);
    assert.equal(bank.get(0x04), 0n);
    assert.throws(
      () => bank.supply(Buffer.from([1]), { ...state, flags: [{ register: 1, mask: 1n, least: 1 }] }),
      RangeError,
    );
  });
});

test('a byte of a queue has its status, which a register shows of the one taken last, until a write lowers it', async () => {
  const spec: RegisterBankSpec = {
    base: BASE,
    size: 0x1000,
    registers: [
      { offset: 0x00, size: 4, value: 0n, read: 'take', write: 'ignore' },
      {
        offset: 0x04,
        size: 4,
        value: 0n,
        read: 'shadow',
        write: 'silent',
        effects: [{ op: 'lower', target: 0x04, mask: 0xfn }],
      },
      { offset: 0x08, size: 4, value: 0n, read: 'shadow', write: 'ignore' },
    ],
    queue: { told: 0x08, status: 0x04 },
  };
  const state = { depth: 8, low: 0, flags: [] };
  await withVm(1, async ({ events, vm, vcpus }) => {
    const bank = vm.mapRegisters(spec);
    bank.supply(Buffer.from([0x41]), state);
    bank.supply(Buffer.from([0, 0]), state, 4);
    bank.supply(Buffer.from([0x42]), state);
    assert.throws(() => bank.supply(Buffer.from([0]), state, 256), RangeError);
    vcpus[0]!.start();
    const access = async (step: ReturnType<typeof load>) => {
      vm.play(0, step);
      vm.play(0, load(BASE + 0x10, 8));
      let event = await events.next();
      while (event.kind === 'posted-write') event = await events.next();
      const value = vm.lastMmioData(0);
      vcpus[0]!.complete(0n);
      return value;
    };
    const take = async () => [await access(load(BASE, 4)), bank.get(0x04)];
    assert.deepEqual(await take(), [0x41n, 0n]);
    assert.deepEqual(await take(), [0x400n, 4n]);
    await access(store(BASE + 0x04, 4, 0n));
    assert.equal(bank.get(0x04), 0n);
    assert.deepEqual([await access(load(BASE, 1)), bank.get(0x04)], [0n, 4n]);
    assert.deepEqual(await take(), [0x42n, 0n]);
  });
});

test('what a load takes from a queue is the next byte, and nothing when it is empty', async () => {
  const spec: RegisterBankSpec = {
    ...SPEC,
    registers: [...SPEC.registers, { offset: 0x20, size: 4, value: 0x77n, read: 'take', write: 'ignore' }],
    queue: { told: 0x08 },
  };
  await withVm(1, async ({ events, vm, vcpus }) => {
    const bank = vm.mapRegisters(spec);
    bank.supply(Buffer.from([0xfe, 0xdc]), { depth: 2, low: 2, flags: [] });
    vcpus[0]!.start();
    for (const expected of [0xfen, 0xdcn, 0n]) {
      vm.play(0, load(BASE + 0x20, 4));
      vm.play(0, store(BASE + 0x0c, 4, 0n));
      await events.next('mmio-write');
      assert.equal(vm.lastMmioData(0), expected);
      vcpus[0]!.resume();
    }
  });
});

test('what a bank has saved is loaded into another one, and the interrupt line follows', async () => {
  await withVm(1, async ({ events, vm, vcpus }) => {
    const spec: RegisterBankSpec = {
      ...SPEC,
      registers: [...SPEC.registers, { offset: 0x18, size: 4, value: 0n, read: 'take', write: 'ignore' }],
      interrupt: { irq: IRQ, status: 0x04, mask: 0x08 },
      queue: { told: 0x00 },
    };
    const first = vm.mapRegisters(spec);
    vcpus[0]!.start();
    first.update(0x04, 0n, 5n);
    first.update(0x08, 0n, 4n);
    first.supply(Uint8Array.of(1, 2), { depth: 8, low: 0, flags: [] }, 3);
    const state = first.save();
    assert.deepEqual(state, {
      shadows: [
        { offset: 0x00, value: 0x1234_5678n },
        { offset: 0x04, value: 5n },
        { offset: 0x08, value: 4n },
        { offset: 0x0c, value: 7n },
        { offset: 0x10, value: 0n },
        { offset: 0x18, value: 0n },
      ],
      queue: [0x301, 0x302],
    });
    first.close();
    const second = vm.mapRegisters(spec);
    vm.takeIrqLines();
    second.load(structuredClone(state));
    assert.deepEqual(vm.takeIrqLines(), [{ irq: IRQ, level: true }]);
    assert.deepEqual(second.save(), state);
    vm.play(0, load(BASE + 0x18, 4));
    vm.play(0, store(BASE + 0x0c, 4, 1n));
    await events.next('mmio-write');
    assert.equal(vm.lastMmioData(0), 0x301n);
    assert.deepEqual(second.save().queue, [0x302]);
  });
});

test('what is not of the bank is not loaded, and nothing of it', async () => {
  await withVm(0, ({ vm }) => {
    const bank = vm.mapRegisters(SPEC);
    const { shadows, queue } = bank.save();
    const changed = shadows.map(({ offset, value }) => ({ offset, value: value + 1n }));
    assert.throws(() => bank.load({ shadows: changed.slice(1), queue }), RangeError);
    assert.throws(() => bank.load({ shadows: [...changed, { offset: 0x20, value: 0n }], queue }), RangeError);
    assert.throws(() => bank.load({ shadows: changed, queue: [0x1_0000] }), RangeError);
    assert.throws(() => bank.load({ shadows: changed } as never), TypeError);
    assert.deepEqual(bank.save().shadows, shadows);
  });
});
