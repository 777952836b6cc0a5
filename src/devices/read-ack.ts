/**
 * The Read Ack registers of GHESv2 error sources (ACPI 6.5, section 18.3.2.8), emulated, so that the guest's
 * acknowledgement is an event. Bit 0 set: the guest is done with the source's block.
 */

import { type BankState, Hold, type RegisterBank, type RegisterBankSpec } from '../native/binding.ts';
import type { PostHold } from '../native/post-hold.ts';
import type { DeviceKind, MmioDevice, Stateful } from './device.ts';
import { resetShadow } from './registers.ts';

/** Bytes from one source's register to the next. */
export const READ_ACK_STRIDE = 8;
const ACKNOWLEDGED = 1n;

export interface ReadAckOptions {
  /** GPA. */
  base: number;
  size: number;
  /** How many registers, one a source. */
  sources: number;
  /** The guest has acknowledged a record: once for each {@link ReadAckDevice.clear}. */
  onAcknowledge(source: number): void;
  /** Of the queue that the guest's writes go to. */
  hold: Pick<PostHold, 'set'>;
}

/** What a machine does for its read_ack registers. */
export type ReadAckServices = Pick<ReadAckOptions, 'onAcknowledge' | 'hold'>;

export interface ReadAckState {
  readonly version: 1;
  readonly bank: BankState;
  /** By source: the next acknowledgement counts. */
  readonly awaited: readonly boolean[];
}

/** Its guest finds it by the HEST. */
export const readAck = {
  name: 'read-ack',
  needs: { mmio: 4096 },
  create: ({ base, size }, { sources }, services) => new ReadAckDevice({ base, size, sources, ...services }),
} satisfies DeviceKind<Pick<ReadAckOptions, 'sources'>, ReadAckServices, ReadAckDevice>;

export class ReadAckDevice implements MmioDevice, Stateful<ReadAckState> {
  readonly bank: RegisterBankSpec;
  readonly #onAcknowledge: (source: number) => void;
  readonly #hold: Pick<PostHold, 'set'>;
  readonly #awaited: boolean[];
  readonly #urgent: boolean[];
  #registers: RegisterBank | undefined;

  constructor(options: ReadAckOptions) {
    if (options.sources * READ_ACK_STRIDE > options.size)
      throw new RangeError(`${options.sources} read_ack registers do not fit into ${options.size} bytes`);
    this.#onAcknowledge = options.onAcknowledge;
    this.#hold = options.hold;
    this.#awaited = new Array<boolean>(options.sources).fill(false);
    this.#urgent = new Array<boolean>(options.sources).fill(false);
    this.bank = {
      base: options.base,
      size: options.size,
      registers: this.#awaited.map((_, source) => ({
        offset: source * READ_ACK_STRIDE,
        size: 8,
        value: ACKNOWLEDGED,
        read: 'shadow',
        write: 'post',
        hold: Hold.acknowledgement,
        effects: [{ op: 'store', target: source * READ_ACK_STRIDE, mask: ACKNOWLEDGED }],
      })),
    };
  }

  attach(bank: RegisterBank): void {
    this.#registers = bank;
  }

  /** Before a record is published: from now on the guest's next acknowledgement counts. */
  clear(source: number): void {
    if (!(source in this.#awaited)) throw new RangeError(`no error source ${source}`);
    this.#awaited[source] = true;
    this.#registers?.update(source * READ_ACK_STRIDE, ACKNOWLEDGED, 0n);
  }

  /** Whether something waits for a source's acknowledgement. Only when nothing does for any, they are held back. */
  awaited(source: number, urgently: boolean): void {
    this.#urgent[source] = urgently;
    this.#hold.set(!this.#urgent.includes(true));
  }

  /** The guest has acknowledged, or nothing was ever published. */
  isSet(source: number): boolean {
    return ((this.#registers?.get(source * READ_ACK_STRIDE) ?? ACKNOWLEDGED) & ACKNOWLEDGED) !== 0n;
  }

  posted(offset: number, value: bigint): void {
    const source = offset / READ_ACK_STRIDE;
    if (!(value & ACKNOWLEDGED) || !this.#awaited[source]) return;
    // A write from before clear() may only be read from the queue now: the register itself decides.
    if (!this.isSet(source)) return;
    this.#awaited[source] = false;
    this.#onAcknowledge(source);
  }

  read(): bigint {
    return 0n;
  }

  write(): void {
    // Only offsets without a register come here.
  }

  reset(): void {
    this.#awaited.fill(false);
    this.#urgent.fill(false);
    if (this.#registers) resetShadow(this.bank, this.#registers);
  }

  save(): ReadAckState {
    return { version: 1, bank: this.#registers!.save(), awaited: [...this.#awaited] };
  }

  /** Which of them are urgent is for the sources to say again. */
  load({ bank, awaited }: ReadAckState): void {
    this.#registers!.load(bank);
    this.#awaited.splice(0, this.#awaited.length, ...awaited);
  }
}
