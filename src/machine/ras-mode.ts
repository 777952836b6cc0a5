/**
 * What was asked of --ras and --no-acpi-policy, and what it comes to on this host with this guest: settled once, at the
 * start, so that no error finds a choice that cannot be kept. `rasvm doctor` prints the same.
 */

import { EXIT_STATUS, RasvmError } from '../core/errors.ts';
import type { RasCapabilities } from '../kvm/host.ts';
import type { RunOptions } from './options.ts';

/** Of the options what is about errors. */
export type AskedOfRas = Pick<RunOptions, 'ras' | 'acpi' | 'noAcpiPolicy'>;

/** What the host can do. */
export interface RasHost {
  /** undefined: it can run no guest, so nobody knows. */
  kvm: RasCapabilities | undefined;
  /** Its kernel tells processes of memory that fails (CONFIG_MEMORY_FAILURE). */
  memoryFailure: boolean;
}

/** One part of what was asked. */
export interface RasRow {
  /** As the option has it: `early=on`. */
  asked: string;
  /** unused: it makes no difference to this guest. */
  possible: 'yes' | 'no' | 'unused' | 'unknown';
  /** What comes of it here; where it cannot be had, what to do. */
  consequence: string;
  /** Of what cannot be had: the error of a start under `on`. */
  lack?: 'USAGE' | 'KVM_CAPABILITY';
}

export interface RasMode {
  /** on: HEST, records, notifications. */
  resolved: 'on' | 'off';
  /** Why this guest has no records. */
  reason?: string;
  /** The guest is told of a lost page before it touches it. */
  early: boolean;
  /** rasvm asks the host for early signals, be it only for its own log. */
  listens: boolean;
  /** What a vCPU gets that stands on a lost page: an SEA (with a record if there are any), an SError, or nothing more. */
  late: 'sea' | 'serror' | 'stop';
  onError: RunOptions['ras']['onError'];
  /** What was asked for and cannot be had, a sentence each. */
  lacks: readonly string[];
}

/** @throws RasvmError USAGE, KVM_CAPABILITY for what cannot be had under `--ras on` */
export function resolveRas(asked: AskedOfRas, host: RasHost): RasMode {
  const { ras, acpi, noAcpiPolicy } = asked;
  const lacking = rasRows(asked, host).filter(({ lack }) => lack !== undefined);
  const [first] = lacking;
  if (first !== undefined && ras.mode === 'on')
    throw new RasvmError(first.lack!, `--ras on cannot be had: ${first.consequence}`);
  const hasRecords = ras.mode !== 'off' && acpi;
  const late = hasRecords ? ras.notify : noAcpiPolicy === 'ignore' ? 'sea' : noAcpiPolicy;
  return {
    resolved: hasRecords ? 'on' : 'off',
    ...(!hasRecords && { reason: ras.mode === 'off' ? '--ras off' : 'a guest without ACPI has no HEST' }),
    early: hasRecords && ras.early,
    listens: ras.early && (hasRecords || noAcpiPolicy !== 'ignore' || ras.onError === 'stop'),
    late: late === 'serror' && host.kvm?.serror !== true ? 'sea' : late,
    onError: ras.onError,
    lacks: lacking.map(({ asked: part, consequence }) => `${part} cannot be had: ${consequence}`),
  };
}

/** Each part of what was asked, in the order of the options. */
export function rasRows(asked: AskedOfRas, host: RasHost): RasRow[] {
  const hasRecords = asked.ras.mode !== 'off' && asked.acpi;
  return [
    records(asked, host),
    early(asked, host, hasRecords),
    notify(asked, host, hasRecords),
    onError(asked),
    noAcpiPolicy(asked, host, hasRecords),
  ];
}

const NO_MEMORY_FAILURE =
  "the host's kernel has no memory_failure (CONFIG_MEMORY_FAILURE), and tells nobody of memory that fails: take another kernel";

function records({ ras, acpi }: AskedOfRas, host: RasHost): RasRow {
  const asked = `--ras ${ras.mode}`;
  if (ras.mode === 'off')
    return { asked, possible: 'yes', consequence: 'the guest has no HEST, and gets no error records' };
  if (!acpi)
    return {
      asked,
      possible: 'no',
      consequence:
        'a guest without ACPI has no HEST, which says where error records stand: leave out --acpi off, or choose by ' +
        '--no-acpi-policy what it gets',
      lack: 'USAGE',
    };
  if (!host.memoryFailure)
    return { asked, possible: 'no', consequence: NO_MEMORY_FAILURE, lack: 'KVM_CAPABILITY' };
  return {
    asked,
    possible: 'yes',
    consequence: 'ACPI tables with a HEST; an error record (CPER) for each lost page',
  };
}

function early({ ras, noAcpiPolicy: policy }: AskedOfRas, host: RasHost, hasRecords: boolean): RasRow {
  const asked = `early=${ras.early ? 'on' : 'off'}`;
  if (!ras.early)
    return { asked, possible: 'yes', consequence: 'a lost page is noticed when the guest touches it' };
  if (!host.memoryFailure) return { asked, possible: 'no', consequence: NO_MEMORY_FAILURE };
  if (hasRecords)
    return {
      asked,
      possible: 'yes',
      consequence: 'the guest is told by an interrupt (GSIV) before it touches a lost page',
    };
  if (ras.onError === 'stop')
    return { asked, possible: 'yes', consequence: 'the machine ends before the guest touches a lost page' };
  return policy === 'ignore'
    ? { asked, possible: 'unused', consequence: 'the host is not asked for early signals' }
    : { asked, possible: 'no', consequence: 'nothing tells this guest; rasvm logs the lost page' };
}

function notify({ ras }: AskedOfRas, { kvm }: RasHost, hasRecords: boolean): RasRow {
  const asked = `notify=${ras.notify}`;
  if (!hasRecords)
    return { asked, possible: 'unused', consequence: 'this guest has no records: --no-acpi-policy says it' };
  if (ras.notify === 'serror')
    return kvm?.serror && !kvm.serrorSyndrome ? noSyndrome(asked) : serror(asked, kvm);
  const sea = 'a vCPU that touches a lost page takes a synchronous external abort, with a record';
  if (kvm === undefined) return { asked, possible: 'unknown', consequence: `${sea}: needs KVM` };
  const by = kvm.injectsDataAbort
    ? "KVM's exception entry"
    : "rasvm's own exception entry, without the fault address of data: KVM injects none before Linux 5.5";
  return { asked, possible: 'yes', consequence: `${sea} (${by})` };
}

function serror(asked: string, kvm: RasCapabilities | undefined): RasRow {
  const then = 'Linux guests panic at once; with SErrors masked it is an SEA';
  if (kvm === undefined)
    return { asked, possible: 'unknown', consequence: `${then}: needs KVM_CAP_VCPU_EVENTS` };
  if (!kvm.serror)
    return {
      asked,
      possible: 'no',
      consequence:
        "the host's KVM makes no SError pending (KVM_CAP_VCPU_EVENTS), so an SEA it is: take a newer kernel, or sea",
      lack: 'KVM_CAPABILITY',
    };
  const how = kvm.serrorSyndrome
    ? 'with a syndrome'
    : "without a syndrome of rasvm's, as the host's CPU has no RAS extension";
  return { asked, possible: 'yes', consequence: `an SError ${how}: ${then}` };
}

/** An SError that does not say what failed is less than was asked for. */
function noSyndrome(asked: string): RasRow {
  return {
    asked,
    possible: 'no',
    consequence:
      "the host's CPU has no RAS extension (KVM_CAP_ARM_INJECT_SERROR_ESR), so an SError has no syndrome of rasvm's, and the " +
      'guest panics without knowing why: take sea, or --ras auto for such an SError',
    lack: 'KVM_CAPABILITY',
  };
}

function onError({ ras }: AskedOfRas): RasRow {
  const consequence =
    ras.onError === 'stop'
      ? `rasvm ends with status ${EXIT_STATUS.GUEST_MEMORY_ERROR} at the first lost page, and the guest is not told`
      : 'the guest is told, and goes on';
  return { asked: `on-error=${ras.onError}`, possible: 'yes', consequence };
}

function noAcpiPolicy({ noAcpiPolicy: policy }: AskedOfRas, { kvm }: RasHost, hasRecords: boolean): RasRow {
  const asked = `--no-acpi-policy ${policy}`;
  if (hasRecords) return { asked, possible: 'unused', consequence: 'this guest has records' };
  switch (policy) {
    case 'serror':
      return serror(asked, kvm);
    case 'stop':
      return {
        asked,
        possible: 'yes',
        consequence:
          'a guest that touches a lost page stands still, for rasvm registers, until rasvm stop; then rasvm ends with ' +
          `status ${EXIT_STATUS.GUEST_MEMORY_ERROR}`,
      };
    default:
      return {
        asked,
        possible: 'yes',
        consequence:
          'the process that touches a lost page gets SIGBUS; the kernel, which does not know of the loss, uses the page on',
      };
  }
}
