/**
 * A guest that runs Linux, as its firmware sees it, in a time of its own: it reads a source's block when it is told to,
 * keeps the pages for a worker in a queue of 16 (mm/memory-failure.c), and acknowledges.
 */

import { mock, type TestContext } from 'node:test';
import { ErrorStatusBlock } from '@rasvm/acpi';
import type { RasEvent, RasEventKind } from '../../../src/events/event.ts';
import { EventLog } from '../../../src/events/event-log.ts';
import { type BackingMemory, GuestMap } from '../../../src/memory/guest-map.ts';
import { BUS_MCEERR_AO, BUS_MCEERR_AR, type GuestMemory } from '../../../src/native/binding.ts';
import { PoisonLedger } from '../../../src/ras/errors/ledger.ts';
import { gsivNotification } from '../../../src/ras/notify/gsiv.ts';
import { routeByTiming } from '../../../src/ras/policy/router.ts';
import { RasService } from '../../../src/ras/service.ts';
import { SOURCES } from '../../../src/ras/sources/plan.ts';
import { errorRecordArea } from '../../../src/ras/sources/record-area.ts';
import { RecordMemory } from '../../../src/ras/sources/record-memory.ts';
import { FakeVcpu } from './fake-vcpu.ts';
import { SOURCE } from './sources.ts';

export const PAGE = 4096;
export const RAM = 0x4000_0000;
const HVA = 0x7f00_0000_0000;
/** Error records stand here: a page of pointers, and a page for each source's block. */
export const RECORDS = RAM + 0x80_0000;
const AREA = errorRecordArea(SOURCES.length);

/** A log whose time is the test's. */
export class ClockedLog extends EventLog {
  ms = 0;

  constructor() {
    super(0n);
  }

  override now(): number {
    return this.ms * 1e6;
  }
}

/** Memory with pages that throw EHWPOISON; what was never written is zero. */
export class FakeMemory implements Partial<GuestMemory> {
  readonly size: number;
  readonly hva = HVA;
  readonly pageSize: number;
  readonly #pages = new Map<number, Uint8Array>();
  readonly lost = new Set<number>();
  scans = 0;

  constructor(size: number, pageSize: number) {
    this.size = size;
    this.pageSize = pageSize;
  }

  #at(offset: number): Uint8Array {
    const page = offset - (offset % PAGE);
    if (this.lost.has(page)) throw Object.assign(new Error('this page is lost'), { code: 'EHWPOISON' });
    const bytes = this.#pages.get(page) ?? new Uint8Array(PAGE);
    this.#pages.set(page, bytes);
    return bytes;
  }

  read(offset: number, target: Uint8Array): void {
    for (let i = 0; i < target.length; i++) target[i] = this.#at(offset + i)[(offset + i) % PAGE]!;
  }

  write(offset: number, source: Uint8Array): void {
    for (const [i, byte] of source.entries()) this.#at(offset + i)[(offset + i) % PAGE] = byte;
  }

  readU64(offset: number): bigint {
    const bytes = new Uint8Array(8);
    this.read(offset, bytes);
    return new DataView(bytes.buffer).getBigUint64(0, true);
  }

  writeU64(offset: number, value: bigint): void {
    this.write(offset, new Uint8Array(BigUint64Array.of(value).buffer));
  }

  writeU32(offset: number, value: number): void {
    this.write(offset, new Uint8Array(Uint32Array.of(value).buffer));
  }

  findPoison(): number[] {
    this.scans++;
    return [...this.lost];
  }

  renew(offset: number, length: number): void {
    for (let page = offset; page < offset + length; page += PAGE) {
      this.lost.delete(page);
      this.#pages.delete(page);
    }
  }
}

export interface GuestOptions {
  /** ms to the acknowledgement, and for each page that its worker takes out of use. */
  latency?: number;
  perPage?: number;
  vcpus?: number;
  guestPageSize?: number;
  hostPageSize?: number;
  /** Translation of the vCPUs; left out: GPA = VA. */
  registers?: Record<string, bigint>;
  kvmInjects?: boolean;
}

export interface ToldPage {
  gpa: number;
  mask: bigint;
  overflow: boolean;
  source: number;
}

export class FakeGuest {
  readonly events = new ClockedLog();
  readonly memory: FakeMemory;
  readonly ledger = new PoisonLedger();
  readonly vcpus: FakeVcpu[];
  readonly ras: RasService;
  /** What it read, in order. */
  readonly told: ToldPage[] = [];
  records = 0;
  /** Pages that its own queue had no room for. */
  dropped = 0;
  /** Pages that its worker took out of use. */
  readonly offlined: number[] = [];
  /** Interrupts of the GED. */
  pulses = 0;
  /** Interrupts of the GED are lost on the way to it, as long as this is set. */
  losesEdges = false;
  /** It does not look at its sources, as long as this is set. */
  deaf = false;
  readonly #options: Required<Pick<GuestOptions, 'latency' | 'perPage' | 'vcpus'>>;
  readonly #queue: number[] = [];
  #working = false;

  constructor(t: TestContext, given: GuestOptions = {}) {
    mock.timers.enable({ apis: ['setTimeout'] });
    t.after(() => mock.timers.reset());
    const {
      guestPageSize = PAGE,
      hostPageSize = PAGE,
      registers = {},
      kvmInjects = true,
      ...options
    } = given;
    this.#options = { latency: 1, perPage: 1, vcpus: 1, ...options };
    this.memory = new FakeMemory(0x1_0000_0000, hostPageSize);
    this.vcpus = Array.from({ length: this.#options.vcpus }, (_, index) => new FakeVcpu(index, registers));
    for (const vcpu of this.vcpus) {
      const resume = vcpu.resume.bind(vcpu);
      vcpu.resume = () => {
        resume();
        this.#look(SOURCE.SEA);
      };
    }
    const memory = this.memory as unknown as BackingMemory;
    const map = new GuestMap([{ gpa: RAM, size: this.memory.size, memory, offset: 0 }]);
    const records = new RecordMemory(map, { base: RECORDS, size: 0x1_0000 }, AREA);
    records.initialize();
    this.ras = new RasService({
      ...{ map, events: this.events, ledger: this.ledger, kvmInjects },
      records: {
        ...{ plan: SOURCES, router: routeByTiming(SOURCES), memory: records, guestPageSize },
        readAck: { clear: () => {}, awaited: () => {} },
        notification: () =>
          gsivNotification(() => {
            this.pulses++;
            if (!this.losesEdges) this.#look(SOURCE.GED);
          }),
      },
    });
    t.after(() => this.ras.close());
  }

  block(source: number): number {
    return RECORDS + PAGE * (1 + source);
  }

  /** What stands in a source's block. */
  blockBytes(source: number): Uint8Array {
    const bytes = new Uint8Array(PAGE);
    this.memory.read(this.block(source) - RAM, bytes);
    return bytes;
  }

  /** The host's signal that a page is lost which nothing touched. */
  early(gpa: number, lsb = 12): void {
    this.#signal(BUS_MCEERR_AO, gpa, lsb, undefined);
  }

  /** A vCPU touches a lost page. */
  late(vcpu: number, gpa: number, lsb = 12): void {
    this.vcpus[vcpu]!.far = BigInt(gpa);
    this.#signal(BUS_MCEERR_AR, gpa, lsb, vcpu);
  }

  #signal(code: number, gpa: number, lsb: number, index: number | undefined): void {
    const time = BigInt(Math.round(this.events.now()));
    const event = { kind: 'memory-error', time, vcpu: index, code, hva: HVA + gpa - RAM, lsb } as const;
    this.ras.signal(event, index === undefined ? undefined : this.vcpus[index]!.as());
  }

  /** Lets time go by. */
  run(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.events.ms++;
      mock.timers.tick(1);
    }
  }

  kinds<K extends RasEventKind>(kind: K): Extract<RasEvent, { kind: K }>[] {
    return this.events.since(0, Infinity).filter((event) => event.kind === kind) as never;
  }

  #look(source: number): void {
    setTimeout(() => this.handle(source), this.#options.latency);
  }

  /** Reads a source's block, unless it is empty, and acknowledges. */
  handle(source: number): void {
    if (this.deaf) return;
    const bytes = this.blockBytes(source);
    if (bytes.subarray(0, 4).every((byte) => byte === 0)) return;
    const size = 20 + new DataView(bytes.buffer).getUint32(12, true);
    this.records++;
    for (const { section, flags } of ErrorStatusBlock.decode(bytes.subarray(0, size)).entries) {
      if (section.kind !== 'memory') continue;
      const gpa = Number(section.physicalAddress);
      this.told.push({ gpa, mask: section.physicalAddressMask!, overflow: flags?.overflow === true, source });
      if (this.#queue.length === 16) this.dropped++;
      else this.#queue.push(gpa);
    }
    this.memory.write(this.block(source) - RAM, new Uint8Array(4));
    this.#work();
    this.ras.acknowledge(source, BigInt(Math.round(this.events.now())));
  }

  #work(): void {
    if (this.#working || this.#queue.length === 0) return;
    this.#working = true;
    setTimeout(() => {
      this.#working = false;
      this.offlined.push(this.#queue.shift()!);
      this.#work();
    }, this.#options.perPage);
  }
}
