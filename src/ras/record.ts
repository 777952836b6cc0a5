/** The CPER record of a memory error: one generic data entry with a platform memory section (UEFI 2.11, N.2.5). */

import { ErrorStatusType, encodeErrorStatusBlock, MemoryErrorType, memoryError, Severity } from '@rasvm/acpi';

export type RecordSeverity = 'corrected' | 'recoverable' | 'fatal';

const SEVERITY = {
  corrected: Severity.Corrected,
  recoverable: Severity.Recoverable,
  fatal: Severity.Fatal,
} as const;

export interface MemoryErrorRecord {
  /** The Generic Error Status Block. */
  bytes: Uint8Array;
  physicalAddressMask: bigint;
  fruText: string;
}

let published = 0;

/**
 * Linux drops a record that is the same as one of the last ten seconds; the text and the time make each its own.
 *
 * @param error GPA and size (a power of two) of what is lost
 */
export function memoryErrorRecord(error: {
  id: number;
  gpa: number;
  size: number;
  severity: RecordSeverity;
}): MemoryErrorRecord {
  const severity = SEVERITY[error.severity];
  const physicalAddressMask = BigInt.asUintN(64, ~BigInt(error.size - 1));
  published = (published % 0xffff) + 1;
  const fruText = `rasvm #${error.id}.${published}`.slice(0, 20);
  const bytes = encodeErrorStatusBlock({
    severity,
    entries: [
      {
        severity,
        fruText,
        timestamp: new Date(),
        section: memoryError({
          errorStatus: { type: ErrorStatusType.Memory, data: true },
          physicalAddress: BigInt(error.gpa),
          physicalAddressMask,
          errorType:
            error.severity === 'corrected' ? MemoryErrorType.SingleBitEcc : MemoryErrorType.MultiBitEcc,
        }),
      },
    ],
  });
  return { bytes, physicalAddressMask, fruText };
}
