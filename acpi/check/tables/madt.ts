/** Rules for the MADT of Arm machines: ACPI 6.5, section 5.2.12, and what Linux takes. */

import type { Decoded } from '../../struct.ts';
import type { InterruptController, Madt } from '../../tables/madt.ts';
import { ALL_KERNELS, kinds } from '../finding.ts';
import type { Report } from '../report.ts';

export const MADT = kinds('specification', 'ACPI 6.5, 5.2.12', {
  MADT_DUPLICATE_UID: { severity: 'error', meaning: 'Two GICC structures have the same processor UID' },
  MADT_DUPLICATE_MPIDR: { severity: 'error', meaning: 'Two GICC structures have the same MPIDR' },
  MADT_MPIDR: {
    severity: 'error',
    meaning: 'An MPIDR has bits beside its affinity fields',
    source: 'ACPI 6.5, 5.2.12.14',
  },
  MADT_DISTRIBUTORS: {
    severity: 'error',
    meaning: 'There is not exactly one GIC distributor for the processors',
    source: 'ACPI 6.5, 5.2.12.15',
  },
  MADT_NO_REDISTRIBUTORS: {
    severity: 'error',
    meaning: 'With GICv3 or later a processor has no redistributor: neither GICR nor gicrBase',
    source: 'ACPI 6.5, 5.2.12.17',
  },
  MADT_REDISTRIBUTORS_TWICE: {
    severity: 'warning',
    meaning: 'There are both GICR structures and processors with gicrBase',
    source: 'ACPI 6.5, 5.2.12.17',
  },
  MADT_DUPLICATE_ITS_ID: {
    severity: 'error',
    meaning: 'Two GIC ITS structures have the same id',
    source: 'ACPI 6.5, 5.2.12.18',
  },
  MADT_GIC_VERSION: {
    severity: 'warning',
    meaning: 'The GIC version is none of 0 to 4',
    source: 'ACPI 6.5, 5.2.12.15',
  },
  MADT_NO_PROCESSOR: { severity: 'error', meaning: 'No processor is enabled' },
});

export const LINUX_MADT = kinds('linux', 'Linux arch/arm64/kernel/smp.c', {
  LINUX_MADT_MPIDR: {
    severity: 'error',
    meaning: 'A processor with an invalid MPIDR is passed over ("skipping CPU entry with invalid MPIDR")',
    kernels: ALL_KERNELS,
  },
  LINUX_MADT_DUPLICATE_MPIDR: {
    severity: 'error',
    meaning: 'The second processor with an MPIDR is passed over ("duplicate CPU MPIDR")',
    kernels: ALL_KERNELS,
  },
  LINUX_MADT_NO_GIC: {
    severity: 'error',
    meaning:
      'Without a distributor, or with GICv3 without redistributors, there is no interrupt controller, and the kernel panics',
    source: 'Linux drivers/irqchip/irq-gic-v3.c',
    kernels: ALL_KERNELS,
  },
  LINUX_MADT_ONLINE_CAPABLE: {
    severity: 'note',
    meaning:
      'A processor that is online capable only, and whose redistributor gicrBase names, cannot be brought online',
    source: 'Linux drivers/irqchip/irq-gic-v3.c',
    kernels: '6.11 to 7.3',
  },
});

type Controller = Decoded<typeof InterruptController>;
const AFFINITY = 0xff_00ff_ffffn;

export function checkMadt(report: Report, { controllers }: Decoded<typeof Madt>): void {
  const of = <K extends Controller['kind']>(kind: K) =>
    [...controllers.entries()].filter(
      (each): each is [number, Extract<Controller, { kind: K }>] => each[1].kind === kind,
    );
  const processors = of('gicc');
  const distributors = of('gicd');
  if (processors.length === 0 && distributors.length === 0) return;
  const irss = of('gicV5Irs');
  checkProcessors(report, processors);
  checkIts(report, of('gicIts'));
  if (irss.length === 0 && distributors.length !== 1) {
    report.tell(MADT.MADT_DISTRIBUTORS, 'controllers', `there are ${distributors.length}`);
    if (distributors.length === 0)
      report.tell(LINUX_MADT.LINUX_MADT_NO_GIC, 'controllers', 'there is no GICD');
  }
  const version = distributors[0]?.[1].version ?? 0;
  for (const [i, { version: each }] of distributors)
    if (each > 4) report.tell(MADT.MADT_GIC_VERSION, `controllers[${i}].version`, `is ${each}`);
  const ranges = of('gicr').length;
  for (const [i, { flags, gicrBase }] of processors) {
    const path = `controllers[${i}].gicrBase`;
    if (gicrBase !== 0n && ranges > 0)
      report.tell(MADT.MADT_REDISTRIBUTORS_TWICE, path, 'is not 0, and there are GICR');
    if (gicrBase === 0n && ranges === 0 && version >= 3 && flags.enabled) {
      report.tell(MADT.MADT_NO_REDISTRIBUTORS, path, 'is 0, and there is no GICR');
      report.tell(LINUX_MADT.LINUX_MADT_NO_GIC, 'controllers', 'a processor has no redistributor');
    }
    if (!flags.enabled && flags.onlineCapable && ranges === 0 && version >= 3)
      report.tell(LINUX_MADT.LINUX_MADT_ONLINE_CAPABLE, path, 'there is no GICR');
  }
}

function checkProcessors(
  report: Report,
  processors: [number, Extract<Controller, { kind: 'gicc' }>][],
): void {
  const uids = new Map<number, number>();
  const mpidrs = new Map<bigint, number>();
  for (const [i, { uid, mpidr, flags }] of processors) {
    const path = `controllers[${i}]`;
    if ((mpidr & ~AFFINITY) !== 0n) {
      report.tell(MADT.MADT_MPIDR, `${path}.mpidr`, `is 0x${mpidr.toString(16)}`);
      report.tell(LINUX_MADT.LINUX_MADT_MPIDR, `${path}.mpidr`, `invalid MPIDR 0x${mpidr.toString(16)}`);
    }
    if (uids.has(uid))
      report.tell(MADT.MADT_DUPLICATE_UID, `${path}.uid`, `${uid} is that of controllers[${uids.get(uid)}]`);
    else uids.set(uid, i);
    if (!flags.enabled && !flags.onlineCapable) continue;
    if (mpidrs.has(mpidr)) {
      const reason = `0x${mpidr.toString(16)} is that of controllers[${mpidrs.get(mpidr)}]`;
      report.tell(MADT.MADT_DUPLICATE_MPIDR, `${path}.mpidr`, reason);
      report.tell(LINUX_MADT.LINUX_MADT_DUPLICATE_MPIDR, `${path}.mpidr`, reason);
    } else mpidrs.set(mpidr, i);
  }
  if (!processors.some(([, { flags }]) => flags.enabled))
    report.tell(MADT.MADT_NO_PROCESSOR, 'controllers', `none of ${processors.length} is`);
}

function checkIts(report: Report, services: [number, Extract<Controller, { kind: 'gicIts' }>][]): void {
  const ids = new Map<number, number>();
  for (const [i, { itsId }] of services)
    if (ids.has(itsId))
      report.tell(
        MADT.MADT_DUPLICATE_ITS_ID,
        `controllers[${i}].itsId`,
        `${itsId} is that of controllers[${ids.get(itsId)}]`,
      );
    else ids.set(itsId, i);
}
