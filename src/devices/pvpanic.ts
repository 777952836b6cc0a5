/**
 * pvpanic in memory: a guest's kernel says that it has panicked (QEMU docs/specs/pvpanic.rst; Linux
 * include/uapi/misc/pvpanic.h, drivers/misc/pvpanic).
 */

import type { RegisterBank, RegisterBankSpec } from '../native/binding.ts';
import type { DeviceKind, MmioDevice, Slot } from './device.ts';
import { registersOf, unitName } from './device-tree.ts';

/** The guest's kernel has panicked. `crash-kernel`: another one is loaded, which it starts now (kdump). */
export type PanicEvent = 'panicked' | 'crash-kernel';

/** What a machine does for its pvpanic. */
export interface PvpanicServices {
  guestPanicked(event: PanicEvent): void;
}

/** PVPANIC_PANICKED and PVPANIC_CRASH_LOADED. Not PVPANIC_SHUTDOWN (bit 2): a guest powers off by PSCI. */
const PANICKED = 1n << 0n;
const CRASH_LOADED = 1n << 1n;

/** bindings/misc/pvpanic-mmio.txt */
export const pvpanic = {
  name: 'pvpanic',
  needs: { mmio: 4096 },
  acpi: ({ base, size }) => ({ devices: [{ name: 'PEVT', hid: 'QEMU0001', memory: [{ base, size }] }] }),
  fdt: (slot) => ({
    nodes: {
      [unitName('pvpanic', slot)]: {
        properties: { compatible: 'qemu,pvpanic-mmio', ...registersOf(slot) },
      },
    },
  }),
  create: (slot, _, services) => new PvpanicDevice(slot, services),
} satisfies DeviceKind<void, PvpanicServices, PvpanicDevice>;

export class PvpanicDevice implements MmioDevice {
  readonly bank: RegisterBankSpec;
  readonly #services: PvpanicServices;

  constructor({ base, size }: Slot, services: PvpanicServices) {
    this.#services = services;
    this.bank = {
      base,
      size,
      // Reads as the events that can be told. The guest need not wait: it has more to say on its console.
      registers: [{ offset: 0, size: 1, value: PANICKED | CRASH_LOADED, read: 'shadow', write: 'post' }],
    };
  }

  attach(_: RegisterBank): void {
    // The register never changes.
  }

  read(): bigint {
    return 0n;
  }

  write(): void {
    // Only offsets without a register come here.
  }

  posted(_: number, value: bigint): void {
    if (value & PANICKED) this.#services.guestPanicked('panicked');
    else if (value & CRASH_LOADED) this.#services.guestPanicked('crash-kernel');
  }

  reset(): void {
    // What was said is not kept.
  }
}
