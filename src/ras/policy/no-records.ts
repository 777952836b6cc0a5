/**
 * A vCPU stands on a lost page, and its guest is not to be told by a record: it has none (booted by a device tree, RAS
 * off), or SErrors were asked for (`--ras notify=serror`). What it gets is the user's choice, made once at the start.
 */

import type { EventLog } from '../../events/event-log.ts';
import type { Vcpu } from '../../native/binding.ts';
import type { LostPage } from '../errors/ledger.ts';
import { PSTATE } from '../vcpu/sea.ts';
import { getSerror, type SerrorCapabilities, serrorSyndrome, setSerror } from '../vcpu/serror.ts';
import { viewVcpu } from '../vcpu/vcpu-view.ts';

/**
 * What `--no-acpi-policy` may be. None of them lets the guest go on with other data than it wrote: `ignore` is not zeros
 * in place of the page, but a host that is not asked for early signals, and a plain SEA for who touches the page.
 */
export const NO_RECORDS_POLICIES = ['sea', 'serror', 'stop', 'ignore'] as const;
export type NoRecordsPolicy = (typeof NO_RECORDS_POLICIES)[number];

/** How often a vCPU may come back from an SError that it did not take, before it gets an SEA. */
const RETURNS = 3;

/**
 * What is so: the access was not made, and PC stands on it. Linux panics for it (arch/arm64/kernel/traps.c,
 * arm64_is_fatal_ras_serror); for a lesser class it would go on, and make the access again.
 */
const SYNDROME = serrorSyndrome('uer');

export interface WithoutRecordOptions {
  how: 'serror' | 'stop';
  /** Why there is no record, for the log. */
  reason: string;
  events: EventLog;
  /** KVM_CAP_VCPU_EVENTS there must be. */
  host: SerrorCapabilities;
  /** The machine stands still from now on: no vCPU is resumed any more. */
  halt(page: LostPage, vcpu: number): void;
}

export class WithoutRecord {
  readonly reason: string;
  readonly #options: WithoutRecordOptions;
  /** By vCPU: the page that its pending SError is about, and how often it came back to it. */
  readonly #raised = new Map<number, { page: LostPage; times: number }>();

  constructor(options: WithoutRecordOptions) {
    this.#options = options;
    this.reason = options.reason;
  }

  /** @returns what is to be done; undefined: an SEA it is, as an SError would not be taken */
  way(vcpu: Vcpu, page: LostPage): (() => void) | undefined {
    if (this.#options.how === 'stop') return () => this.#options.halt(page, vcpu.index);
    const raised = this.#raised.get(vcpu.index);
    const isBack = raised?.page === page && getSerror(vcpu).pending;
    const times = isBack ? raised.times + 1 : 1;
    const view = viewVcpu(vcpu);
    // The access is made again and again until the SError is taken: with PSTATE.A set that is never.
    if ((view.pstate & PSTATE.A) !== 0n || times > RETURNS) {
      this.#raised.delete(vcpu.index);
      return undefined;
    }
    return () => {
      this.#raised.set(vcpu.index, { page, times });
      const { host, events } = this.#options;
      const { esr } = setSerror(vcpu, host.serrorSyndrome ? SYNDROME : undefined, host);
      vcpu.resume();
      page.toldLate++;
      page.toldLateAt = events.now();
      events.emit('notified', {
        id: page.id,
        notification: 'SError',
        vcpu: vcpu.index,
        pc: view.pc,
        exceptionLevel: view.exceptionLevel,
        ...(esr === undefined ? {} : { esr }),
        by: 'kvm',
      });
    };
  }
}
