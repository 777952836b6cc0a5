/**
 * The guest's ACPI tables (ACPI 6.5): a hardware-reduced machine with PSCI, GICv3 and ITS, generic timer, PL011
 * console, and, with RAS, a HEST whose GHESv2 sources stand in the error-records area.
 */

import {
  Fadt,
  Gtdt,
  Hest,
  Madt,
  memoryRegister,
  NotificationType,
  Rsdp,
  SerialInterface,
  Spcr,
  SpcrBaudRate,
  Xsdt,
} from '@rasvm/acpi';
import { ADDRESS_MAP, INTERRUPT, KiB } from '../board/address-map.ts';
import { errorRecordArea } from '../ras/area.ts';
import { buildDsdt } from './dsdt.ts';

/** How a GHESv2 source tells the guest. */
export type SourceNotification = 'sea' | 'gsiv';

export interface AcpiOptions {
  /** GPA of the area for the tables, {@link ACPI_AREA} bytes of EfiACPIReclaimMemory. */
  readonly base: number;
  /** Affinity of each vCPU: MPIDR_EL1 without bit 31. */
  readonly mpidrs: readonly bigint[];
  /** The vCPUs have a performance monitor with its interrupt. */
  readonly pmu?: boolean;
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

export interface AcpiTable {
  readonly signature: string;
  /** GPA. */
  readonly gpa: number;
  readonly bytes: Uint8Array;
}

export interface AcpiTables {
  /** GPA. */
  readonly rsdp: number;
  /** All of it, to be written at the base. */
  readonly bytes: Uint8Array;
  readonly tables: readonly AcpiTable[];
}

/** Room for the tables; those of 64 vCPUs take a sixth of it. */
export const ACPI_AREA = 64 * KiB;
const ALIGNMENT = 64;
const REDISTRIBUTOR_SIZE = 128 * KiB;

export function buildAcpiTables(options: AcpiOptions): AcpiTables {
  const { base, mpidrs } = options;
  const area = new TableArea(base);
  const rsdp = area.reserve(Rsdp.size);
  const dsdt = area.add(
    'DSDT',
    buildDsdt({ vcpus: mpidrs.length, hardwareErrors: options.ras !== undefined }),
  );
  const listed = [
    area.add('FACP', fadt(dsdt)),
    area.add('APIC', madt(mpidrs, options.pmu ?? false)),
    area.add('GTDT', gtdt()),
    area.add('SPCR', spcr()),
    ...(options.ras ? [area.add('HEST', hest(options.ras.records, options.ras.notifications))] : []),
  ];
  const xsdt = area.add('XSDT', Xsdt.encode({ entries: listed.map(BigInt) }));
  area.put(rsdp, Rsdp.encode({ xsdtAddress: BigInt(xsdt) }));
  return { rsdp, bytes: area.bytes(), tables: area.tables };
}

function fadt(dsdt: number): Uint8Array {
  return Fadt.encode({
    flags: { hardwareReduced: true },
    armBootFlags: { psciCompliant: true, psciUseHvc: true },
    xDsdt: BigInt(dsdt),
  });
}

function madt(mpidrs: readonly bigint[], pmu: boolean): Uint8Array {
  return Madt.encode({
    controllers: [
      { kind: 'gicd', base: BigInt(ADDRESS_MAP.gicDistributor.base) },
      ...mpidrs.map((mpidr, index) => ({
        kind: 'gicc' as const,
        cpuInterfaceNumber: index,
        uid: index,
        performanceGsiv: pmu ? INTERRUPT.pmu : 0,
        mpidr,
      })),
      {
        kind: 'gicr',
        base: BigInt(ADDRESS_MAP.gicRedistributors.base),
        rangeLength: mpidrs.length * REDISTRIBUTOR_SIZE,
      },
      { kind: 'gicIts', base: BigInt(ADDRESS_MAP.gicIts.base) },
    ],
  });
}

function gtdt(): Uint8Array {
  // KVM's timers are level, active high, and run whatever a vCPU does.
  const flags = { alwaysOn: true };
  return Gtdt.encode({
    secureEl1Gsiv: INTERRUPT.timerSecure,
    secureEl1Flags: flags,
    nonSecureEl1Gsiv: INTERRUPT.timerNonSecure,
    nonSecureEl1Flags: flags,
    virtualEl1Gsiv: INTERRUPT.timerVirtual,
    virtualEl1Flags: flags,
    el2Gsiv: INTERRUPT.timerHypervisor,
    el2Flags: flags,
  });
}

function spcr(): Uint8Array {
  return Spcr.encode({
    interfaceType: SerialInterface.Pl011,
    baseAddress: memoryRegister(ADDRESS_MAP.uart.base, 32),
    interruptType: { gic: true },
    gsiv: INTERRUPT.uart,
    baudRate: SpcrBaudRate.B115200,
  });
}

function hest(records: number, notifications: readonly SourceNotification[]): Uint8Array {
  const { sources } = errorRecordArea(notifications.length);
  return Hest.encode({
    sources: sources.map(({ pointer, blockLength, readAck }, sourceId) => ({
      kind: 'ghesV2',
      sourceId,
      maxRawDataLength: blockLength,
      errorStatusAddress: memoryRegister(records + pointer, 64),
      notification:
        notifications[sourceId] === 'sea'
          ? { type: NotificationType.Sea }
          : { type: NotificationType.Gsiv, vector: INTERRUPT.gedHardwareError },
      errorStatusBlockLength: blockLength,
      readAck: memoryRegister(readAck, 64),
    })),
  });
}

/** Tables one behind the other. */
class TableArea {
  readonly tables: AcpiTable[] = [];
  readonly #base: number;
  readonly #bytes = new Uint8Array(ACPI_AREA);
  #end = 0;

  constructor(base: number) {
    this.#base = base;
  }

  /** Room for so many bytes; gives its GPA. */
  reserve(size: number): number {
    const offset = this.#end;
    if (offset + size > ACPI_AREA) throw new RangeError(`the ACPI tables take more than ${ACPI_AREA} bytes`);
    this.#end = Math.ceil((offset + size) / ALIGNMENT) * ALIGNMENT;
    return this.#base + offset;
  }

  put(gpa: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, gpa - this.#base);
  }

  add(signature: string, bytes: Uint8Array): number {
    const gpa = this.reserve(bytes.length);
    this.put(gpa, bytes);
    this.tables.push({ signature, gpa, bytes });
    return gpa;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }
}
