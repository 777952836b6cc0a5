/**
 * The CPER record of a memory error: one generic data entry with a platform memory section (UEFI 2.11, N.2.5). A vCPU
 * waits for it, so it is encoded once for each severity; an error then only fills in what is its own.
 */

import { DataEntryHeader } from '@rasvm/acpi/cper/data-entry';
import { ErrorStatusType } from '@rasvm/acpi/cper/error-status';
import { ERROR_STATUS_BLOCK_HEADER_SIZE, ErrorStatusBlockCodec } from '@rasvm/acpi/cper/gesb';
import { MEMORY, MemoryError, MemoryErrorType } from '@rasvm/acpi/cper/memory';
import { SectionSet } from '@rasvm/acpi/cper/section-set';
import { Severity } from '@rasvm/acpi/cper/severity';

export type RecordSeverity = 'corrected' | 'recoverable' | 'fatal';

const SEVERITY = {
  corrected: Severity.Corrected,
  recoverable: Severity.Recoverable,
  fatal: Severity.Fatal,
} as const;

/** What differs from one record to the next of the same severity. */
export interface RecordContent {
  physicalAddress: number;
  physicalAddressMask: bigint;
  /** At most 20 characters. */
  fruText: string;
  timestamp: Date;
}

/** A machine writes no other section. */
const ErrorStatusBlock = new ErrorStatusBlockCodec(new SectionSet({ memory: MEMORY }));

/** The record as a Generic Error Status Block. */
export function encodeMemoryErrorRecord(severity: RecordSeverity, content: RecordContent): Uint8Array {
  return encodeMemoryErrorRecords(severity, [content]);
}

/**
 * As many errors in one Generic Error Status Block, a section each.
 * @param overflow more errors are known than could be kept in order for their records (UEFI 2.11, table N.4)
 */
export function encodeMemoryErrorRecords(
  severity: RecordSeverity,
  contents: readonly RecordContent[],
  overflow = false,
): Uint8Array {
  return ErrorStatusBlock.encode({
    severity: SEVERITY[severity],
    entries: contents.map(({ physicalAddress, physicalAddressMask, fruText, timestamp }) => ({
      severity: SEVERITY[severity],
      ...(overflow && { flags: { overflow } }),
      fruText,
      timestamp,
      section: {
        kind: 'memory',
        errorStatus: { type: ErrorStatusType.Memory, data: true },
        physicalAddress: BigInt(physicalAddress),
        physicalAddressMask,
        errorType: severity === 'corrected' ? MemoryErrorType.SingleBitEcc : MemoryErrorType.MultiBitEcc,
      },
    })),
  });
}

/** Records of one severity, all in the same bytes. */
export class RecordTemplate {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Members of the data entry, which stands behind the block's header. */
  readonly #fruText = DataEntryHeader.field('fruText');
  readonly #timestamp = DataEntryHeader.field('timestamp');
  /** Where members of the section stand in the record. */
  readonly #address =
    ERROR_STATUS_BLOCK_HEADER_SIZE + DataEntryHeader.size + MemoryError.field('physicalAddress').offset;
  readonly #addressMask =
    ERROR_STATUS_BLOCK_HEADER_SIZE + DataEntryHeader.size + MemoryError.field('physicalAddressMask').offset;

  constructor(severity: RecordSeverity) {
    const blank = { physicalAddress: 0, physicalAddressMask: 0n, fruText: '', timestamp: new Date(0) };
    this.#bytes = encodeMemoryErrorRecord(severity, blank);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  }

  /** The same as {@link encodeMemoryErrorRecord}. @returns bytes that the next call writes over */
  fill({ physicalAddress, physicalAddressMask, fruText, timestamp }: RecordContent): Uint8Array {
    const view = this.#view;
    view.setBigUint64(this.#address, BigInt(physicalAddress), true);
    view.setBigUint64(this.#addressMask, physicalAddressMask, true);
    const entry = ERROR_STATUS_BLOCK_HEADER_SIZE;
    this.#fruText.codec.write(view, entry + this.#fruText.offset, fruText as never);
    this.#timestamp.codec.write(view, entry + this.#timestamp.offset, timestamp as never);
    return this.#bytes;
  }
}

/** Bytes of the smallest aligned power of two that has all of the range: what an address and a mask can say. */
export function spanOf(gpa: number, size: number): number {
  let span = 1;
  while (Math.floor(gpa / span) !== Math.floor((gpa + Math.max(1, size) - 1) / span)) span *= 2;
  return span;
}

/** Physical address mask (UEFI 2.11, table N.24) of `size` bytes, a power of two. */
export function maskOf(size: number): bigint {
  if (!Number.isInteger(Math.log2(size))) throw new RangeError(`${size} bytes have no address mask`);
  return BigInt.asUintN(64, -BigInt(size));
}

/** What makes a record of error `id` differ from the one before it. */
export function fruTextOf(id: number, sequence: number): string {
  return `rasvm #${id}.${sequence}`.slice(0, 20);
}

const templates: Partial<Record<RecordSeverity, RecordTemplate>> = {};

export interface MemoryErrorRecord {
  /** The Generic Error Status Block, until the next record is made. */
  bytes: Uint8Array;
  fruText: string;
}

/**
 * Linux drops a record that is the same as one of the last ten seconds; the text makes each its own.
 *
 * @param error GPA and size (a power of two) of what is lost; `sequence` differs from record to record
 */
export function memoryErrorRecord(error: {
  id: number;
  sequence: number;
  gpa: number;
  size: number;
  severity: RecordSeverity;
}): MemoryErrorRecord {
  const fruText = fruTextOf(error.id, error.sequence);
  templates[error.severity] ??= new RecordTemplate(error.severity);
  const bytes = templates[error.severity]!.fill({
    physicalAddress: error.gpa,
    physicalAddressMask: maskOf(error.size),
    fruText,
    timestamp: new Date(),
  });
  return { bytes, fruText };
}
