/**
 * The guest's ACPI tables (ACPI 6.5): a hardware-reduced machine with PSCI, GICv3 and ITS, generic timer, the
 * devices of its board, and, with RAS, a HEST whose GHESv2 sources stand in the error-records area.
 */

import { type AssembledTables, assemble } from '@rasvm/acpi/machine/assemble';
import type { Machine } from '@rasvm/acpi/machine/description';
import { dsdtOf } from '@rasvm/acpi/machine/dsdt';
import { fadtOf } from '@rasvm/acpi/machine/fadt';
import { gtdtOf } from '@rasvm/acpi/machine/gtdt';
import { hestOf } from '@rasvm/acpi/machine/hest';
import { madtOf } from '@rasvm/acpi/machine/madt';
import { spcrOf } from '@rasvm/acpi/machine/spcr';
import { KiB } from '../core/region.ts';
import { acpiDevices } from '../platform/acpi.ts';
import { ADDRESS_MAP, INTERRUPT } from '../platform/address-map.ts';
import type { Board } from '../platform/board.ts';
import { ACPI_AREA } from './layout.ts';

/** A GHESv2 source as its table describes it. */
export interface DescribedSource {
  readonly notification: 'sea' | 'gsiv';
  /** GSIV; 0 for a notification that is no interrupt. */
  readonly vector: number;
  /** GPAs: of the pointer to its error status block, and of its Read Ack register. */
  readonly statusAddress: number;
  readonly readAck: number;
}

/** Error records and their sources. */
export interface AcpiErrors {
  /** GPA of the error records. */
  readonly records: number;
  /** Bytes of an error status block, and sections that it has room for. */
  readonly blockLength: number;
  readonly maxSections: number;
  /** By source id. */
  readonly sources: readonly DescribedSource[];
}

export interface AcpiOptions {
  /** GPA of the area for the tables, {@link ACPI_AREA} bytes of EfiACPIReclaimMemory. */
  readonly base: number;
  /** Affinity of each vCPU: MPIDR_EL1 without bit 31. */
  readonly mpidrs: readonly bigint[];
  /** The vCPUs have a performance monitor with its interrupt. */
  readonly pmu?: boolean;
  readonly board: Board<never>;
  /** Without it there is no HEST and no hardware error device. */
  readonly ras?: AcpiErrors | undefined;
}

const REDISTRIBUTOR_SIZE = 128 * KiB;

export function buildAcpiTables(options: AcpiOptions): AssembledTables {
  const machine = describeMachine(options);
  return assemble(machine, dsdtOf(machine), fadtOf, [madtOf, gtdtOf, spcrOf, hestOf], ACPI_AREA);
}

/** The machine that rasvm is, as its tables tell of it. */
export function describeMachine({ base, mpidrs, pmu = false, board, ras }: AcpiOptions): Machine {
  const { gicDistributor, gicRedistributors, gicIts } = ADDRESS_MAP;
  return {
    tables: base,
    processors: mpidrs.map((mpidr) => ({ mpidr })),
    gic: {
      distributor: gicDistributor.base,
      redistributors: [{ base: gicRedistributors.base, size: mpidrs.length * REDISTRIBUTOR_SIZE }],
      its: [gicIts.base],
      performanceGsiv: pmu ? INTERRUPT.pmu : 0,
    },
    timers: {
      secureEl1: INTERRUPT.timerSecure,
      nonSecureEl1: INTERRUPT.timerNonSecure,
      virtualEl1: INTERRUPT.timerVirtual,
      el2: INTERRUPT.timerHypervisor,
    },
    ...acpiDevices(board),
    errors: ras && { ...ras, sources: [...ras.sources] },
  };
}
