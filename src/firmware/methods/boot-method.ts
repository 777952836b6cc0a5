/**
 * How a guest is started: what is put into its memory, and where its first vCPU begins. Each way is a strategy in a file of its
 * own beside this one.
 */

import type { Region } from '../../core/region.ts';
import type { GuestMemory } from '../../native/binding.ts';
import type { Board } from '../../platform/board.ts';
import type { AcpiErrors } from '../acpi-tables.ts';
import type { LostRange } from '../layout.ts';

/** What is to be started, on which machine. */
export interface BootRequest {
  /** Path of an arm64 Image. */
  readonly kernel: string;
  readonly initrd?: string | undefined;
  /** The kernel's command line. */
  readonly append: string;
  /** All of the guest's memory. */
  readonly ram: Region;
  readonly board: Board<never>;
  /** Affinity of each vCPU: MPIDR_EL1 without bit 31. */
  readonly mpidrs: readonly bigint[];
  readonly pmu: boolean;
  /** Error records, for which the guest gets a HEST; left out: it has none. */
  readonly errors?: ErrorRecords | undefined;
  /** Not to be used, nor given to the guest. */
  readonly lost?: Iterable<LostRange> | undefined;
}

/** Error records, as far as the guest's tables and memory map tell of them. */
export interface ErrorRecords {
  /** Bytes. */
  readonly size: number;
  /** Their sources, once it is known where they stand. @param base GPA */
  describe(base: number): AcpiErrors;
}

/** What stands where, when the guest can be started. */
export interface Prepared {
  /** GPA of the kernel's first instruction, and x0 there. */
  readonly entry: number;
  readonly x0: number;
  /** RAM; what is above it within the guest's memory is the error records'. */
  readonly ram: Region;
  /** Of the error records, for which there is to be memory of their own; left out: the guest has none. */
  readonly records?: Region | undefined;
  /** Tables and error records. */
  readonly firmware: readonly Region[];
  /** Bytes of a page of the guest's kernel, where its Image says. */
  readonly guestPageSize: number | undefined;
}

export interface BootMethod {
  readonly name: 'acpi' | 'device-tree';
  /** Puts into memory what the guest starts with. @throws RasvmError FILE, KERNEL_FORMAT, MEMORY, USAGE */
  prepare(memory: GuestMemory, request: BootRequest): Prepared;
}
