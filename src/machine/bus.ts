/** The devices of a board in a VM: each made, its registers mapped, and found by its kind or by a GPA. */

import { type Device, type DeviceKind, hasRegisters, type MmioDevice } from '../devices/device.ts';
import type { Vm } from '../native/binding.ts';
import type { Board, Part } from '../platform/board.ts';

interface Mapped {
  base: number;
  end: number;
  device: MmioDevice;
}

export class Bus<Services> {
  readonly #devices: readonly { part: Part<Services>; device: Device }[];
  readonly #mapped: Mapped[] = [];

  /** The devices' registers become visible in `vm`, at their reset values. */
  constructor(vm: Vm, board: Board<Services>, services: Services) {
    this.#devices = board.map((part) => ({ part, device: part.create(services) }));
    for (const { device } of this.#devices) {
      if (hasRegisters(device)) {
        const { base, size } = device.bank;
        device.attach(vm.mapRegisters(device.bank));
        this.#mapped.push({ base, end: base + size, device });
      }
      device.reset();
    }
  }

  /** The board's device of a kind, or that of several which has this id. */
  device<Made extends Device>(kind: DeviceKind<never, never, Made>, id?: string): Made | undefined {
    const found = this.#devices.find(
      ({ part }) => part.kind === kind && (id === undefined || part.slot.id === id),
    );
    return found?.device as Made | undefined;
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
    for (const { device } of this.#devices) device.drained?.();
  }

  /** The VM ends. */
  close(): void {
    for (const { device } of this.#devices) device.close?.();
  }
}
