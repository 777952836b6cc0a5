/** Tables and records as they should be, for tests to break. */

import {
  Bert,
  Cedt,
  CperRecord,
  Dsdt,
  Einj,
  type Encodable,
  ErrorStatusBlock,
  Erst,
  einjActions,
  einjRegisters,
  erstActions,
  erstRegisters,
  Fadt,
  Gtdt,
  Hest,
  type InterruptController,
  Iort,
  iortOffsets,
  Madt,
  Mcfg,
  memoryRegister,
  NotificationType,
  Pptt,
  ppttOffsets,
  type RemappingNode,
  Rsdp,
  Sdei,
  Slit,
  Spcr,
  Srat,
  type TopologyNode,
  Xsdt,
} from '@rasvm/acpi';

type Source = Encodable<typeof Hest>['sources'][number];

/** A GHESv2 told by GSIV 48. */
export function ghes(more: object = {}): Source {
  return {
    kind: 'ghesV2',
    sourceId: 0,
    errorStatusAddress: memoryRegister(0x5ff8_0000, 64),
    notification: { type: NotificationType.Gsiv, vector: 48 },
    errorStatusBlockLength: 4096,
    readAck: memoryRegister(0x5ff8_0100, 64),
    ...more,
  } as Source;
}

export const hest = (...sources: Source[]) => Hest.encode({ sources });
export const bert = (more: object = {}) =>
  Bert.encode({ regionLength: 4096, regionAddress: 0x5ff9_0000n, ...more });

export const doorbell = memoryRegister(0x0909_0000, 32);
export const einjEntries = einjActions({ ...einjRegisters(0x5ff8_0000), execute: doorbell });
export const einj = (entries: readonly object[] = einjEntries, more: object = {}) =>
  Einj.encode({ entries: entries as typeof einjEntries, ...more });
/** An entry of EINJ that is as it should be. */
export const entry = (more: object = {}) => ({
  action: 3,
  instruction: 0,
  register: doorbell,
  mask: 0xffff_ffffn,
  ...more,
});
export const erstEntries = erstActions({ ...erstRegisters(0x5ff8_2000), execute: doorbell });
export const erst = (entries: readonly object[] = erstEntries) => Erst.encode({ entries: entries as never });

type FadtIn = Encodable<typeof Fadt>;
export const fadt = (more: Partial<FadtIn> = {}) =>
  Fadt.encode({
    xDsdt: 0x5ff0_0000n,
    flags: { hardwareReduced: true },
    armBootFlags: { psciCompliant: true, psciUseHvc: true },
    sleepControl: {},
    sleepStatus: {},
    hypervisorVendor: 0n,
    ...more,
  });

type Controller = Encodable<typeof InterruptController>;
export const gicc = (uid: number, more: object = {}): Controller =>
  ({ kind: 'gicc', uid, mpidr: BigInt(uid), ...more }) as Controller;
export const gicd: Controller = { kind: 'gicd', base: 0x0800_0000n };
export const gicr: Controller = { kind: 'gicr', base: 0x080a_0000n, rangeLength: 0x4_0000 };
export const gicIts = (itsId = 0): Controller => ({ kind: 'gicIts', itsId, base: 0x0808_0000n });
export const madt = (...controllers: Controller[]) => Madt.encode({ controllers });
export const goodMadt = () => madt(gicc(0), gicc(1), gicd, gicr, gicIts());

export const gtdt = (more: object = {}) =>
  Gtdt.encode({ nonSecureEl1Gsiv: 30, virtualEl1Gsiv: 27, virtualEl2Gsiv: 28, virtualEl2Flags: {}, ...more });
export const timer = { frame: 0, base: 0x1000n, gsiv: 40 };
export const watchdog = { kind: 'genericWatchdog', refreshBase: 0x1000n, controlBase: 0x2000n, gsiv: 41 };

export const spcr = (more: object = {}) =>
  Spcr.encode({ interfaceType: 3, baseAddress: memoryRegister(0x0900_0000, 32), ...more });

export const allocation = { base: 0x40_1000_0000n, endBus: 255 };
export const mcfg = (...allocations: object[]) =>
  Mcfg.encode({ allocations: allocations as (typeof allocation)[] });

type Node = Encodable<typeof RemappingNode>;
export const itsGroup: Node = { kind: 'itsGroup', itsIds: [0] };
export const itsOffset = iortOffsets([itsGroup])[0]!;
export const mapping = { idCount: 0xffff, outputReference: itsOffset };
export const rootComplex = (more: object = {}): Node =>
  ({ kind: 'rootComplex', segment: 0, flags: {}, mappings: [mapping], ...more }) as Node;
export const iort = (...nodes: Node[]) => Iort.encode({ nodes });

type Topology = Encodable<typeof TopologyNode>;
export const packageNode: Topology = { kind: 'processor', flags: { physicalPackage: true } };
export const packageOffset = ppttOffsets([packageNode])[0]!;
export const core = (processorId: number, more: object = {}): Topology =>
  ({
    kind: 'processor',
    parent: packageOffset,
    processorId,
    flags: { processorIdValid: true, leaf: true },
    ...more,
  }) as Topology;
export const pptt = (...nodes: Topology[]) => Pptt.encode({ nodes });

export const placed = (uid: number, more: object = {}) => ({
  kind: 'gicc',
  uid,
  proximityDomain: 0,
  ...more,
});
export const memory = (base: bigint, more: object = {}) => ({
  kind: 'memory',
  proximityDomain: 0,
  base,
  size: 0x1000_0000n,
  ...more,
});
export const srat = (...affinities: object[]) => Srat.encode({ affinities: affinities as never });
export const slit = (...distances: number[][]) => Slit.encode({ distances });

export const chbs = { kind: 'chbs', uid: 7, base: 0x1000_0000n, size: 0x1_0000n };
export const cfmws = { kind: 'cfmws', base: 0x1_0000_0000n, size: 0x1000_0000n, targets: [7] };
export const cedt = (...structures: object[]) => Cedt.encode({ structures: structures as never });

/** A DSDT with a hardware error device's EISA id. */
export const dsdt = (body = Uint8Array.of(0x41, 0xd0, 0x0c, 0x33)) => Dsdt.encode({ body });

export const xsdt = (...entries: bigint[]) => Xsdt.encode({ entries });

/** A memory error of the page 0x40005000, told whole. */
export const memorySection = {
  kind: 'memory' as const,
  physicalAddress: 0x4000_5000n,
  physicalAddressMask: 0xffff_ffff_ffff_f000n,
  errorType: 3,
};
export const dataEntry = (more: object = {}) => ({
  severity: 0,
  timestamp: new Date('2026-01-31T12:00:00Z'),
  section: memorySection,
  ...more,
});
type Block = Encodable<typeof ErrorStatusBlock>;
export const block = (more: object = {}) =>
  ErrorStatusBlock.encode({ severity: 0, entries: [dataEntry()], ...more } as Block);
/** A block with one section of a type that is given byte by byte. */
export const rawBlock = (sectionType: string, data: Uint8Array, more: object = {}) =>
  block({ entries: [dataEntry({ section: { kind: 'unknown', sectionType, data }, ...more })] });

export const section = (more: object = {}) => ({ severity: 2, section: memorySection, ...more });
export const record = (more: object = {}) =>
  CperRecord.encode({
    severity: 2,
    notificationType: '9a78788a-bbe8-11e4-809e-67611e5d46b0',
    sections: [section()],
    ...more,
  } as Encodable<typeof CperRecord>);

/** Every table above, by its signature. */
export const goodTables = (): Record<string, Uint8Array> => ({
  'RSD PTR': Rsdp.encode({ xsdtAddress: 0x5ff0_0000n }),
  XSDT: xsdt(1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n, 11n, 12n, 13n, 14n),
  DSDT: dsdt(),
  FACP: fadt(),
  APIC: goodMadt(),
  GTDT: gtdt({ platformTimers: [{ kind: 'gtBlock', base: 0x1000n, timers: [timer] }, watchdog] }),
  SPCR: spcr(),
  MCFG: mcfg(allocation),
  IORT: iort(itsGroup, rootComplex()),
  PPTT: pptt(packageNode, core(0), core(1)),
  SRAT: srat(placed(0), placed(1), memory(0x4000_0000n)),
  SLIT: slit([10]),
  CEDT: cedt(chbs, cfmws),
  HEST: hest(
    ghes(),
    ghes({
      sourceId: 1,
      errorStatusAddress: memoryRegister(0x5ff8_0008, 64),
      readAck: memoryRegister(0x5ff8_0108, 64),
      notification: { type: 8 },
    }),
  ),
  BERT: bert(),
  EINJ: einj(),
  ERST: erst(),
  SDEI: Sdei.encode({}),
});

/** The bytes with others at an offset; a table's checksum is made right again. */
export function poke(bytes: Uint8Array, offset: number, ...values: number[]): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed.set(values, offset);
  return changed;
}

export function repaired(table: Uint8Array): Uint8Array {
  const right = Uint8Array.from(table);
  right[9] = (right[9]! - right.reduce((sum, byte) => sum + byte, 0)) & 0xff;
  return right;
}
