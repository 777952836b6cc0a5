/** The RAS service over memory of its own, with a guest that does as the test says. */

import type { TestContext } from 'node:test';
import { EventLog } from '../../../src/events/event-log.ts';
import { type BackingMemory, GuestMap } from '../../../src/memory/guest-map.ts';
import { BUS_MCEERR_AO, BUS_MCEERR_AR } from '../../../src/native/binding.ts';
import { PoisonLedger } from '../../../src/ras/errors/ledger.ts';
import { gsivNotification } from '../../../src/ras/notify/gsiv.ts';
import { WithoutRecord, type WithoutRecordOptions } from '../../../src/ras/policy/no-records.ts';
import { routeByTiming } from '../../../src/ras/policy/router.ts';
import { RasService, type RasServiceOptions } from '../../../src/ras/service.ts';
import { SOURCES } from '../../../src/ras/sources/plan.ts';
import { errorRecordArea } from '../../../src/ras/sources/record-area.ts';
import { RecordMemory } from '../../../src/ras/sources/record-memory.ts';
import { FakeVcpu } from './fake-vcpu.ts';

export const RAM_BASE = 0x4000_0000;
const HVA = 0xffff_9000_0000;
const SIZE = 0x100_0000;
const AREA = errorRecordArea(SOURCES.length);

/** Guest RAM in which pages can be lost, and some not be backed anew. */
export class FakeMemory {
  readonly hva = HVA;
  readonly size = SIZE;
  readonly pageSize: number;
  /** Offsets of pages, by what an access to them fails with. */
  readonly broken = new Map<number, string>();
  /** Offsets of pages that renew() does not make whole. */
  readonly beyondHelp = new Set<number>();
  readonly renewed: [offset: number, length: number][] = [];
  readonly #bytes = new Uint8Array(SIZE);

  constructor(pageSize = 4096) {
    this.pageSize = pageSize;
  }

  #check(offset: number, length: number): void {
    for (const [at, code] of this.broken) {
      if (offset < at + this.pageSize && at < offset + length)
        throw Object.assign(new Error(`${code} at ${at}`), { code, offset: at });
    }
  }

  write(offset: number, bytes: Uint8Array): void {
    this.#check(offset, bytes.length);
    this.#bytes.set(bytes, offset);
  }

  read(offset: number, target: Uint8Array): void {
    this.#check(offset, target.length);
    target.set(this.#bytes.subarray(offset, offset + target.length));
  }

  readU64(offset: number): bigint {
    this.#check(offset, 8);
    return new DataView(this.#bytes.buffer).getBigUint64(offset, true);
  }

  writeU64(offset: number, value: bigint): void {
    this.#check(offset, 8);
    new DataView(this.#bytes.buffer).setBigUint64(offset, value, true);
  }

  writeU32(offset: number, value: number): void {
    this.#check(offset, 4);
    new DataView(this.#bytes.buffer).setUint32(offset, value, true);
  }

  clear(offset: number, length: number): void {
    this.write(offset, new Uint8Array(length));
  }

  findPoison(offset: number, length: number): number[] {
    return [...this.broken.keys()].filter((at) => at >= offset && at < offset + length).sort((a, b) => a - b);
  }

  renew(offset: number, length: number): void {
    if (offset % this.pageSize !== 0 || length % this.pageSize !== 0) throw new RangeError('not whole pages');
    this.renewed.push([offset, length]);
    for (let at = offset; at < offset + length; at += this.pageSize)
      if (!this.beyondHelp.has(at)) this.broken.delete(at);
  }
}

export interface FakeServiceOptions {
  records?: boolean;
  pageSize?: number;
  endsAt?: RasServiceOptions['endsAt'];
  firmware?: NonNullable<RasServiceOptions['firmware']>;
  /** Late errors are told otherwise. */
  withoutRecord?: Omit<WithoutRecordOptions, 'events' | 'reason'>;
}

/** A log whose time can be put forward. */
class SkewedLog extends EventLog {
  skew = 0;

  override now(): number {
    return super.now() + this.skew;
  }
}

export function fakeService({ records = true, pageSize = 4096, ...more }: FakeServiceOptions = {}) {
  const memory = new FakeMemory(pageSize);
  const ledger = new PoisonLedger();
  const events = new SkewedLog(0n);
  const map = new GuestMap([
    { gpa: RAM_BASE, size: SIZE, memory: memory as unknown as BackingMemory, offset: 0 },
  ]);
  const recordMemory = new RecordMemory(map, { base: RAM_BASE, size: AREA.size }, AREA);
  let pulses = 0;
  const ras = new RasService({
    map,
    events,
    ledger,
    kvmInjects: true,
    endsAt: more.endsAt,
    firmware: more.firmware ?? [],
    withoutRecord:
      more.withoutRecord && new WithoutRecord({ ...more.withoutRecord, events, reason: 'as asked' }),
    ...(records && {
      records: {
        ...{ plan: SOURCES, router: routeByTiming(SOURCES), memory: recordMemory },
        readAck: { clear: () => {}, awaited: () => {} },
        notification: () =>
          gsivNotification(() => {
            pulses++;
          }),
      },
    }),
  });
  const signal = (code: number, gpa: number, vcpu?: FakeVcpu) =>
    ras.signal(
      {
        kind: 'memory-error',
        ...(vcpu && { vcpu: vcpu.index }),
        code,
        hva: HVA + gpa - RAM_BASE,
        lsb: 12,
        time: process.hrtime.bigint(),
      } as Parameters<RasService['signal']>[0],
      vcpu?.as(),
    );
  const block = (source: number) => recordMemory.block(source).gpa;
  return {
    ...{ map, memory, ledger, events, ras, block },
    pulses: () => pulses,
    /** Lets so many ms go by at once; timers are mocked. */
    pass: (t: TestContext, ms: number) => {
      events.skew += ms * 1e6;
      t.mock.timers.tick(ms);
    },
    /** A vCPU touches a lost page. */
    touch: (gpa: number, index = 0, vcpu = new FakeVcpu(index, {})) => {
      signal(BUS_MCEERR_AR, gpa, vcpu);
      return vcpu;
    },
    /** The host tells of a loss that nothing has touched. */
    early: (gpa: number) => signal(BUS_MCEERR_AO, gpa),
    /** The guest has read the record of a source, and acknowledges it. */
    acknowledge: (source: number) => {
      map.writeU32(block(source), 0);
      ras.acknowledge(source, process.hrtime.bigint());
    },
    kinds: () => events.since(0).map(({ kind }) => kind),
  };
}
