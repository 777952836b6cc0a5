/**
 * The first error of a machine would find code that has never run: twenty times as slow as it is later. So the path is
 * rehearsed while the guest has nothing to ask: on a vCPU without KVM and memory of its own, with a ledger and an event
 * log that nobody sees. What runs in between, from SIGBUS to acknowledgement, is what a guest's error runs.
 */

import { constants } from 'node:os';
import { ReadAckDevice } from '../devices/read-ack.ts';
import { EventLog } from '../events/event-log.ts';
import { REG } from '../kvm/registers.ts';
import {
  type Addon,
  BUS_MCEERR_AR,
  type EventQueue,
  type GuestMemory,
  type TestVm,
  type Vcpu,
} from '../native/binding.ts';
import { EventReader, type VmEvent } from '../native/events.ts';
import { PostHold } from '../native/post-hold.ts';
import { PoisonLedger } from '../ras/errors/ledger.ts';
import { RasService, SOURCE } from '../ras/service.ts';

/** Errors that are rehearsed: after 40 the next one takes a tenth longer. So many take 0.1 s of one core. */
const ROUNDS = 200;

/** ms between two, for the guest and the compiler. */
const PAUSE = 5;

const PAGE = 4096;
/** Above 4 GiB, where numbers are no small integers for V8. */
const RAM_BASE = 0x1_0000_0000;
/** Pages of the rehearsal's memory: error status blocks, translation tables of level 0 to 3, the lost one. */
const AT = { blocks: 0, tables: 2, lost: 6, end: 16 } as const;

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
  readonly #queue: EventQueue;
  readonly #reader: EventReader;
  readonly #hold: PostHold;
  readonly #memory: GuestMemory;
  readonly #vm: TestVm;
  readonly #vcpu: Vcpu;
  readonly #ledger = new PoisonLedger();
  readonly #ras: RasService;

  constructor({ addon, kvmInjects }: RehearsalOptions) {
    this.#queue = new addon.EventQueue(() => this.#reader.drain((event) => this.#answer(event)));
    this.#queue.unref();
    this.#reader = new EventReader(this.#queue);
    this.#hold = new PostHold(this.#queue);
    this.#memory = new addon.GuestMemory({ size: AT.end * PAGE, backing: 'anonymous', hugePageSize: 0 });
    this.#vm = addon.testing.createVm(this.#queue);
    const readAck = new ReadAckDevice({
      ...{ base: 0, size: PAGE, sources: Object.keys(SOURCE).length },
      onAcknowledge: () => {},
      hold: this.#hold,
    });
    readAck.attach(this.#vm.mapRegisters(readAck.bank));
    this.#ras = new RasService({
      ...{ memory: this.#memory, ramBase: RAM_BASE, ledger: this.#ledger, kvmInjects },
      // Its times are those of a machine that has run for long.
      events: new EventLog(0n),
      records: {
        area: { block: (source) => ({ gpa: gpa(AT.blocks + source), length: PAGE }) },
        readAck,
        pulse: () => {},
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
    this.#queue.close();
    this.#memory.close();
  }

  /** The vCPU meets an error. */
  play(): void {
    const sigbus = { code: BUS_MCEERR_AR, hva: this.#memory.hva + AT.lost * PAGE, lsb: Math.log2(PAGE) };
    this.#vm.play(0, { errno: constants.errno.EINTR, sigbus });
  }

  #answer(event: VmEvent): boolean {
    if (event.kind !== 'memory-error') return true;
    this.#ras.signal(event, this.#vcpu);
    this.#ras.acknowledge(SOURCE.SEA, event.time);
    for (const page of this.#ledger) this.#ledger.renew(page);
    return true;
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
