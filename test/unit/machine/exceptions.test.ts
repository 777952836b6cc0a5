/** Exceptions for vCPUs of a VM without KVM: their threads run, stop and run on. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InjectSeaRequest, InjectSerrorRequest } from '../../../src/api/inject.ts';
import type { RasEvent } from '../../../src/events/event.ts';
import { EventLog } from '../../../src/events/event-log.ts';
import { MP_STATE } from '../../../src/kvm/abi.ts';
import { REG } from '../../../src/kvm/registers.ts';
import { Exceptions } from '../../../src/machine/exceptions.ts';
import { STOP_PATIENCE, VcpuStops } from '../../../src/machine/vcpu-stops.ts';
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
  stops: VcpuStops;
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
    const stops = new VcpuStops((each) => ras.holds(each));
    const exceptions = new Exceptions({
      ...{ events, ledger, ras, stops },
      capabilities: { serror: true, serrorSyndrome },
    });
    const inject: Bench['inject'] = async (request) => {
      const done = exceptions.inject(vcpu, request);
      await scene.events.next('paused');
      stops.paused(vcpu);
      return done;
    };
    vcpu.start();
    try {
      const told = (kind: RasEvent['kind']) => events.since(0).filter((event) => event.kind === kind);
      const consume = () => map.writeU32(records.block(0).gpa, 0);
      await body({ ...scene, exceptions, stops, ras, inject, told, consume });
      // However it was stopped, it runs.
      await scene.events.quiet();
      scene.vm.play(0, store(0, 4, 1n));
      await scene.events.next('mmio-write');
      vcpu.resume();
    } finally {
      stops.close('over');
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
  await bench(EL1, async ({ exceptions, stops, vcpus, events, told }) => {
    const vcpu = vcpus[0]!;
    const done = exceptions.inject(vcpu, {
      kind: 'serror',
      vcpu: 0,
      serrors: [{ iss: 0n }],
      exceptionLevel: 0,
    });
    for (const _ of [1, 2, 3]) {
      await events.next('paused');
      stops.paused(vcpu);
      assert.deepEqual(told('serror'), []);
    }
    await events.next('paused');
    vcpu.setReg(REG.PSTATE, 0n);
    stops.paused(vcpu);
    await done;
    assert.equal((told('serror')[0] as { exceptionLevel?: number }).exceptionLevel, 0);
  });
});

test('a vCPU that is off takes no exception', async () => {
  await bench(EL1, async ({ exceptions, stops, vcpus, events }) => {
    const off = new Proxy(vcpus[0]!, {
      get: (target, name) => {
        if (name === 'getMpState') return () => MP_STATE.STOPPED;
        const member = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const done = exceptions.inject(off, { kind: 'sea', vcpu: 0, access: 'data' });
    await events.next('paused');
    stops.paused(off);
    await assert.rejects(done, { code: 'CONTROL', message: 'vCPU 0 is off: it takes no exception' });
  });
});

test('a vCPU that is never in the exception level that is wanted is told with the reason', async () => {
  await bench(EL1, async ({ exceptions, stops, vcpus, events }) => {
    const vcpu = vcpus[0]!;
    const asked: InjectSerrorRequest = { kind: 'serror', vcpu: 0, serrors: [{ iss: 0n }], exceptionLevel: 0 };
    const done = exceptions.inject(vcpu, asked);
    let ended = false;
    done
      .catch(() => {})
      .finally(() => {
        ended = true;
      });
    const began = Date.now();
    while (!ended && Date.now() < began + 2 * STOP_PATIENCE) {
      if (!vcpu.running) {
        await events.next('paused');
        stops.paused(vcpu);
      }
      await sleep(2);
    }
    await assert.rejects(done, {
      code: 'CONTROL',
      message: 'vCPU 0 was in EL0 at none of its stops within 8 s: ask again, or leave that out',
    });
  });
});
