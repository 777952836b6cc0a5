/** Starts a case's guest in the VMM that the case is for. */

import { Guest } from '../guest/guest.ts';
import type { MachineWish } from '../language/schema.ts';
import type { GuestUnderTest } from '../steps/context.ts';
import { QemuGuest } from './qemu-guest.ts';
import type { GuestWish } from './vmm.ts';

/** It boots meanwhile. Rejects with LAB or FILE where the VMM is not installed. */
export function startGuest({ vmm, ...wish }: GuestWish): Promise<GuestUnderTest> {
  return vmm === 'qemu' ? QemuGuest.start(wish) : Guest.start(rasvmOptions(wish));
}

function rasvmOptions({ kernel, machine }: Omit<GuestWish, 'vmm'>) {
  const { cpus, memory, append, ...rest } = machine;
  return {
    kernel,
    memory,
    arguments: runOptions(rest),
    ...(cpus !== undefined && { cpus }),
    ...(append !== undefined && { append }),
  };
}

/** Options of `rasvm run` have the names that a scenario's machine has. */
function runOptions(wish: MachineWish): string[] {
  return Object.entries(wish).flatMap(([name, value]) =>
    value === undefined || value === false
      ? []
      : value === true
        ? [`--${name}`]
        : [`--${name}`, String(value)],
  );
}
