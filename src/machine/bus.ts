/** Hands MMIO events of a VM to the device that stands at their address. */

import type { MmioDevice } from '../devices/device.ts';
import type { Vm } from '../native/binding.ts';

interface Mapped {
  base: number;
  end: number;
  device: MmioDevice;
}

export class Bus {
  readonly #mapped: Mapped[] = [];

  /** The devices' registers become visible in `vm`, at their reset values. */
  constructor(vm: Vm, devices: readonly MmioDevice[]) {
    for (const device of devices) {
      const { base, size } = device.bank;
      device.attach(vm.mapRegisters(device.bank));
      device.reset();
      this.#mapped.push({ base, end: base + size, device });
    }
  }

  /** The device at a GPA, and the offset in its registers. */
  find(gpa: number): { device: MmioDevice; offset: number } | undefined {
    for (const { base, end, device } of this.#mapped) {
      if (gpa >= base && gpa < end) return { device, offset: gpa - base };
    }
    return undefined;
  }

  /** All events at hand have been handed out. */
  drained(): void {
    for (const { device } of this.#mapped) device.drained?.();
  }
}
