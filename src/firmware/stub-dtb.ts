/**
 * The device tree of an ACPI guest: /chosen and nothing else, so that Linux takes ACPI without being asked
 * (arch/arm64/kernel/acpi.c, dt_is_stub), with what the EFI stub would have left there
 * (drivers/firmware/efi/fdtparams.c).
 */

import { u32, u64, writeFdt } from '../core/fdt.ts';
import type { Region } from '../core/region.ts';
import { type ChosenOptions, chosenProperties } from './chosen.ts';
import { MEMORY_DESCRIPTOR_SIZE, MEMORY_DESCRIPTOR_VERSION } from './efi.ts';

export interface StubDtbOptions extends ChosenOptions {
  readonly efi: {
    /** GPA. */
    readonly systemTable: number;
    readonly memoryMap: Region;
  };
}

/** efi_secureboot_mode_disabled. Debian's kernels need the property, mainline has none. */
const SECURE_BOOT_DISABLED = 2;

export function buildStubDtb(options: StubDtbOptions): Uint8Array {
  const { systemTable, memoryMap } = options.efi;
  return writeFdt({
    properties: { '#address-cells': u32(2), '#size-cells': u32(2) },
    children: {
      chosen: {
        properties: {
          ...chosenProperties(options),
          'linux,uefi-system-table': u64(systemTable),
          'linux,uefi-mmap-start': u64(memoryMap.base),
          'linux,uefi-mmap-size': u32(memoryMap.size),
          'linux,uefi-mmap-desc-size': u32(MEMORY_DESCRIPTOR_SIZE),
          'linux,uefi-mmap-desc-ver': u32(MEMORY_DESCRIPTOR_VERSION),
          'linux,uefi-secure-boot': u32(SECURE_BOOT_DISABLED),
        },
      },
    },
  });
}
