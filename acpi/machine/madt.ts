/** The MADT of a machine with a GICv3: ACPI 6.5, section 5.2.12. */

import { Madt } from '../tables/madt.ts';
import type { Machine } from './description.ts';
import { headerNames } from './names.ts';

export function madtOf(machine: Machine): Uint8Array {
  const { gic, processors } = machine;
  return Madt.encode({
    ...headerNames(machine),
    controllers: [
      { kind: 'gicd', base: BigInt(gic.distributor), version: gic.version ?? 3 },
      ...processors.map(({ mpidr, uid, onlineCapable = false }, index) => ({
        kind: 'gicc' as const,
        cpuInterfaceNumber: index,
        uid: uid ?? index,
        flags: onlineCapable ? { onlineCapable } : { enabled: true },
        performanceGsiv: gic.performanceGsiv ?? 0,
        maintenanceGsiv: gic.maintenanceGsiv ?? 0,
        mpidr: BigInt(mpidr),
        speGsiv: gic.speGsiv ?? 0,
        // A GICC of 82 bytes, which kernels before ACPI 6.5 do not know, only where it says something.
        ...(gic.trbeGsiv !== undefined && { trbeGsiv: gic.trbeGsiv }),
      })),
      ...gic.redistributors.map(({ base, size }) => ({
        kind: 'gicr' as const,
        base: BigInt(base),
        rangeLength: Number(size),
      })),
      ...(gic.its ?? []).map((base, itsId) => ({ kind: 'gicIts' as const, itsId, base: BigInt(base) })),
    ],
  });
}
