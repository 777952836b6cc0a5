/**
 * What an error status block does to a Linux guest on arm64 that is told of it: drivers/acpi/apei/ghes.c,
 * mm/memory-failure.c, drivers/acpi/apei/bert.c, kernels 6.1 to 7.3.
 */

import { ErrorStatusBlock } from '../cper/sections.ts';
import { Severity } from '../cper/severity.ts';
import type { Encodable } from '../struct.ts';
import { type Entry, type Estatus, readEstatus } from './estatus.ts';
import { ALL_KERNELS, type Finding, kinds } from './finding.ts';
import { rank } from './gesb.ts';
import { armErrors, CXL_EVENTS, SECTION_TYPE } from './linux-sections.ts';
import { Report } from './report.ts';

export const EFFECT = kinds('effect', 'Linux drivers/acpi/apei/ghes.c', {
  EFFECT_NOTHING: {
    severity: 'warning',
    meaning: 'The guest does nothing: for it there is no record',
    kernels: ALL_KERNELS,
  },
  EFFECT_REFUSED: {
    severity: 'warning',
    meaning: 'The guest refuses the block, and does nothing of what it says',
    kernels: ALL_KERNELS,
  },
  EFFECT_PANIC: {
    severity: 'warning',
    meaning: 'The guest panics: "Kernel panic - not syncing: GHES: Fatal hardware error"',
    kernels: ALL_KERNELS,
  },
  EFFECT_SIGBUS: {
    severity: 'warning',
    meaning:
      'The process that took the abort is killed by SIGBUS, as nothing was done about the error: "synchronous unrecoverable error (SIGBUS)"',
    kernels: ALL_KERNELS,
  },
  EFFECT_ABORT: {
    severity: 'warning',
    meaning:
      'The process that took the abort gets a bare SIGBUS (BUS_OBJERR), as there is no record for its abort',
    source: 'Linux arch/arm64/mm/fault.c',
    kernels: ALL_KERNELS,
  },
  EFFECT_KERNEL_OOPS: {
    severity: 'note',
    meaning:
      'Where the kernel itself takes the abort, not a process, it does not look for a record: that ends in an oops, or a panic with panic_on_oops',
    source: 'Linux arch/arm64/mm/fault.c',
    kernels: ALL_KERNELS,
  },
  EFFECT_PROCESS_KILLED: {
    severity: 'warning',
    meaning:
      'The page is taken out of use, and the process that took the abort gets SIGBUS (BUS_MCEERR_AR), which kills it unless it handles that',
    kernels: ALL_KERNELS,
  },
  EFFECT_PAGE_OFFLINE: {
    severity: 'warning',
    meaning:
      'The page is taken out of use at once; processes that lose what it held are killed when they touch it, or at once if they want to know early',
    kernels: ALL_KERNELS,
  },
  EFFECT_SOFT_OFFLINE: {
    severity: 'note',
    meaning: 'The content of the page is moved away, and the page is not used again; no process notices',
    kernels: ALL_KERNELS,
  },
  EFFECT_PCIE_CORRECTED: {
    severity: 'note',
    meaning: 'The AER driver logs the error of the PCIe device',
    kernels: ALL_KERNELS,
  },
  EFFECT_PCIE_RECOVERY: {
    severity: 'warning',
    meaning: 'The AER driver has the driver of the PCIe device recover',
    kernels: ALL_KERNELS,
  },
  EFFECT_PCIE_RESET: {
    severity: 'warning',
    meaning: 'The AER driver resets the link of the PCIe device, and has its driver recover',
    kernels: ALL_KERNELS,
  },
  EFFECT_CXL: {
    severity: 'note',
    meaning: 'The CXL driver, where it is loaded, is given the error, and traces it',
    kernels: '6.10 to 7.3',
  },
  EFFECT_LOGGED: {
    severity: 'note',
    meaning: 'The error is printed and traced, and nothing is done',
    kernels: ALL_KERNELS,
  },
  EFFECT_ONE_PAGE: {
    severity: 'note',
    meaning:
      'The address mask says that more than a page is hit, and the guest heeds the one page of the address',
    kernels: ALL_KERNELS,
  },
  EFFECT_DUPLICATE: {
    severity: 'note',
    meaning:
      'The block has no timestamp: the same again within 10 seconds of having been printed is not printed, and if told by SEA or SDEI not handled either',
    kernels: ALL_KERNELS,
  },
  EFFECT_NOT_PRINTED: {
    severity: 'note',
    meaning: 'Of blocks in the boot error region those of 1024 bytes and more are not printed',
    source: 'Linux drivers/acpi/apei/bert.c',
    kernels: ALL_KERNELS,
  },
});

/**
 * How the guest is told: `sea` a synchronous external abort (of a process), `interrupt` a GSIV, GPIO signal or SCI with
 * a hardware error device, `polled`, `sdei`, or `boot` in the region that a BERT names.
 */
export type Telling = 'sea' | 'interrupt' | 'polled' | 'sdei' | 'boot';

export interface EffectOptions {
  /** Default `interrupt`. */
  readonly notification?: Telling | undefined;
  /** Version of the guest's kernel, 6.1 to 7.3; default 7.3. */
  readonly kernel?: string | undefined;
}

/**
 * What the guest does with a block, given as bytes or as a value: findings of the rule set `effect`, of severity
 * `warning` where a process, page or device is lost or the guest panics, `note` otherwise. Of a page it is taken that it
 * is the guest's memory. Never throws on bytes; a value that cannot be encoded is an AcpiError.
 */
export function effectOf(
  block: Uint8Array | Encodable<typeof ErrorStatusBlock>,
  { notification = 'interrupt', kernel = '7.3' }: EffectOptions = {},
): Finding[] {
  const bytes = block instanceof Uint8Array ? block : ErrorStatusBlock.encode(block);
  const report = new Report(bytes);
  const estatus = readEstatus(report.view);
  const isAbort = notification === 'sea';
  const abort = () => {
    if (isAbort) report.tell(EFFECT.EFFECT_ABORT, '', 'no record is handled');
  };
  if (estatus === undefined || estatus.refusal !== undefined) {
    report.tell(
      EFFECT.EFFECT_REFUSED,
      '',
      estatus?.refusal?.reason ?? `${bytes.byteLength} bytes are no block`,
    );
    abort();
  } else if (estatus.blockStatus === 0) {
    report.tell(EFFECT.EFFECT_NOTHING, 'blockStatus', 'is 0: the block is empty', { offset: 0 });
    abort();
  } else if (notification === 'boot') tellBoot(report, estatus);
  else if (rank(estatus.severity) === rank(Severity.Fatal))
    report.tell(EFFECT.EFFECT_PANIC, 'severity', `is ${estatus.severity}, ${nameOf(estatus.severity)}`, {
      offset: 16,
    });
  else tellSections(report, estatus, isAbort, versionOf(kernel));
  if (isAbort) report.tell(EFFECT.EFFECT_KERNEL_OOPS, '', 'the rest holds for aborts that processes take');
  return report.sorted();
}

function nameOf(severity: number): string {
  const found = Object.entries(Severity).find(([, value]) => value === severity);
  return found === undefined ? 'which counts as fatal' : found[0].toLowerCase();
}

/** 6.12 as 612, so that versions compare. */
function versionOf(kernel: string): number {
  const [major = 0, minor = 0] = kernel.split('.').map(Number);
  return major * 100 + minor;
}

function tellBoot(report: Report, { length }: Estatus): void {
  if (length >= 1024) report.tell(EFFECT.EFFECT_NOT_PRINTED, '', `has ${length} bytes`);
  else report.tell(EFFECT.EFFECT_LOGGED, '', 'is printed once at boot ("Error records from previous boot")');
}

function tellSections(report: Report, estatus: Estatus, isAbort: boolean, version: number): void {
  let queued = false;
  for (const entry of estatus.entries) {
    const isRecoverable =
      estatus.severity === Severity.Recoverable && entry.severity === Severity.Recoverable;
    const path = `${entry.path}.section`;
    // Of several, the last section that could lead to a page being taken decides.
    if (entry.sectionType === SECTION_TYPE.Memory)
      queued = tellMemory(report, path, entry, isRecoverable, isAbort);
    else if (entry.sectionType === SECTION_TYPE.ProcessorArm)
      queued = tellArm(report, path, entry, isRecoverable, isAbort);
    else if (entry.sectionType === SECTION_TYPE.Pcie) tellPcie(report, path, entry);
    else tellOther(report, path, entry, version);
  }
  if (isAbort && !queued)
    report.tell(
      EFFECT.EFFECT_SIGBUS,
      '',
      estatus.entries.length > 1
        ? 'the last memory or Arm section leads to nothing'
        : 'no page is taken out of use',
    );
  if (!estatus.entries.some(({ hasTimestamp }) => hasTimestamp))
    report.tell(EFFECT.EFFECT_DUPLICATE, '', 'no entry has a timestamp');
}

/** Takes the page at this address, which is in the section at `at`. */
function tellPage(report: Report, path: string, at: number, isAbort: boolean): true {
  const page = `0x${(report.view.getBigUint64(at, true) & ~0xfffn).toString(16)}`;
  report.tell(
    isAbort ? EFFECT.EFFECT_PROCESS_KILLED : EFFECT.EFFECT_PAGE_OFFLINE,
    path,
    `page ${page} is taken`,
    { offset: at },
  );
  return true;
}

function tellMemory(
  report: Report,
  path: string,
  { start, length, severity, flags }: Entry,
  isRecoverable: boolean,
  isAbort: boolean,
): boolean {
  const { view } = report;
  const logged = (reason: string) => {
    report.tell(EFFECT.EFFECT_LOGGED, path, reason, { offset: start });
    return false;
  };
  if (length < 32) return logged('the section is too short');
  const bits = view.getUint32(start, true);
  if ((bits & 2) === 0) return logged('it names no physical address');
  if ((bits & 4) !== 0 && (view.getBigUint64(start + 24, true) & 0xfffn) === 0n) {
    const mask = view.getBigUint64(start + 24, true);
    if ((mask & 0xf000n) !== 0xf000n)
      report.tell(EFFECT.EFFECT_ONE_PAGE, `${path}.physicalAddressMask`, `is 0x${mask.toString(16)}`, {
        offset: start + 24,
      });
  }
  if (isRecoverable) return tellPage(report, `${path}.physicalAddress`, start + 16, isAbort);
  if (severity === Severity.Corrected && (flags & 8) !== 0) {
    const page = view.getBigUint64(start + 16, true) & ~0xfffn;
    report.tell(
      EFFECT.EFFECT_SOFT_OFFLINE,
      `${path}.physicalAddress`,
      `page 0x${page.toString(16)} is emptied`,
      {
        offset: start + 16,
      },
    );
    return true;
  }
  return logged(
    severity === Severity.Corrected
      ? 'it is corrected, and no threshold is exceeded'
      : 'block and section are not both recoverable',
  );
}

function tellArm(
  report: Report,
  path: string,
  entry: Entry,
  isRecoverable: boolean,
  isAbort: boolean,
): boolean {
  const { view } = report;
  const { start, length } = entry;
  let queued = false;
  if (isRecoverable && length >= 40)
    for (const { at, fits } of armErrors(view, entry)) {
      // Type (bit 1: cache), and bit 4 of the validation bits: physical fault address.
      if (fits && (view.getUint8(at + 4) & 2) !== 0 && (view.getUint16(at + 2, true) & 16) !== 0)
        queued = tellPage(report, path, at + 24, isAbort);
    }
  if (!queued)
    report.tell(
      EFFECT.EFFECT_LOGGED,
      path,
      isRecoverable
        ? 'no error in it is of a cache and has a physical address'
        : 'block and section are not both recoverable',
      { offset: start },
    );
  return queued;
}

function tellPcie(report: Report, path: string, { start, length, severity, flags }: Entry): void {
  const bits = length < 208 ? 0 : report.view.getUint32(start, true);
  const offset = { offset: start };
  // Bit 3: device id, bit 7: AER registers.
  if ((bits & 0x88) !== 0x88)
    report.tell(EFFECT.EFFECT_LOGGED, path, 'device id and AER registers are not both valid', offset);
  else if ((flags & 4) !== 0 || severity === Severity.Fatal)
    report.tell(
      EFFECT.EFFECT_PCIE_RESET,
      path,
      (flags & 4) !== 0 ? 'flag reset is set' : 'the section is fatal',
      offset,
    );
  else if (severity === Severity.Recoverable)
    report.tell(EFFECT.EFFECT_PCIE_RECOVERY, path, 'the section is recoverable', offset);
  else report.tell(EFFECT.EFFECT_PCIE_CORRECTED, path, 'the section is corrected or informational', offset);
}

function tellOther(report: Report, path: string, { sectionType, start }: Entry, version: number): void {
  const offset = { offset: start };
  const since = CXL_EVENTS.includes(sectionType)
    ? 610
    : sectionType === SECTION_TYPE.CxlProtocol
      ? 615
      : undefined;
  if (since !== undefined && version >= since)
    report.tell(EFFECT.EFFECT_CXL, path, 'the CXL driver is given it', {
      ...offset,
      kernels: since === 610 ? '6.10 to 7.3' : '6.15 to 7.3',
    });
  else report.tell(EFFECT.EFFECT_LOGGED, path, `nothing handles sections ${sectionType}`, offset);
}
