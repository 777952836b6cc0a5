/** The machine that `rasvm run` is, described without one that runs. */

import type { Machine } from '@rasvm/acpi/machine/description';
import { GiB, MiB } from '../core/region.ts';
import { describeMachine } from '../firmware/acpi-tables.ts';
import { ACPI_AREA, layOut } from '../firmware/layout.ts';
import { ADDRESS_MAP } from '../platform/address-map.ts';
import { virtBoard } from '../platform/virt.ts';
import { describeSources } from '../ras/sources/describe.ts';
import { SOURCES } from '../ras/sources/plan.ts';
import { errorRecordArea } from '../ras/sources/record-area.ts';

/** @param cpus 1 to MAX_VCPUS. @param memory bytes of guest RAM */
export function virtMachine(cpus: number, memory: number = GiB): Machine {
  const layout = layOut({
    ram: { base: ADDRESS_MAP.ram.base, size: memory },
    kernel: { textOffset: 0, memorySize: 64 * MiB },
    initrdSize: 0,
    acpi: { tablesSize: ACPI_AREA, recordsSize: errorRecordArea(SOURCES.length).size },
  });
  const { tables, records } = layout.acpi!;
  return describeMachine({
    base: tables.base,
    // Sixteen vCPUs a cluster, as KVM numbers them (arch/arm64/kvm/sys_regs.c, reset_mpidr).
    mpidrs: Array.from({ length: cpus }, (_, index) => BigInt(((index >> 4) << 8) | (index & 15))),
    pmu: true,
    board: virtBoard({ acpi: true, serial: false, sources: SOURCES.length }),
    ras: describeSources(SOURCES, records.base),
  });
}
