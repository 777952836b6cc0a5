/** Checks a Generic Error Status Block: ACPI 6.5, section 18.3.2.7.1, and what Linux takes. */

import type { AnyCodec } from '../codec.ts';
import { BlockStatus, blockStatusOf, ERROR_STATUS_BLOCK_HEADER_SIZE } from '../cper/gesb.ts';
import { ErrorStatusBlock } from '../cper/sections.ts';
import { Severity } from '../cper/severity.ts';
import { type Estatus, readEstatus } from './estatus.ts';
import { ALL_KERNELS, type Finding, kinds } from './finding.ts';
import { checkLayout } from './layout.ts';
import { checkLinuxSections } from './linux-sections.ts';
import { Report } from './report.ts';

export const GESB = kinds('specification', 'ACPI 6.5, 18.3.2.7.1', {
  GESB_TOO_SHORT: {
    severity: 'error',
    meaning: 'The bytes are too few for the header of an error status block',
  },
  GESB_EMPTY: {
    severity: 'error',
    meaning: 'The block status says that the block is empty, and it has entries',
  },
  GESB_STATUS: {
    severity: 'warning',
    meaning: 'The bits of the block status are not what the severities of the entries make them',
  },
  GESB_ENTRY_COUNT: {
    severity: 'warning',
    meaning:
      'The block status counts other than there are entries (a note where it is 0, which no reader minds)',
  },
  GESB_NO_ENTRIES: {
    severity: 'warning',
    meaning: 'The block status says that there is an error, and there is no entry',
  },
  GESB_DATA_LENGTH: { severity: 'error', meaning: 'The entries do not end where the data length says' },
  GESB_RAW_DATA_OFFSET: { severity: 'error', meaning: 'The raw data begin inside the entries' },
  GESB_TOO_LONG: { severity: 'error', meaning: 'The block is longer than its source says that blocks are' },
  GESB_SEVERITY: {
    severity: 'warning',
    meaning: 'The block is less severe than one of its entries',
  },
  GESB_SEVERITY_HIGHER: { severity: 'note', meaning: 'The block is more severe than all of its entries' },
  GESB_ENTRY_REVISION: {
    severity: 'warning',
    meaning: 'The revision of an entry is neither 0x201 nor 0x300',
  },
  GESB_FOLLOWING_BYTES: { severity: 'note', meaning: 'Bytes that are not zero follow the block' },
});

export const LINUX_GESB = kinds('linux', 'Linux drivers/firmware/efi/cper.c', {
  LINUX_GESB_REFUSED: {
    severity: 'error',
    meaning:
      'The block is refused as a whole ("Failed to read error status block!" or "Invalid CPER header!")',
    kernels: ALL_KERNELS,
  },
});

export const LINUX_GESB_LENGTH = kinds('linux', 'Linux drivers/acpi/apei/ghes.c', {
  LINUX_GESB_TOO_LONG: {
    severity: 'error',
    meaning:
      'A block that is longer than its source says, or than 65536 bytes, is refused ("Invalid error status block length!")',
    kernels: ALL_KERNELS,
  },
});

const BERT_C = 'Linux drivers/acpi/apei/bert.c';
export const LINUX_BOOT = kinds('linux', BERT_C, {
  LINUX_BERT_TRUNCATED: {
    severity: 'error',
    meaning: 'A block that the region has no bytes for ends the search ("Truncated status block")',
    kernels: ALL_KERNELS,
  },
  LINUX_BERT_INVALID: {
    severity: 'error',
    meaning: 'A block that is refused ends the search ("Invalid error record.")',
    kernels: ALL_KERNELS,
  },
  LINUX_BERT_TOO_LONG: {
    severity: 'note',
    meaning: 'Blocks of 1024 bytes and more are counted, but not printed ("Skipped ... error records")',
    kernels: ALL_KERNELS,
  },
  LINUX_BERT_TOO_MANY: {
    severity: 'note',
    meaning: 'Of more than five blocks, those after the fifth are counted, but not printed',
    kernels: ALL_KERNELS,
  },
});

/** Severities from the mildest to the worst; one that has no name counts as fatal, as Linux has it. */
const RANK: readonly number[] = [Severity.Informational, Severity.Corrected, Severity.Recoverable];
/** How bad a severity is. */
export function rank(severity: number): number {
  const index = RANK.indexOf(severity);
  return index < 0 ? RANK.length : index;
}

export interface BlockOptions {
  /** `errorStatusBlockLength` of the source that the block is for. */
  readonly blockLength?: number | undefined;
}

/**
 * What is to be said of an error status block with its entries and sections, by the specification and by Linux. Errors
 * first. Never throws, whatever the bytes.
 */
export function checkErrorStatusBlock(bytes: Uint8Array, { blockLength }: BlockOptions = {}): Finding[] {
  const report = reportOnBlock(bytes);
  const length = readEstatus(report.view)?.length ?? 0;
  if (blockLength !== undefined && length > blockLength)
    report.tell(GESB.GESB_TOO_LONG, '', `has ${length} bytes, its source has room for ${blockLength}`, {
      offset: 0,
    });
  if (length > Math.min(blockLength ?? LONGEST, LONGEST))
    report.tell(LINUX_GESB_LENGTH.LINUX_GESB_TOO_LONG, '', `has ${length} bytes`, { offset: 0 });
  return report.sorted();
}

/** Bytes of a block that Linux takes at most. */
const LONGEST = 65536;

export function reportOnBlock(bytes: Uint8Array): Report {
  const report = new Report(bytes);
  const estatus = readEstatus(report.view);
  if (estatus === undefined) {
    report.tell(GESB.GESB_TOO_SHORT, '', `${bytes.byteLength} bytes are no error status block`);
    return report;
  }
  checkHeader(report, estatus);
  checkLayout(report, ErrorStatusBlock as unknown as AnyCodec, 0, Math.min(bytes.byteLength, estatus.length));
  const value = report.decode(ErrorStatusBlock as never) as
    | { entries: readonly Readonly<Record<string, unknown>>[] }
    | undefined;
  for (const [i, { revision }] of (value?.entries ?? []).entries())
    if (revision !== 0x201 && revision !== 0x300)
      report.tell(
        GESB.GESB_ENTRY_REVISION,
        `entries[${i}].revision`,
        `is 0x${Number(revision).toString(16)}`,
      );
  checkLinuxSections(report, estatus.entries);
  return report;
}

function checkHeader(report: Report, estatus: Estatus): void {
  report.places.set('blockStatus', { offset: 0, size: 4 });
  report.places.set('severity', { offset: 16, size: 4 });
  const { entries, refusal, blockStatus, severity } = estatus;
  if (refusal !== undefined) {
    if (refusal.field === 'rawDataOffset')
      report.tell(GESB.GESB_RAW_DATA_OFFSET, refusal.field, refusal.reason, { offset: 4 });
    else report.tell(GESB.GESB_DATA_LENGTH, 'dataLength', refusal.reason, { offset: 12 });
    report.tell(LINUX_GESB.LINUX_GESB_REFUSED, refusal.field, refusal.reason);
  } else checkStatus(report, blockStatus, entries);
  const worst = entries.reduce((most, entry) => Math.max(most, rank(entry.severity)), -1);
  if (worst > rank(severity))
    report.tell(GESB.GESB_SEVERITY, 'severity', `is ${severity}, and an entry has ${nameOf(worst)}`);
  else if (worst >= 0 && worst < rank(severity))
    report.tell(
      GESB.GESB_SEVERITY_HIGHER,
      'severity',
      `is ${severity}, and the worst entry is ${nameOf(worst)}`,
    );
  const following = report.bytes.subarray(estatus.length);
  if (following.some((byte) => byte !== 0))
    report.tell(GESB.GESB_FOLLOWING_BYTES, '', `${following.byteLength} bytes follow`, {
      offset: estatus.length,
    });
}

function nameOf(worst: number): string {
  return ['informational', 'corrected', 'recoverable', 'fatal'][worst]!;
}

/** The block status against the entries. */
function checkStatus(report: Report, blockStatus: number, entries: Estatus['entries']): void {
  if (blockStatus === 0) {
    if (entries.length > 0)
      report.tell(GESB.GESB_EMPTY, 'blockStatus', `is 0, and there are ${entries.length} entries`);
    return;
  }
  if (entries.length === 0) {
    report.tell(GESB.GESB_NO_ENTRIES, 'blockStatus', `is 0x${blockStatus.toString(16)}`);
    return;
  }
  const found = BlockStatus.read(report.view, 0);
  const usual = blockStatusOf(entries);
  for (const name of [
    'uncorrectable',
    'correctable',
    'multipleUncorrectable',
    'multipleCorrectable',
  ] as const)
    if (found[name] !== usual[name])
      report.tell(
        GESB.GESB_STATUS,
        `blockStatus.${name}`,
        found[name]
          ? 'is set, and the entries have no such errors'
          : 'is clear, and the entries have such errors',
        // That there are several may well be said of errors that one entry stands for.
        found[name] && name.startsWith('multiple') ? { severity: 'note' } : {},
      );
  if (found.entryCount !== entries.length)
    report.tell(
      GESB.GESB_ENTRY_COUNT,
      'blockStatus.entryCount',
      `is ${found.entryCount}, there ${entries.length === 1 ? 'is' : 'are'} ${entries.length}`,
      found.entryCount === 0 ? { severity: 'note' } : {},
    );
}

/** What is to be said of a boot error region, which a BERT names: error status blocks, one behind the other. */
export function checkBootErrorRegion(bytes: Uint8Array): Finding[] {
  const findings: Finding[] = [];
  let printed = 0;
  let at = 0;
  for (let i = 0; bytes.byteLength - at >= ERROR_STATUS_BLOCK_HEADER_SIZE; i++) {
    const own = new Report(bytes.subarray(at));
    const estatus = readEstatus(own.view)!;
    const path = `blocks[${i}]`;
    const linux = new Report(bytes);
    if (estatus.length > bytes.byteLength - at)
      linux.tell(
        LINUX_BOOT.LINUX_BERT_TRUNCATED,
        path,
        `Truncated status block (length: ${estatus.length})`,
        { offset: at },
      );
    else if (estatus.blockStatus === 0) break;
    else if (estatus.refusal !== undefined)
      linux.tell(LINUX_BOOT.LINUX_BERT_INVALID, path, estatus.refusal.reason, { offset: at });
    else if (estatus.length >= 1024)
      linux.tell(LINUX_BOOT.LINUX_BERT_TOO_LONG, path, `has ${estatus.length} bytes`, { offset: at });
    else if (++printed > 5)
      linux.tell(LINUX_BOOT.LINUX_BERT_TOO_MANY, path, 'is not one of the first five', { offset: at });
    findings.push(...linux.findings);
    for (const finding of reportOnBlock(bytes.subarray(at, at + estatus.length)).findings)
      findings.push({
        ...finding,
        field: finding.field === '' ? path : `${path}.${finding.field}`,
        ...(finding.offset !== undefined && { offset: finding.offset + at }),
      });
    if (estatus.length > bytes.byteLength - at || estatus.refusal !== undefined) break;
    at += estatus.length;
  }
  return findings;
}
