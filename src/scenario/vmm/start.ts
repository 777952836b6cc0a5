/** Starts a case's guest in the VMM that the case is for. */

import type { GuestUnderTest } from '../guest/under-test.ts';
import type { MachineRequest } from '../language/schema.ts';
import { QemuGuest } from './qemu-guest.ts';
import { RasvmGuest } from './rasvm-guest.ts';
import type { GuestRequest } from './vmm.ts';

/** It boots meanwhile. Rejects with LAB or FILE where the VMM is not installed. */
export function startGuest({ vmm, ...request }: GuestRequest): Promise<GuestUnderTest> {
  return vmm === 'qemu' ? QemuGuest.start(request) : RasvmGuest.start(rasvmOptions(request));
}

function rasvmOptions({ kernel, machine }: Omit<GuestRequest, 'vmm'>) {
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
function runOptions(request: MachineRequest): string[] {
  return Object.entries(request).flatMap(([name, value]) =>
    value === undefined || value === false
      ? []
      : value === true
        ? [`--${name}`]
        : [`--${name}`, String(value)],
  );
}
