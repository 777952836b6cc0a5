/**
 * The UEFI tables that Linux reads instead of booting through firmware: system table, configuration tables,
 * memory map (UEFI 2.11, sections 4.3, 4.6, 7.2.3; Linux drivers/firmware/efi/efi-init.c).
 */

import { guid } from '@rasvm/acpi/codec';
import { crc32 } from '../core/crc32.ts';

/** EFI_MEMORY_TYPE (UEFI 2.11, section 7.2.1), the types that a guest's map has. */
export const EfiMemoryType = {
  Conventional: 7,
  Unusable: 8,
  AcpiReclaim: 9,
  AcpiNvs: 10,
} as const;
export type EfiMemoryType = (typeof EfiMemoryType)[keyof typeof EfiMemoryType];

/** A range of guest RAM: GPA and size in bytes, both multiples of 4 KiB. */
export interface EfiMemoryRange {
  readonly type: EfiMemoryType;
  readonly base: number;
  readonly size: number;
}

export const EFI_PAGE_SIZE = 4096;
/** EFI_MEMORY_WB; Linux takes nothing else for RAM. */
const ATTRIBUTE_WB = 8n;
export const MEMORY_DESCRIPTOR_SIZE = 40;
export const MEMORY_DESCRIPTOR_VERSION = 1;

/** EFI_MEMORY_DESCRIPTOR: u32 type, u32 0, u64 physical, u64 virtual, u64 pages, u64 attribute. */
export function encodeMemoryMap(ranges: readonly EfiMemoryRange[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(ranges.length * MEMORY_DESCRIPTOR_SIZE));
  ranges.forEach(({ type, base, size }, i) => {
    const at = i * MEMORY_DESCRIPTOR_SIZE;
    view.setUint32(at, type, true);
    view.setBigUint64(at + 8, BigInt(base), true);
    view.setBigUint64(at + 24, BigInt(size / EFI_PAGE_SIZE), true);
    view.setBigUint64(at + 32, ATTRIBUTE_WB, true);
  });
  return new Uint8Array(view.buffer);
}

/** Configuration tables by GUID. */
const GUID = {
  /** EFI_ACPI_20_TABLE_GUID: the RSDP. */
  acpi20: '8868e871-e4f1-11d3-bc22-0080c73c8881',
  /** EFI_RT_PROPERTIES_TABLE_GUID. Without it Linux calls the runtime services, which are not there. */
  rtProperties: 'eb66918a-7eef-402a-842e-931d21c38ae9',
  /** LINUX_EFI_MEMRESERVE_TABLE_GUID. Without it the ITS driver cannot keep its tables and warns. */
  linuxMemreserve: '888eb0c6-8ede-4ff5-a8f0-9aee5cb977c2',
} as const;

/** "IBI SYST", EFI_SYSTEM_TABLE_SIGNATURE. */
const SYSTEM_TABLE_SIGNATURE = 0x5453_5953_2049_4249n;
/** UEFI 2.7. */
const SYSTEM_TABLE_REVISION = 0x0002_0046;
const SYSTEM_TABLE_SIZE = 120;
const VENDOR = 'rasvm';

/** Offsets in the area; Linux maps 200 bytes of the vendor string, so the next part stands behind them. */
const AREA = {
  systemTable: 0x000,
  configuration: 0x080,
  vendor: 0x100,
  rtProperties: 0x200,
  memreserve: 0x240,
  memoryMap: 0x1000,
} as const;

/** Bytes that the area takes for a memory map of so many descriptors. */
export function efiAreaSize(descriptors: number): number {
  return AREA.memoryMap + descriptors * MEMORY_DESCRIPTOR_SIZE;
}

export interface EfiTables {
  /** To be written at the area's GPA. */
  readonly bytes: Uint8Array;
  /** GPA. */
  readonly systemTable: number;
  /** GPA and size in bytes of the memory map. */
  readonly memoryMap: { readonly base: number; readonly size: number };
}

/**
 * Makes the area with all EFI tables.
 * @param base GPA of the area (EfiACPIReclaimMemory: Linux keeps it, and may write the memreserve table)
 * @param rsdp GPA of the ACPI RSDP
 */
export function buildEfiTables(base: number, rsdp: number, ranges: readonly EfiMemoryRange[]): EfiTables {
  const map = encodeMemoryMap(ranges);
  const bytes = Buffer.alloc(AREA.memoryMap + map.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const tables: readonly (readonly [string, number])[] = [
    [GUID.acpi20, rsdp],
    [GUID.rtProperties, base + AREA.rtProperties],
    [GUID.linuxMemreserve, base + AREA.memreserve],
  ];
  tables.forEach(([id, address], i) => {
    bytes.set(guid.encode(id), AREA.configuration + i * 24);
    view.setBigUint64(AREA.configuration + i * 24 + 16, BigInt(address), true);
  });
  bytes.write(VENDOR, AREA.vendor, 'utf16le');
  // EFI_RT_PROPERTIES_TABLE: version 1, length 8, no runtime service supported.
  view.setUint16(AREA.rtProperties, 1, true);
  view.setUint16(AREA.rtProperties + 2, 8, true);
  // struct linux_efi_memreserve starts as 16 zero bytes: size 0, count 0, no next.
  bytes.set(map, AREA.memoryMap);
  bytes.set(encodeSystemTable(base, tables.length), AREA.systemTable);
  return {
    bytes,
    systemTable: base + AREA.systemTable,
    memoryMap: { base: base + AREA.memoryMap, size: map.length },
  };
}

function encodeSystemTable(base: number, tables: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(SYSTEM_TABLE_SIZE));
  const bytes = new Uint8Array(view.buffer);
  view.setBigUint64(0, SYSTEM_TABLE_SIGNATURE, true);
  view.setUint32(8, SYSTEM_TABLE_REVISION, true);
  view.setUint32(12, SYSTEM_TABLE_SIZE, true);
  view.setBigUint64(24, BigInt(base + AREA.vendor), true);
  view.setBigUint64(104, BigInt(tables), true);
  view.setBigUint64(112, BigInt(base + AREA.configuration), true);
  // The CRC-32 is that of the table with a zero in the CRC's place.
  view.setUint32(16, crc32(bytes), true);
  return bytes;
}
