/**
 * Where everything stands in guest RAM at boot, and the memory map that tells the guest.
 *
 * From below: kernel, device tree, initrd (Documentation/arch/arm64/booting.rst). From above, with ACPI: error records, EFI
 * tables, ACPI tables. Everything starts on 64 KiB, the largest page of an arm64 kernel.
 */

import { RasvmError } from '../core/errors.ts';
import { GiB, KiB, MiB, type Region } from '../core/region.ts';
import { type EfiMemoryRange, EfiMemoryType, efiAreaSize } from './efi.ts';

/** A range of guest RAM that must not be used any more: GPA and size in bytes. */
export interface LostRange {
  readonly gpa: number;
  readonly size: number;
}

export interface LayoutRequest {
  readonly ram: Region;
  readonly kernel: { readonly textOffset: number; readonly memorySize: number };
  /** Bytes; 0 for none. */
  readonly initrdSize: number;
  /**
   * Sizes of what only an ACPI guest has, in bytes; undefined for a guest with a device tree alone. Without
   * error records recordsSize is 0.
   */
  readonly acpi?: { readonly tablesSize: number; readonly recordsSize: number } | undefined;
  readonly lost?: readonly LostRange[];
}

export interface BootLayout {
  /** GPA of the kernel's first byte, its entry point. */
  readonly kernel: number;
  readonly dtb: Region;
  /** Its exact size, not rounded. */
  readonly initrd: Region | undefined;
  readonly acpi: { readonly tables: Region; readonly efi: Region; readonly records: Region } | undefined;
  /** RAM without the error records, which have memory of their own: whatever becomes of the RAM behind them. */
  readonly ram: Region;
  /** Every part of RAM once, ascending: the EFI memory map. */
  readonly memoryMap: readonly EfiMemoryRange[];
  /** RAM without what is lost, for a device tree's memory node. */
  readonly usable: readonly Region[];
}

/** Room for the device tree; 64 vCPUs and a full command line take a third of it. */
export const DTB_AREA = 64 * KiB;
/** Room for the ACPI tables; those of 64 vCPUs take a sixth of it. */
export const ACPI_AREA = 64 * KiB;
/** The largest page of an arm64 kernel: a memory map of smaller pieces would be rounded over its holes. */
const GRANULE = 64 * KiB;
const KERNEL_ALIGNMENT = 2 * MiB;
/** The initrd must lie in a window of so much, 1 GiB aligned, with the kernel. */
const INITRD_WINDOW = 32 * GiB;

/**
 * @throws RasvmError MEMORY if the RAM does not hold it all, saying how much would
 */
export function layOut(request: LayoutRequest): BootLayout {
  const { kernel, initrdSize, acpi } = request;
  const all = request.ram;
  if (all.base % GRANULE !== 0 || all.size % GRANULE !== 0 || all.size <= 0)
    throw new RasvmError('MEMORY', 'guest RAM must be a multiple of 64 KiB; give --memory in MiB or GiB');
  const recordsSize = roundUp(acpi?.recordsSize ?? 0);
  const ram = { base: all.base, size: Math.max(0, all.size - recordsSize) };
  const records = { base: ram.base + ram.size, size: recordsSize };
  const lost = mergeLost(request.lost ?? [], ram);
  const usable = subtract([ram], lost);
  const free = new FreeRanges(usable);

  const wants: [string, number][] = [
    ['kernel', kernel.memorySize],
    ['device tree', DTB_AREA],
    ['initrd', initrdSize],
  ];
  const demand = (region: Region | undefined): Region => {
    if (region) return region;
    throw tooLittle(all, lost, wants);
  };

  let firmware: BootLayout['acpi'];
  if (acpi) {
    // Each lost range and each table area splits the map once more.
    const efiSize = efiAreaSize(2 * lost.length + 8);
    wants.push(['tables', 2 * GRANULE + roundUp(acpi.tablesSize) + recordsSize + efiSize]);
    const efi = demand(free.takeHigh(roundUp(efiSize)));
    const tables = demand(free.takeHigh(roundUp(acpi.tablesSize)));
    firmware = { efi, tables, records };
  }
  const image = demand(free.takeLow(kernel.memorySize, KERNEL_ALIGNMENT, kernel.textOffset));
  const dtb = demand(free.takeLow(DTB_AREA, GRANULE));
  const windowEnd = Math.floor(image.base / GiB) * GiB + INITRD_WINDOW;
  const initrd =
    initrdSize === 0
      ? undefined
      : { base: demand(free.takeLow(initrdSize, GRANULE, 0, windowEnd)).base, size: initrdSize };

  const special: EfiMemoryRange[] = lost.map((range) => ({ type: EfiMemoryType.Unusable, ...range }));
  if (firmware)
    special.push(
      { type: EfiMemoryType.AcpiReclaim, ...firmware.efi },
      { type: EfiMemoryType.AcpiReclaim, ...firmware.tables },
    );
  if (firmware && firmware.records.size > 0)
    special.push({ type: EfiMemoryType.AcpiNvs, ...firmware.records });
  const conventional = subtract([all], special).map((range) => ({
    type: EfiMemoryType.Conventional,
    ...range,
  }));
  const memoryMap = [...special, ...conventional].sort((a, b) => a.base - b.base);
  return { kernel: image.base, dtb, initrd, acpi: firmware, ram, memoryMap, usable };
}

/** What is still free, ascending. */
class FreeRanges {
  #ranges: Region[];

  constructor(ranges: readonly Region[]) {
    this.#ranges = [...ranges];
  }

  /** The lowest place at `phase` beyond a multiple of `alignment`, all of it below `limit`. */
  takeLow(size: number, alignment: number, phase = 0, limit = Number.POSITIVE_INFINITY): Region | undefined {
    for (const range of this.#ranges) {
      const base = Math.ceil((range.base - phase) / alignment) * alignment + phase;
      if (base + size <= Math.min(range.base + range.size, limit)) return this.#take({ base, size });
    }
    return undefined;
  }

  /** The highest place; `size` a multiple of the granule. */
  takeHigh(size: number): Region | undefined {
    const range = this.#ranges.findLast((range) => range.size >= size);
    return range && this.#take({ base: range.base + range.size - size, size });
  }

  #take(region: Region): Region {
    this.#ranges = subtract(this.#ranges, [region]);
    return region;
  }
}

/** `from` without `holes`; both ascend or not, the result does as `from`. */
function subtract(from: readonly Region[], holes: readonly Region[]): Region[] {
  let left: Region[] = [...from];
  for (const hole of holes)
    left = left.flatMap((range) => {
      const [end, holeEnd] = [range.base + range.size, hole.base + hole.size];
      if (holeEnd <= range.base || hole.base >= end) return [range];
      return [
        { base: range.base, size: hole.base - range.base },
        { base: holeEnd, size: end - holeEnd },
      ].filter(({ size }) => size > 0);
    });
  return left;
}

/** Lost ranges inside RAM, on granules, ascending, none touching another. */
function mergeLost(lost: readonly LostRange[], ram: Region): Region[] {
  const merged: { base: number; size: number }[] = [];
  const rounded = lost
    .map(({ gpa, size }) => ({
      base: Math.max(ram.base, Math.floor(gpa / GRANULE) * GRANULE),
      end: Math.min(ram.base + ram.size, roundUp(gpa + size)),
    }))
    .filter(({ base, end }) => base < end)
    .sort((a, b) => a.base - b.base);
  for (const { base, end } of rounded) {
    const last = merged.at(-1);
    if (last && base <= last.base + last.size) last.size = Math.max(last.size, end - last.base);
    else merged.push({ base, size: end - base });
  }
  return merged;
}

function roundUp(size: number): number {
  return Math.ceil(size / GRANULE) * GRANULE;
}

function tooLittle(
  ram: Region,
  lost: readonly Region[],
  wants: readonly (readonly [string, number])[],
): RasvmError {
  const inMiB = (bytes: number) => `${Math.ceil(bytes / MiB)} MiB`;
  const sum = (sizes: readonly number[]) => sizes.reduce((a, b) => a + b, 0);
  const lostSize = sum(lost.map(({ size }) => size));
  const parts = wants.filter(([, size]) => size > 0).map(([what, size]) => `${what} ${inMiB(size)}`);
  // Alignment can cost two megabytes before the kernel and a granule before each other part.
  const needed = sum(wants.map(([, size]) => roundUp(size))) + KERNEL_ALIGNMENT + lostSize;
  const without = lostSize > 0 ? ` (${inMiB(lostSize)} of it lost to memory errors)` : '';
  return new RasvmError(
    'MEMORY',
    `${inMiB(ram.size)} of guest RAM${without} do not hold what the guest starts with (${parts.join(', ')}); ` +
      `give at least --memory ${Math.ceil(needed / MiB)}M, and what the guest itself needs on top`,
  );
}
