/**
 * SErrors for a stopped vCPU, in the terms that KVM_ARM_SET_SERROR_ESR was discussed in: pending or not, with a syndrome or
 * without. They are made of KVM_GET_VCPU_EVENTS and KVM_SET_VCPU_EVENTS (Documentation/virt/kvm/api.rst, 4.31 and 4.32).
 *
 * KVM of Linux up to 6.16 always pends an SError (HCR_EL2.VSE); a vCPU that does not mask it takes it when it is next run.
 * Later ones make the exception entry at once where PSTATE.A is clear (arch/arm64/kvm/inject_fault.c,
 * kvm_inject_serror_esr), and it is then no longer pending. The guest sees the same.
 */

import { RasvmError } from '../../core/errors.ts';
import type { NamedSerrorClass, SerrorClass } from '../../events/event.ts';
import type { NativeError, Vcpu, VcpuEvents } from '../../native/binding.ts';

/** An SError that the guest has not taken yet, or none. */
export interface Serror {
  pending: boolean;
  /** It has a syndrome of its own: so it is on hosts whose CPU has the RAS extension. */
  hasEsr: boolean;
  /** ESR_EL1.ISS; 0 without one. */
  esr: bigint;
}

/** What the host's KVM can do about SErrors; see src/kvm/host.ts. */
export interface SerrorCapabilities {
  /** KVM_CAP_VCPU_EVENTS: any at all. */
  serror: boolean;
  /** KVM_CAP_ARM_INJECT_SERROR_ESR: with a syndrome. */
  serrorSyndrome: boolean;
}

/** Bits of ESR_EL1.ISS of an SError (Arm ARM DDI 0487, ESR_EL1, "ISS encoding for an SError exception"). */
const ISS = { IDS: 1n << 24n, AET_SHIFT: 10n, DFSC_MASK: 0x3fn, MASK: (1n << 25n) - 1n } as const;

const DFSC_UNCATEGORIZED = 0n;
const DFSC_ASYNCHRONOUS = 0x11n;

/** AET: the state that the error has left the PE in. */
const AET: Record<Exclude<NamedSerrorClass, 'uncategorized'>, bigint> = {
  uc: 0n,
  ueu: 1n,
  ueo: 2n,
  uer: 3n,
  ce: 6n,
};

/**
 * The worst first. Of those with a state, DDI 0587, 2.2: what is restartable may be reported as recoverable, that as
 * unrecoverable, and that as uncontainable. Of one without a state it is not known whether it was contained (2.2 too), which
 * is worse than to know that it was. With a syndrome of the implementation's own in it the result is the implementation's
 * choice (2.5.3): it stays, as nothing else says what it does.
 */
const WORST_FIRST: readonly SerrorClass[] = [
  'implementation-defined',
  'uc',
  'reserved',
  'uncategorized',
  'ueu',
  'uer',
  'ueo',
  'ce',
];

/** ESR_EL1.ISS of an SError of a class. */
export function serrorSyndrome(name: NamedSerrorClass): bigint {
  return name === 'uncategorized' ? DFSC_UNCATEGORIZED : (AET[name] << ISS.AET_SHIFT) | DFSC_ASYNCHRONOUS;
}

/** @param esr ISS; undefined: KVM's own, which is implementation defined on every host. */
export function serrorClass(esr: bigint | undefined): SerrorClass {
  if (esr === undefined || (esr & ISS.IDS) !== 0n) return 'implementation-defined';
  const status = esr & ISS.DFSC_MASK;
  if (status === DFSC_UNCATEGORIZED) return 'uncategorized';
  if (status !== DFSC_ASYNCHRONOUS) return 'reserved';
  const aet = (esr >> ISS.AET_SHIFT) & 7n;
  const found = Object.entries(AET).find(([, value]) => value === aet);
  return found === undefined ? 'reserved' : (found[0] as SerrorClass);
}

/** @throws RasvmError USAGE for bits that KVM refuses with EINVAL. */
export function checkSyndrome(esr: bigint): void {
  if ((esr & ~ISS.MASK) === 0n) return;
  throw new RasvmError(
    'USAGE',
    `SError syndrome 0x${esr.toString(16)} has more than ESR_EL1.ISS, bits 24 to 0: ` +
      `0x${(esr & ISS.MASK).toString(16)} is that part of it`,
  );
}

/**
 * The syndrome of two SErrors that are taken as one (DDI 0587, 2.5.3): that of the worse one, which is what both together
 * have done to the PE's state. Of equals that of the first.
 */
export function mergeSyndromes(first: bigint, second: bigint): bigint {
  const rank = (esr: bigint) => WORST_FIRST.indexOf(serrorClass(esr));
  return rank(second) < rank(first) ? second : first;
}

/** @param vcpu that does not run. @throws NativeError */
export function getSerror(vcpu: Vcpu): Serror {
  const { serrorPending: pending, serrorHasEsr, serrorEsr } = vcpu.getEvents();
  // KVM says has_esr of its host, pending or not.
  const hasEsr = pending && serrorHasEsr;
  return { pending, hasEsr, esr: hasEsr ? serrorEsr : 0n };
}

export interface SetSerror {
  /** Now. Not pending: KVM has made the exception entry at once. */
  pending: boolean;
  /** Of what the guest takes; undefined where KVM takes no syndrome. */
  esr?: bigint;
  class: SerrorClass;
  /** What was pending before, and is taken as one with it. */
  merged?: SerrorClass;
}

/** What KVM gives an SError that is set without a syndrome, where it can have one: IDS and nothing else. */
const KVM_CHOICE = ISS.IDS;

/**
 * Makes an SError pending, and merges it with one that is: KVM itself lets the last one win.
 * @param vcpu that does not run, and has no access that is not finished
 * @param esr ISS; undefined: KVM chooses
 * @throws RasvmError USAGE for a syndrome that is none, KVM_CAPABILITY for what this host's KVM cannot do
 */
export function setSerror(vcpu: Vcpu, esr: bigint | undefined, host: SerrorCapabilities): SetSerror {
  if (esr !== undefined) checkSyndrome(esr);
  checkCapability(esr !== undefined, host);
  const before = getSerror(vcpu);
  const merged = before.pending ? { merged: serrorClass(before.hasEsr ? before.esr : undefined) } : {};
  if (!host.serrorSyndrome) {
    set(vcpu, undefined);
    return { pending: getSerror(vcpu).pending, class: serrorClass(undefined), ...merged };
  }
  const asked = esr ?? KVM_CHOICE;
  const wanted = before.hasEsr ? mergeSyndromes(before.esr, asked) : asked;
  set(vcpu, wanted);
  return { pending: getSerror(vcpu).pending, esr: wanted, class: serrorClass(wanted), ...merged };
}

/** @throws RasvmError KVM_CAPABILITY */
function checkCapability(
  withSyndrome: boolean,
  { serror, serrorSyndrome: possible }: SerrorCapabilities,
): void {
  if (!serror) {
    throw new RasvmError(
      'KVM_CAPABILITY',
      "this host's KVM cannot give a vCPU an SError (KVM_CAP_VCPU_EVENTS): use a host with Linux 4.19 or later",
    );
  }
  if (withSyndrome && !possible) {
    throw new RasvmError(
      'KVM_CAPABILITY',
      "this host's KVM takes no syndrome of an SError (KVM_CAP_ARM_INJECT_SERROR_ESR), as its CPU has no RAS extension: " +
        'only an SError without a class or syndrome is possible here',
    );
  }
}

function set(vcpu: Vcpu, esr: bigint | undefined): void {
  const events: VcpuEvents = {
    serrorPending: true,
    serrorHasEsr: esr !== undefined,
    serrorEsr: esr ?? 0n,
    extDabtPending: false,
  };
  try {
    vcpu.setEvents(events);
  } catch (cause) {
    const { message } = cause as NativeError;
    throw new RasvmError('CONTROL', `vCPU ${vcpu.index} could not be given an SError: ${message}`, { cause });
  }
}
