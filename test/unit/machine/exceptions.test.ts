/** Exceptions for vCPUs of a VM without KVM: their threads run, stop and run on. */

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { InjectSeaRequest, InjectSerrorRequest } from '../../../src/api/inject.ts';
import type { RasEvent } from '../../../src/events/event.ts';
import { EventLog } from '../../../src/events/event-log.ts';
import { MP_STATE } from '../../../src/kvm/abi.ts';
import { REG } from '../../../src/kvm/registers.ts';
import { Exceptions } from '../../../src/machine/exceptions.ts';
import { VcpuHalt } from '../../../src/machine/vcpu-halt.ts';
import { GuestMap } from '../../../src/memory/guest-map.ts';
import type { Vcpu } from '../../../src/native/binding.ts';
import { PoisonLedger } from '../../../src/ras/errors/ledger.ts';
import { gsivNotification } from '../../../src/ras/notify/gsiv.ts';
import { routeByTiming } from '../../../src/ras/policy/router.ts';
import { RasService } from '../../../src/ras/service.ts';
import { SOURCES } from '../../../src/ras/sources/plan.ts';
import { errorRecordArea } from '../../../src/ras/sources/record-area.ts';
import { RecordMemory } from '../../../src/ras/sources/record-memory.ts';
import { addon, type Scene, store, withVm } from '../native/support.ts';

const PAGE = 4096;
const RAM = 0x4000_0000;
/** Pages of guest RAM: error status blocks, a table of each level, what it maps. */
const AT = { records: 0, tables: 4, data: 8, end: 12 } as const;
const VA = 0x40_0000n;
const PC = 0xffff_8000_0012_3450n;
const VBAR = 0xffff_8000_0001_0000n;
const EL1 = 5n;
const MASKED = 0x3c0n;

interface Bench extends Scene {
  exceptions: Exceptions;
  ras: RasService;
  /** The guest has read the record of the first source. */
  consume(): void;
  /** Stops of the first vCPU that come are answered until the request has its end. */
  inject(request: InjectSerrorRequest | InjectSeaRequest): Promise<unknown>;
  told(kind: RasEvent['kind']): RasEvent[];
}

/** @param pstate of the vCPU, whose VA is mapped to the page at AT.data */
async function bench(pstate: bigint, body: (bench: Bench) => Promise<void>, serrorSyndrome = true) {
  await withVm(1, async (scene) => {
    const [vcpu] = scene.vcpus as [Vcpu];
    const memory = new addon.GuestMemory({ size: AT.end * PAGE, backing: 'anonymous', hugePageSize: 0 });
    const gpa = (page: number) => RAM + page * PAGE;
    for (const [level, shift] of [39n, 30n, 21n, 12n].entries()) {
      const index = Number((VA >> shift) & 511n);
      memory.writeU64((AT.tables + level) * PAGE + 8 * index, BigInt(gpa(AT.tables + level + 1)) | 3n);
    }
    const registers = {
      ...{ PC, PSTATE: pstate, VBAR_EL1: VBAR, SCTLR_EL1: 1n, TCR_EL1: (16n << 16n) | 16n },
      ...{ TTBR0_EL1: BigInt(gpa(AT.tables)), TTBR1_EL1: 0n, FAR_EL1: 0n, ESR_EL1: 0n },
    };
    for (const [name, value] of Object.entries(registers)) vcpu.setReg(REG[name as keyof typeof REG], value);
    const events = new EventLog();
    const ledger = new PoisonLedger();
    const map = new GuestMap([{ gpa: RAM, size: AT.end * PAGE, memory, offset: 0 }]);
    const area = errorRecordArea(SOURCES.length);
    const records = new RecordMemory(map, { base: gpa(AT.records), size: area.size }, area);
    const ras = new RasService({
      ...{ map, events, ledger, kvmInjects: true },
      records: {
        ...{ plan: SOURCES, router: routeByTiming(SOURCES) },
        memory: records,
        readAck: { clear: () => {}, awaited: () => {} },
        notification: () => gsivNotification(() => {}),
      },
    });
    const exceptions = new Exceptions({
      events,
      ledger,
      ras,
      capabilities: { serror: true, serrorSyndrome },
    });
    const inject: Bench['inject'] = async (request) => {
      const done = exceptions.inject(vcpu, request);
      await scene.events.next('paused');
      if (!exceptions.paused(vcpu)) vcpu.resume();
      return done;
    };
    vcpu.start();
    try {
      const told = (kind: RasEvent['kind']) => events.since(0).filter((event) => event.kind === kind);
      const consume = () => map.writeU32(records.block(0).gpa, 0);
      await body({ ...scene, exceptions, ras, inject, told, consume });
      // However it was stopped, it runs.
      await scene.events.quiet();
      scene.vm.play(0, store(0, 4, 1n));
      await scene.events.next('mmio-write');
      vcpu.resume();
    } finally {
      exceptions.close('over');
      ras.close();
      scene.vm.close();
      memory.close();
    }
  });
}

const plain = ({ seq: _, time: __, ...fields }: RasEvent) => fields;

test('a vCPU that runs is stopped for its SErrors, which are merged, and runs on', async () => {
  await bench(EL1 | MASKED, async ({ inject, told }) => {
    const result = await inject({ kind: 'serror', vcpu: 0, serrors: [{ iss: 0xc11n }, { iss: 0x811n }] });
    const exception = { vcpu: 0, pc: PC, exceptionLevel: 1, esr: 0xc11n, pending: true };
    assert.deepEqual(result, { id: 1, size: 0, exception });
    const common = {
      ...{ kind: 'serror', id: 1, vcpu: 0, class: 'uer', esr: 0xc11n, pending: true },
      ...{ pc: PC, exceptionLevel: 1 },
    };
    assert.deepEqual(told('serror').map(plain), [common, { ...common, merged: 'uer' }]);
    // A request later it is still there.
    await inject({ kind: 'serror', vcpu: 0, serrors: [{ iss: 0x11n }] });
    assert.deepEqual(told('serror').slice(2).map(plain), [
      { ...common, id: 2, class: 'uc', esr: 0x11n, merged: 'uer' },
    ]);
  });
});

test('what the host cannot do is refused; the vCPU runs on, and no error is counted', async () => {
  await bench(
    EL1,
    async ({ inject, told }) => {
      await assert.rejects(inject({ kind: 'serror', vcpu: 0, serrors: [{ iss: 0x811n }] }), {
        code: 'KVM_CAPABILITY',
      });
      const { id } = (await inject({ kind: 'serror', vcpu: 0, serrors: [{}] })) as { id: number };
      assert.equal(id, 1);
      assert.deepEqual(
        told('serror').map((event) => 'esr' in event),
        [false],
      );
    },
    false,
  );
});

test('a SEA of no lost page is entered by rasvm, and has no record', async () => {
  await bench(0n, async ({ inject, told, vcpus, ...scene }) => {
    await inject({ kind: 'sea', vcpu: 0, access: 'data', va: VA + 8n });
    const [notified] = told('notified');
    assert.deepEqual(plain(notified!), {
      ...{ kind: 'notified', id: 1, notification: 'SEA', vcpu: 0, access: 'data', pc: PC, gva: VA + 8n },
      ...{ exceptionLevel: 0, esr: 0x9200_0010n, by: 'rasvm' },
    });
    assert.deepEqual(told('recorded'), []);
    // Stopped once more, to look.
    vcpus[0]!.pause();
    await scene.events.next('paused');
    const registers = ['PC', 'ELR_EL1', 'ESR_EL1', 'FAR_EL1'] as const;
    assert.deepEqual(
      registers.map((name) => vcpus[0]!.getReg(REG[name])),
      [VBAR + 0x400n, PC, 0x9200_0010n, VA + 8n],
    );
    vcpus[0]!.resume();
  });
});

test('without an address a data abort says so, and a fetch is of PC', async () => {
  await bench(EL1, async ({ inject, told }) => {
    await inject({ kind: 'sea', vcpu: 0, access: 'data' });
    assert.equal('gva' in told('notified')[0]!, false);
    const { exception } = (await inject({ kind: 'sea', vcpu: 0, access: 'fetch' })) as {
      exception: { esr: bigint; pc: bigint };
    };
    assert.equal(exception.esr, 0x8600_0010n);
    assert.equal((told('notified')[1] as { gva?: bigint }).gva, exception.pc);
    assert.equal((told('notified')[0] as { esr?: bigint }).esr, 0x9600_0410n);
  });
});

test('a SEA of a lost page has its record; the next waits until that is acknowledged', async () => {
  await bench(0n, async ({ inject, told, ras, consume }) => {
    const page = ras.expectLoss(RAM + AT.data * PAGE, PAGE, 'late');
    const asked: InjectSeaRequest = { kind: 'sea', vcpu: 0, access: 'data', va: VA + 16n };
    const { id } = (await inject(asked)) as { id: number };
    assert.equal(id, page.id);
    const story = told('notified').concat(told('recorded'), told('attributed')).map(plain);
    assert.deepEqual(
      story.map(({ kind, id: of }: Partial<{ kind: string; id: number }>) => [kind, of]),
      [
        ['notified', page.id],
        ['recorded', page.id],
        ['attributed', page.id],
      ],
    );
    assert.equal((told('notified')[0] as { source?: number }).source, 0);
    assert.equal((told('attributed')[0] as { origin?: string }).origin, 'injection');
    assert.equal(page.toldLate, 1);
    await assert.rejects(inject(asked), { code: 'CONTROL', message: /not acknowledged.*try again/ });
    consume();
    ras.acknowledge(0, process.hrtime.bigint());
    await inject(asked);
    assert.equal(told('notified').length, 2);
  });
});

test('a vCPU is stopped again and again until it is in the exception level that is wanted', async () => {
  await bench(EL1, async ({ exceptions, vcpus, events, told }) => {
    const vcpu = vcpus[0]!;
    const done = exceptions.inject(vcpu, {
      kind: 'serror',
      vcpu: 0,
      serrors: [{ iss: 0n }],
      exceptionLevel: 0,
    });
    for (const _ of [1, 2, 3]) {
      await events.next('paused');
      assert.equal(exceptions.paused(vcpu), false);
      assert.deepEqual(told('serror'), []);
      vcpu.resume();
    }
    await events.next('paused');
    vcpu.setReg(REG.PSTATE, 0n);
    assert.equal(exceptions.paused(vcpu), false);
    vcpu.resume();
    await done;
    assert.equal((told('serror')[0] as { exceptionLevel?: number }).exceptionLevel, 0);
  });
});

test('a vCPU that is off takes no exception', async () => {
  await bench(EL1, async ({ exceptions, vcpus, events }) => {
    const off = new Proxy(vcpus[0]!, {
      get: (target, name) => {
        if (name === 'getMpState') return () => MP_STATE.STOPPED;
        const member = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const done = exceptions.inject(off, { kind: 'sea', vcpu: 0, access: 'data' });
    await events.next('paused');
    assert.equal(exceptions.paused(off), false);
    vcpus[0]!.resume();
    await assert.rejects(done, { code: 'CONTROL', message: 'vCPU 0 is off: it takes no exception' });
  });
});

test('who waits when the guest ends is told', async () => {
  await withVm(1, async ({ vcpus }) => {
    const halt = new VcpuHalt();
    vcpus[0]!.start();
    const waits = halt.run(vcpus[0]!, () => ({ result: 1 }));
    halt.close('the guest has ended');
    await assert.rejects(waits, { code: 'CONTROL', message: 'the guest has ended' });
  });
});

test('all who wait are served at one stop, up to one that lets the vCPU go; the rest at the next', async () => {
  const pauses = mock.fn();
  const vcpu = { index: 2, pause: pauses } as unknown as Vcpu;
  const halt = new VcpuHalt();
  const order: number[] = [];
  const act = (n: number, released: boolean) => () => {
    order.push(n);
    return { result: n, released };
  };
  const all = [halt.run(vcpu, act(1, false)), halt.run(vcpu, act(2, true)), halt.run(vcpu, act(3, false))];
  const before = pauses.mock.callCount();
  assert.equal(halt.paused(vcpu), true);
  assert.deepEqual(order, [1, 2]);
  assert.equal(pauses.mock.callCount(), before + 1);
  assert.equal(halt.paused(vcpu), false);
  assert.deepEqual(order, [1, 2, 3]);
  assert.deepEqual(await Promise.all(all), [1, 2, 3]);
});

test('a vCPU that does not stop, or is never where it is wanted, is told with the reason', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const vcpu = { index: 2, pause: () => {} } as unknown as Vcpu;
  const halt = new VcpuHalt();
  const waits = [halt.run(vcpu, () => ({ result: 1 })), halt.run(vcpu, () => undefined, 'in EL0')];
  t.mock.timers.tick(8000);
  await assert.rejects(waits[0]!, { code: 'CONTROL', message: /vCPU 2 has not stopped within 8 s/ });
  await assert.rejects(waits[1]!, { code: 'CONTROL', message: /vCPU 2 has not stopped within 8 s/ });
  const looked = halt.run(vcpu, () => undefined, 'in EL0');
  halt.paused(vcpu);
  t.mock.timers.tick(8000);
  await assert.rejects(looked, {
    message: 'vCPU 2 was in EL0 at none of its stops within 8 s: ask again, or leave that out',
  });
  // Nobody is served any more.
  assert.equal(halt.paused(vcpu), false);
});
