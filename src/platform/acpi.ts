/** A board's devices, as ACPI tables tell of them. */

import type { Machine } from '@rasvm/acpi/machine/description';
import type { Board } from './board.ts';

/** For the description of a machine. */
export function acpiDevices(board: Board<never>): Pick<Machine, 'serial' | 'devices' | 'powerButtonGsiv'> {
  const parts = board.map((part) => part.acpi());
  return {
    serial: parts.flatMap(({ serial }) => serial ?? []),
    devices: parts.flatMap(({ devices }) => devices ?? []),
    powerButtonGsiv: parts.find(({ powerButtonGsiv }) => powerButtonGsiv !== undefined)?.powerButtonGsiv,
  };
}
