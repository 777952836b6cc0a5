/**
 * The first error of a machine would find code that has never run: twenty times as slow as it is later. So the path is
 * rehearsed while the guest has nothing to ask: on a vCPU without KVM and memory of its own, with a ledger and an event
 * log that nobody sees. What runs in between, from SIGBUS to acknowledgement, is what a guest's error runs.
 */

import { constants } from 'node:os';
import { ReadAckDevice } from '../devices/read-ack.ts';
import { EventLog } from '../events/event-log.ts';
import { REG } from '../kvm/registers.ts';
import { GuestMap } from '../memory/guest-map.ts';
import {
  type Addon,
  BUS_MCEERR_AR,
  type GuestMemory,
  Hold,
  type ScriptedVm,
  type Vcpu,
} from '../native/binding.ts';
import { EventReader, type VmEvent } from '../native/events.ts';
import { PostHold } from '../native/post-hold.ts';
import { PoisonLedger } from '../ras/errors/ledger.ts';
import { gsivNotification } from '../ras/notify/gsiv.ts';
import { routeByTiming } from '../ras/policy/router.ts';
import { RasService } from '../ras/service.ts';
import { SOURCES } from '../ras/sources/plan.ts';
import { errorRecordArea } from '../ras/sources/record-area.ts';
import { RecordMemory } from '../ras/sources/record-memory.ts';

/** Errors that are rehearsed: after 40 the next one takes a tenth longer. So many take 0.1 s of one core. */
const ROUNDS = 200;

/** ms between two, for the guest and the compiler. */
const PAUSE = 5;

const PAGE = 4096;
/** Above 4 GiB, where numbers are no small integers for V8. */
const RAM_BASE = 0x1_0000_0000;
/** Pages of the rehearsal's memory: error records, translation tables of level 0 to 3, the lost one. */
const AT = { records: 0, tables: 4, lost: 9, end: 16 } as const;
/** The source that its errors are told by. */
const SOURCE = 0;

const gpa = (page: number) => RAM_BASE + page * PAGE;

export interface RehearsalOptions {
  addon: Addon;
  kvmInjects: boolean;
}

export class Rehearsal {
  /**
   * Two, in turn: of what belongs to one alone V8 makes constants in compiled code, which the machine's own RAS service
   * would find wrong, and throw away.
   */
  readonly #stages: Stage[] = [];
  #rounds = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Begins; it ends by itself. @throws NativeError where there is no memory or no thread for it */
  constructor(options: RehearsalOptions) {
    try {
      for (let stage = 0; stage < 2; stage++) this.#stages.push(new Stage(options));
    } catch (error) {
      this.end();
      throw error;
    }
    this.#round();
  }

  /** Ends it before its time. */
  end(): void {
    clearTimeout(this.#timer);
    for (const stage of this.#stages) stage.end();
  }

  #round(): void {
    if (this.#rounds === ROUNDS) {
      this.end();
      return;
    }
    this.#stages[this.#rounds++ % this.#stages.length]!.play();
    this.#timer = setTimeout(() => this.#round(), PAUSE).unref();
  }
}

/** A vCPU without KVM, its memory, and the path from its errors to nobody. */
class Stage {
  readonly #events: EventReader;
  readonly #hold: PostHold;
  readonly #memory: GuestMemory;
  readonly #vm: ScriptedVm;
  readonly #vcpu: Vcpu;
  readonly #ledger = new PoisonLedger();
  readonly #records: RecordMemory;
  readonly #ras: RasService;

  constructor({ addon, kvmInjects }: RehearsalOptions) {
    this.#events = new EventReader(addon, { event: (event) => this.#answer(event) });
    const { queue } = this.#events;
    queue.unref();
    this.#hold = new PostHold(queue, Hold.acknowledgement);
    this.#memory = new addon.GuestMemory({ size: AT.end * PAGE, backing: 'anonymous', hugePageSize: 0 });
    this.#vm = addon.scripted.createVm(queue);
    const readAck = new ReadAckDevice({
      ...{ base: 0, size: PAGE, sources: SOURCES.length },
      onAcknowledge: () => {},
      hold: this.#hold,
    });
    readAck.attach(this.#vm.mapRegisters(readAck.bank));
    const map = new GuestMap([{ gpa: RAM_BASE, size: AT.end * PAGE, memory: this.#memory, offset: 0 }]);
    const area = errorRecordArea(SOURCES.length);
    this.#records = new RecordMemory(map, { base: gpa(AT.records), size: area.size }, area);
    this.#ras = new RasService({
      ...{ map, ledger: this.#ledger, kvmInjects },
      // Its times are those of a machine that has run for long.
      events: new EventLog(0n),
      records: {
        ...{ plan: SOURCES, router: routeByTiming(SOURCES), memory: this.#records, readAck },
        notification: () => gsivNotification(() => {}),
      },
    });
    for (let level = 0; level < 4; level++) {
      const descriptor = BigInt(gpa(AT.tables + level + 1)) | TABLE_OR_PAGE;
      this.#memory.writeU64((AT.tables + level) * PAGE, descriptor);
    }
    this.#vcpu = this.#vm.createVcpu(0);
    for (const [id, value] of REGISTERS) this.#vcpu.setReg(id, value);
    this.#vcpu.start();
  }

  end(): void {
    this.#ras.close();
    this.#hold.close();
    this.#vm.close();
    this.#events.close();
    this.#memory.close();
  }

  /** The vCPU meets an error. */
  play(): void {
    const sigbus = { code: BUS_MCEERR_AR, hva: this.#memory.hva + AT.lost * PAGE, lsb: Math.log2(PAGE) };
    this.#vm.play(0, { errno: constants.errno.EINTR, sigbus });
  }

  #answer(event: VmEvent): void {
    if (event.kind !== 'memory-error') return;
    this.#ras.signal(event, this.#vcpu);
    this.#memory.writeU32(this.#records.block(SOURCE).gpa - RAM_BASE, 0);
    this.#ras.acknowledge(SOURCE, event.time);
    for (const page of this.#ledger) this.#ledger.renew(page);
  }
}

/** A valid descriptor of a table or, at level 3, of a page. */
const TABLE_OR_PAGE = 3n;

/** Registers on a load from address 0, at EL0, through four levels of tables of 4 KiB. */
const REGISTERS: readonly (readonly [id: bigint, value: bigint])[] = [
  [REG.PC, 0xffff_0040_0000n],
  [REG.PSTATE, 0n],
  [REG.SCTLR_EL1, 1n],
  [REG.TCR_EL1, (16n << 16n) | 16n],
  [REG.TTBR0_EL1, BigInt(gpa(AT.tables))],
  [REG.TTBR1_EL1, 0n],
  [REG.VBAR_EL1, 0xffff_8000_0000_0000n],
  [REG.FAR_EL1, 0n],
  [REG.ESR_EL1, 0x9200_0010n],
];
