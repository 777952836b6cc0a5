/** Checks tables together: each by itself, and what one says of another. */

import type { Hest } from '../apei/hest.ts';
import { NotificationType } from '../apei/notification.ts';
import type { Decoded } from '../struct.ts';
import type { Fadt } from '../tables/fadt.ts';
import type { Iort } from '../tables/iort.ts';
import type { Madt } from '../tables/madt.ts';
import type { Mcfg } from '../tables/mcfg.ts';
import type { Pptt } from '../tables/pptt.ts';
import type { Srat } from '../tables/srat.ts';
import { ALL_KERNELS, type Finding, type FindingKind, kinds } from './finding.ts';
import { type CheckedTable, reportOn } from './table.ts';

export const ACROSS = kinds('specification', 'ACPI 6.5, 5.2', {
  TABLES_NO_FADT: { severity: 'error', meaning: 'There is no FADT' },
  TABLES_NO_DSDT: { severity: 'error', meaning: 'There is no DSDT' },
  TABLES_NO_MADT: {
    severity: 'warning',
    meaning: 'There is no MADT: no processor and no interrupt controller',
  },
  TABLES_DUPLICATE: {
    severity: 'warning',
    meaning: 'There are two tables of a kind of which there can be one',
  },
  TABLES_XSDT_ENTRIES: { severity: 'note', meaning: 'The XSDT has not as many entries as there are tables' },
  TABLES_FACS_MISSING: { severity: 'note', meaning: 'The FADT names a FACS, which is not among the tables' },
  SRAT_UNKNOWN_PROCESSOR: {
    severity: 'error',
    meaning: 'The SRAT names a processor that the MADT does not have',
  },
  SRAT_MISSING_PROCESSOR: {
    severity: 'warning',
    meaning: 'The SRAT has nothing for a processor of the MADT',
  },
  SRAT_UNKNOWN_ITS: { severity: 'error', meaning: 'The SRAT names an ITS that the MADT does not have' },
  SLIT_LOCALITIES: { severity: 'warning', meaning: 'The SLIT has fewer localities than the SRAT names' },
  PPTT_UNKNOWN_PROCESSOR: {
    severity: 'error',
    meaning: 'A leaf of the PPTT names a processor that the MADT does not have',
  },
  PPTT_MISSING_PROCESSOR: {
    severity: 'warning',
    meaning: 'The PPTT has no leaf for a processor of the MADT',
  },
  IORT_UNKNOWN_ITS: { severity: 'error', meaning: 'The IORT names an ITS that the MADT does not have' },
  IORT_UNKNOWN_SEGMENT: {
    severity: 'warning',
    meaning: 'The IORT has a root complex for a segment that the MCFG lacks',
  },
  MCFG_WITHOUT_IORT: { severity: 'note', meaning: 'The IORT has no root complex for a segment of the MCFG' },
  HEST_NO_ERROR_DEVICE: {
    severity: 'error',
    meaning:
      'A source is told by GSIV, GPIO signal or SCI, and no hardware error device (PNP0C33) is in the DSDT or an SSDT',
    source: 'ACPI 6.5, 18.3.2.7.2',
  },
  HEST_NO_SDEI: {
    severity: 'error',
    meaning: 'A source is told by SDEI, and there is no SDEI table',
    source: 'Arm DEN0054',
  },
});

export const LINUX_ACROSS = kinds('linux', 'Linux drivers/acpi/apei/ghes.c', {
  LINUX_GHES_NO_ERROR_DEVICE: {
    severity: 'error',
    meaning: 'Without a hardware error device (PNP0C33) nobody looks at the source when it is notified',
    kernels: ALL_KERNELS,
  },
  LINUX_GHES_NO_SDEI: {
    severity: 'error',
    meaning: 'Without a SDEI table, events are not registered, and the source is not used',
    kernels: ALL_KERNELS,
  },
});

/** A table with the name that findings about it go by. */
export interface NamedTable {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface Table extends CheckedTable {
  readonly name: string;
}

/** Kinds of which there may be several. */
const SEVERAL = new Set([
  'SSDT',
  'OEM0',
  'OEM1',
  'OEM2',
  'OEM3',
  'UEFI',
  'PSDT',
  'AEST',
  'PRMT',
  'SVKL',
  'CCEL',
]);

/**
 * What is to be said of tables that belong together: of each by itself (`checkTable`), and of what one says of another. In
 * the order of the tables; each finding with the table's name. Never throws, whatever the bytes.
 */
export function checkTables(tables: readonly NamedTable[]): Finding[] {
  const checked = tables.map(({ name, bytes }) => ({ name, ...reportOn(bytes) }));
  const set = new TableSet(checked);
  checkSet(set);
  checkProcessors(set);
  checkInterrupts(set);
  checkErrorSources(set);
  return [
    ...set.findings,
    ...checked.flatMap(({ name, report }) => report.sorted().map((finding) => ({ ...finding, table: name }))),
  ];
}

class TableSet {
  readonly tables: readonly Table[];
  /** What is to be said of no single table. */
  readonly findings: Finding[] = [];

  constructor(tables: readonly Table[]) {
    this.tables = tables;
  }

  /** The table with this signature and its value, where there is one that decodes. */
  get<T>(signature: string): { readonly report: Table['report']; readonly value: T } | undefined {
    const found = this.tables.find((table) => table.signature === signature && table.value !== undefined);
    return found as { readonly report: Table['report']; readonly value: T } | undefined;
  }

  has(signature: string): boolean {
    return this.tables.some((table) => table.signature === signature);
  }

  tell({ code, severity, rules, source }: FindingKind, reason: string): void {
    this.findings.push({ code, severity, rules, field: '', reason, source });
  }
}

function checkSet(set: TableSet): void {
  if (!set.has('FACP')) set.tell(ACROSS.TABLES_NO_FADT, 'no table is a FACP');
  if (!set.has('DSDT')) set.tell(ACROSS.TABLES_NO_DSDT, 'no table is a DSDT');
  if (!set.has('APIC')) set.tell(ACROSS.TABLES_NO_MADT, 'no table is an APIC');
  const seen = new Map<string, string>();
  for (const { name, signature, report } of set.tables) {
    const first = seen.get(signature);
    if (first !== undefined && !SEVERAL.has(signature))
      report.tell(ACROSS.TABLES_DUPLICATE, 'signature', `${first} is a ${signature} too`, { offset: 0 });
    seen.set(signature, first ?? name);
  }
  const xsdt = set.get<{ entries: readonly bigint[] }>('XSDT');
  // The DSDT and the FACS are named by the FADT.
  const own = ['XSDT', 'RSDT', 'RSDP', 'DSDT', 'FACS'];
  const others = set.tables.filter(({ signature }) => !own.includes(signature)).length;
  if (xsdt !== undefined && xsdt.value.entries.length !== others)
    xsdt.report.tell(
      ACROSS.TABLES_XSDT_ENTRIES,
      'entries',
      `are ${xsdt.value.entries.length}, and there are ${others} tables for them`,
    );
  const fadt = set.get<Decoded<typeof Fadt>>('FACP');
  if (fadt !== undefined && !set.has('FACS')) {
    const { firmwareCtrl, xFirmwareCtrl = 0n } = fadt.value;
    if (firmwareCtrl !== 0 || xFirmwareCtrl !== 0n)
      fadt.report.tell(
        ACROSS.TABLES_FACS_MISSING,
        firmwareCtrl !== 0 ? 'firmwareCtrl' : 'xFirmwareCtrl',
        'names one',
      );
  }
}

/** SRAT and PPTT against the processors and ITSs of the MADT. */
function checkProcessors(set: TableSet): void {
  const madt = set.get<Decoded<typeof Madt>>('APIC');
  if (madt === undefined) return;
  const processors = madt.value.controllers.flatMap((each) => (each.kind === 'gicc' ? [each.uid] : []));
  if (processors.length === 0) return;
  const uids = new Set(processors);
  const srat = set.get<Decoded<typeof Srat>>('SRAT');
  if (srat !== undefined) {
    const placed = new Set<number>();
    for (const [i, affinity] of srat.value.affinities.entries()) {
      if (affinity.kind !== 'gicc' || !affinity.flags.enabled) continue;
      placed.add(affinity.uid);
      if (!uids.has(affinity.uid))
        srat.report.tell(
          ACROSS.SRAT_UNKNOWN_PROCESSOR,
          `affinities[${i}].uid`,
          `${affinity.uid} is no GICC's uid`,
        );
    }
    const missing = [...uids].filter((uid) => !placed.has(uid));
    if (missing.length > 0)
      srat.report.tell(
        ACROSS.SRAT_MISSING_PROCESSOR,
        'affinities',
        `lack uid ${missing.slice(0, 8).join(', ')}`,
      );
    checkLocalities(set, srat.value);
  }
  const pptt = set.get<Decoded<typeof Pptt>>('PPTT');
  if (pptt === undefined) return;
  const named = new Set<number>();
  for (const [i, node] of pptt.value.nodes.entries()) {
    if (node.kind !== 'processor' || !node.flags.processorIdValid) continue;
    named.add(node.processorId);
    // The ids of nodes above are those of processor containers.
    if (node.flags.leaf && !uids.has(node.processorId))
      pptt.report.tell(
        ACROSS.PPTT_UNKNOWN_PROCESSOR,
        `nodes[${i}].processorId`,
        `${node.processorId} is no GICC's uid`,
      );
  }
  const missing = [...uids].filter((uid) => !named.has(uid));
  if (missing.length > 0)
    pptt.report.tell(ACROSS.PPTT_MISSING_PROCESSOR, 'nodes', `lack uid ${missing.slice(0, 8).join(', ')}`);
}

function checkLocalities(set: TableSet, { affinities }: Decoded<typeof Srat>): void {
  const slit = set.get<{ distances: readonly unknown[] }>('SLIT');
  if (slit === undefined) return;
  let most = -1;
  for (const affinity of affinities)
    if ('proximityDomain' in affinity) most = Math.max(most, affinity.proximityDomain);
  const count = slit.value.distances.length;
  if (most >= count)
    slit.report.tell(
      ACROSS.SLIT_LOCALITIES,
      'localityCount',
      `is ${count}, the SRAT has proximity domain ${most}`,
    );
}

/** IORT and SRAT against the ITSs of the MADT, and the IORT against the segments of the MCFG. */
function checkInterrupts(set: TableSet): void {
  const madt = set.get<Decoded<typeof Madt>>('APIC');
  const iort = set.get<Decoded<typeof Iort>>('IORT');
  const srat = set.get<Decoded<typeof Srat>>('SRAT');
  if (madt !== undefined) {
    const ids = new Set(
      madt.value.controllers.flatMap((each) => (each.kind === 'gicIts' ? [each.itsId] : [])),
    );
    for (const [i, node] of iort?.value.nodes.entries() ?? [])
      if (node.kind === 'itsGroup')
        for (const [j, id] of node.itsIds.entries())
          if (!ids.has(id))
            iort!.report.tell(
              ACROSS.IORT_UNKNOWN_ITS,
              `nodes[${i}].itsIds[${j}]`,
              `${id} is no ITS of the MADT`,
            );
    for (const [i, affinity] of srat?.value.affinities.entries() ?? [])
      if (affinity.kind === 'gicIts' && !ids.has(affinity.itsId))
        srat!.report.tell(
          ACROSS.SRAT_UNKNOWN_ITS,
          `affinities[${i}].itsId`,
          `${affinity.itsId} is no ITS of the MADT`,
        );
  }
  const mcfg = set.get<Decoded<typeof Mcfg>>('MCFG');
  if (iort === undefined || mcfg === undefined) return;
  const segments = new Set(mcfg.value.allocations.map(({ segment }) => segment));
  const mapped = new Set<number>();
  for (const [i, node] of iort.value.nodes.entries()) {
    if (node.kind !== 'rootComplex') continue;
    mapped.add(node.segment);
    if (!segments.has(node.segment))
      iort.report.tell(ACROSS.IORT_UNKNOWN_SEGMENT, `nodes[${i}].segment`, `is ${node.segment}`);
  }
  for (const [i, { segment }] of mcfg.value.allocations.entries())
    if (!mapped.has(segment))
      mcfg.report.tell(ACROSS.MCFG_WITHOUT_IORT, `allocations[${i}].segment`, `is ${segment}`);
}

/** Notifications that reach the guest through a hardware error device. */
const BY_DEVICE: readonly number[] = [
  NotificationType.Sci,
  NotificationType.GpioSignal,
  NotificationType.Gsiv,
];

function checkErrorSources(set: TableSet): void {
  const hest = set.get<Decoded<typeof Hest>>('HEST');
  if (hest === undefined) return;
  const aml = set.tables.filter(({ signature }) => signature === 'DSDT' || signature === 'SSDT');
  const hasDevice = aml.some(({ report }) => namesErrorDevice(report.bytes));
  for (const [i, source] of hest.value.sources.entries()) {
    if ((source.kind !== 'ghes' && source.kind !== 'ghesV2') || source.enabled === 0) continue;
    const { type } = source.notification;
    const path = `sources[${i}].notification.type`;
    if (BY_DEVICE.includes(type) && aml.length > 0 && !hasDevice) {
      hest.report.tell(ACROSS.HEST_NO_ERROR_DEVICE, path, `is ${type}`);
      hest.report.tell(LINUX_ACROSS.LINUX_GHES_NO_ERROR_DEVICE, path, `is ${type}`);
    }
    if (type === NotificationType.Sdei && !set.has('SDEI')) {
      hest.report.tell(ACROSS.HEST_NO_SDEI, path, `is ${type}`);
      hest.report.tell(LINUX_ACROSS.LINUX_GHES_NO_SDEI, path, `is ${type}`);
    }
  }
}

/** Whether AML has PNP0C33, as EISA id or as text. */
function namesErrorDevice(aml: Uint8Array): boolean {
  return (
    has(aml, [0x41, 0xd0, 0x0c, 0x33]) ||
    has(
      aml,
      [...'PNP0C33'].map((letter) => letter.charCodeAt(0)),
    )
  );
}

function has(bytes: Uint8Array, sequence: readonly number[]): boolean {
  for (let at = bytes.indexOf(sequence[0]!); at >= 0; at = bytes.indexOf(sequence[0]!, at + 1))
    if (sequence.every((byte, i) => bytes[at + i] === byte)) return true;
  return false;
}
