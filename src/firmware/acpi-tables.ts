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
import { ERROR_BLOCK_LENGTH, errorRecordArea, MAX_SECTIONS } from '../ras/sources/area.ts';

/** How a GHESv2 source tells the guest. */
export type SourceNotification = 'sea' | 'gsiv';

export interface AcpiOptions {
  /** GPA of the area for the tables, {@link ACPI_AREA} bytes of EfiACPIReclaimMemory. */
  readonly base: number;
  /** Affinity of each vCPU: MPIDR_EL1 without bit 31. */
  readonly mpidrs: readonly bigint[];
  /** The vCPUs have a performance monitor with its interrupt. */
  readonly pmu?: boolean;
  readonly board: Board<never>;
  /** Without it there is no HEST and no hardware error device. */
  readonly ras?:
    | {
        /** GPA of the error-records area that `errorRecordArea(notifications.length)` lays out. */
        readonly records: number;
        /** By source id. */
        readonly notifications: readonly SourceNotification[];
      }
    | undefined;
}

/** Room for the tables; those of 64 vCPUs take a sixth of it. */
export const ACPI_AREA = 64 * KiB;
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
    errors: ras && {
      records: ras.records,
      blockLength: ERROR_BLOCK_LENGTH,
      maxSections: MAX_SECTIONS,
      sources: errorRecordArea(ras.notifications.length).sources.map(({ pointer, readAck }, id) => ({
        notification: ras.notifications[id]!,
        vector: ras.notifications[id] === 'gsiv' ? INTERRUPT.gedHardwareError : 0,
        statusAddress: ras.records + pointer,
        readAck,
      })),
    },
  };
}
