/** Puts into guest RAM what the guest starts with: kernel, initrd, and the tables that describe the machine. */

import { closeSync, fstatSync, openSync } from 'node:fs';
import { RasvmError } from '../core/errors.ts';
import type { Region } from '../core/region.ts';
import { ACPI_AREA, buildAcpiTables } from '../firmware/acpi-tables.ts';
import { SEED_SIZE } from '../firmware/chosen.ts';
import { buildEfiTables } from '../firmware/efi.ts';
import { buildFullDtb } from '../firmware/full-dtb.ts';
import { openKernel } from '../firmware/image.ts';
import { type BootLayout, type LostRange, layOut } from '../firmware/layout.ts';
import { buildStubDtb } from '../firmware/stub-dtb.ts';
import type { GuestMemory } from '../native/binding.ts';
import { ADDRESS_MAP } from '../platform/address-map.ts';
import type { Board } from '../platform/board.ts';
import { describeSources } from '../ras/sources/describe.ts';
import type { PlannedSource } from '../ras/sources/plan.ts';
import { type ErrorRecordArea, errorRecordArea } from '../ras/sources/record-area.ts';
import type { RunOptions } from './options.ts';
import { randomBytes } from './random.ts';

export interface LoadedGuest {
  /** GPA of the kernel's first instruction. */
  entry: number;
  /** GPA of the device tree. */
  dtb: number;
  /** RAM; what is above it within the machine's memory is the error records'. */
  ram: Region;
  /** Undefined for a guest without a HEST. */
  records: LoadedRecords | undefined;
  /** EFI and ACPI tables and error records: GPA and size. */
  firmware: readonly Region[];
}

/** Error records, for which there is to be memory of their own. */
export interface LoadedRecords {
  region: Region;
  area: ErrorRecordArea;
  /** Bytes of a page of the guest's kernel, where its Image says. */
  guestPageSize: number | undefined;
}

export interface GuestDescription {
  options: Pick<RunOptions, 'kernel' | 'initrd' | 'append' | 'memory' | 'acpi'>;
  board: Board<never>;
  mpidrs: readonly bigint[];
  pmu: boolean;
  /** The sources of the guest's HEST; left out: it has none. */
  sources: readonly PlannedSource[] | undefined;
  /** Not to be used, nor given to the guest. */
  lost?: Iterable<LostRange>;
}

/** @throws RasvmError FILE, KERNEL_FORMAT, MEMORY */
export function loadGuest(memory: GuestMemory, guest: GuestDescription): LoadedGuest {
  const { options } = guest;
  const ram = { base: ADDRESS_MAP.ram.base, size: options.memory };
  const kernelFile = openFile(options.kernel, '--kernel');
  const initrdFile = options.initrd === undefined ? undefined : openFile(options.initrd, '--initrd');
  try {
    const kernel = openKernel(kernelFile.fd, kernelFile.size, options.kernel);
    const area = guest.sources && errorRecordArea(guest.sources.length);
    const layout = layOut({
      ram,
      kernel: { textOffset: kernel.header.textOffset, memorySize: kernel.memorySize },
      initrdSize: initrdFile?.size ?? 0,
      lost: [...(guest.lost ?? [])],
      acpi: options.acpi ? { tablesSize: ACPI_AREA, recordsSize: area?.size ?? 0 } : undefined,
    });
    kernel.load(memory, layout.kernel - ram.base);
    if (initrdFile !== undefined && layout.initrd !== undefined) {
      const { base, size } = layout.initrd;
      const got = memory.readFile(initrdFile.fd, 0, base - ram.base, size);
      if (got !== size) {
        throw new RasvmError(
          'FILE',
          `${options.initrd} ended after ${got} of ${size} bytes: it changed while being read`,
        );
      }
    }
    const chosen = { bootargs: options.append, initrd: layout.initrd, seed: randomBytes(SEED_SIZE) };
    const entry = { entry: layout.kernel, dtb: layout.dtb.base };
    const put = (gpa: number, bytes: Uint8Array) => memory.write(gpa - ram.base, bytes);
    if (layout.acpi === undefined) {
      const { mpidrs, pmu, board } = guest;
      put(layout.dtb.base, buildFullDtb({ ...chosen, mpidrs, memory: layout.usable, pmu, board }));
      return { ...entry, ram: layout.ram, records: undefined, firmware: [] };
    }
    const firmware = Object.values(layout.acpi);
    const efi = putFirmwareTables(put, layout, layout.acpi, guest);
    put(layout.dtb.base, buildStubDtb({ ...chosen, efi }));
    const records = area && {
      ...{ region: layout.acpi.records, area },
      guestPageSize: kernel.header.pageSize,
    };
    return { ...entry, ram: layout.ram, records, firmware };
  } finally {
    closeSync(kernelFile.fd);
    if (initrdFile !== undefined) closeSync(initrdFile.fd);
  }
}

function putFirmwareTables(
  put: (gpa: number, bytes: Uint8Array) => void,
  layout: BootLayout,
  acpi: NonNullable<BootLayout['acpi']>,
  { mpidrs, pmu, board, sources }: GuestDescription,
) {
  const tables = buildAcpiTables({
    base: acpi.tables.base,
    mpidrs,
    pmu,
    board,
    ras: sources && describeSources(sources, acpi.records.base),
  });
  put(acpi.tables.base, tables.bytes);
  const efi = buildEfiTables(acpi.efi.base, Number(tables.rsdp), layout.memoryMap);
  put(acpi.efi.base, efi.bytes);
  return { systemTable: efi.systemTable, memoryMap: efi.memoryMap };
}

function openFile(path: string, option: string): { fd: number; size: number } {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new RasvmError('FILE', `${option} ${path}: ${why}`, { cause });
  }
  const stat = fstatSync(fd);
  if (!stat.isFile() || stat.size === 0) {
    closeSync(fd);
    throw new RasvmError('FILE', `${option} ${path}: it is ${stat.isFile() ? 'empty' : 'not a file'}`);
  }
  return { fd, size: stat.size };
}
