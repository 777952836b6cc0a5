/** Every kind of finding is found in something that was good before it was broken. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ACPI_ERROR_CODES,
  Aest,
  CperRecord,
  checkBootErrorRegion,
  checkCperRecord,
  checkErrorStatusBlock,
  checkRecords,
  checkTable,
  checkTables,
  type EffectOptions,
  ErrorStatusBlock,
  effectOf,
  FINDINGS,
  type Finding,
  Hest,
  locate,
  MemoryError,
  memoryRegister,
  PLATFORM_MEMORY,
  Rsdp,
  SECTIONS,
  type SectionKind,
  sampleCperRecord,
  sampleErrorStatusBlock,
  TABLES,
} from '@rasvm/acpi';
import fc from 'fast-check';
import { arbitraryOf } from './arbitrary.ts';
import * as good from './check-good.ts';
import { poke, repaired } from './check-good.ts';

const { ghes, hest, einj, einjEntries, erst, erstEntries, entry, fadt, madt, gicc, gicd, gicr, gicIts } =
  good;
const { gtdt, timer, watchdog, spcr, mcfg, allocation, iort, itsGroup, itsOffset, mapping, rootComplex } =
  good;
const { pptt, packageNode, packageOffset, core, srat, placed, memory, slit, cedt, chbs, cfmws } = good;
const { block, rawBlock, dataEntry, memorySection, record, section } = good;

const bad = ({ severity }: Finding) => severity !== 'note';
const shown = (findings: readonly Finding[]) =>
  findings.map(({ code, field, reason }) => `${code} ${field}: ${reason}`);

/** What has been found by its own code; the last test holds that nothing is missing. */
const found = new Set<string>();

/** Holds that the code is among the findings, with this field, and that its offset is inside the bytes. */
function assertFound(findings: readonly Finding[], code: string, field: string | undefined): Finding {
  const finding = findings.find(
    (each) => each.code === code && (field === undefined || each.field === field),
  );
  assert.ok(finding, `${code} ${field ?? ''} is not in\n${shown(findings).join('\n')}`);
  const { severity, rules } = FINDINGS[code]!;
  assert.equal(finding.rules, rules);
  assert.ok(['error', 'warning', 'note'].includes(finding.severity) && severity !== undefined);
  assert.notEqual(finding.reason, '');
  assert.notEqual(finding.source, '');
  found.add(code);
  return finding;
}

const acks = (more: object) => hest(ghes({ readAck: { ...memoryRegister(0x5ff8_0100, 64), ...more } }));
const told = (type: number, more: object = {}) => hest(ghes({ notification: { type, ...more } }));
const aer = (sourceId: number) => ({ kind: 'aerDevice' as const, sourceId, bus: { number: 1 }, device: 2 });

const BROKEN: readonly (readonly [code: string, field: string | undefined, table: Uint8Array])[] = [
  ['TABLE_TOO_SHORT', '', Uint8Array.of(72, 69, 83)],
  ['TABLE_SIGNATURE', 'signature', repaired(poke(hest(), 0, 0x20))],
  ['TABLE_UNKNOWN', 'signature', repaired(poke(hest(), 0, ...[...'WXYZ'].map((c) => c.charCodeAt(0))))],
  ['TABLE_TRAILING_BYTES', 'length', Uint8Array.of(...hest(), 0, 0)],
  ['TRUNCATED', '', hest(ghes()).subarray(0, 100)],
  ['LENGTH', 'controllers[0].length', repaired(poke(madt(gicd), 45, 0))],
  ['CHECKSUM', 'checksum', poke(hest(ghes()), 9, 0)],
  ['RESERVED_NOT_ZERO', 'sources[0].flags', hest(ghes({ flags: 4 }))],
  ['RESERVED_NOT_ZERO', 'flags.reserved', fadt({ flags: { hardwareReduced: true, reserved: 1n << 31n } })],
  ['UNKNOWN_VALUE', 'sources[0].notification.type', told(200)],
  ['UNUSUAL_VALUE', 'sources[0].notification.length', hest(ghes({ notification: { type: 8, length: 20 } }))],
  ['COUNT', 'sourceCount', Hest.encode({ sourceCount: 2, sources: [ghes()] })],
  ['TEXT_NOT_PRINTABLE', 'oemId', Hest.encode({ oemId: 'A\u0007B', sources: [] })],
  ['TRAILING_BYTES', 'trailing', fadt({ trailing: Uint8Array.of(1) })],
  ['UNKNOWN_STRUCTURE', 'controllers[0]', madt({ kind: 'unknown', data: Uint8Array.of(0xee, 4, 0, 0) })],
  [
    'STRUCTURE_LENGTH',
    'controllers[0]',
    repaired(poke(madt({ kind: 'unknown', data: Uint8Array.of(14, 4, 0, 0) }), 44, 14)),
  ],
  ['GAS_WIDTH', 'baseAddress.bitWidth', spcr({ baseAddress: { address: 0x900_0000n, accessSize: 3 } })],
  [
    'GAS_BEYOND_64_BITS',
    'baseAddress.bitWidth',
    spcr({ baseAddress: { address: 8n, bitWidth: 64, bitOffset: 8, accessSize: 4 } }),
  ],
  ['GAS_ALIGNMENT', 'baseAddress.address', spcr({ baseAddress: memoryRegister(0x900_0002, 32) })],

  ['RSDP_NO_XSDT', 'xsdtAddress', Rsdp.encode({ xsdtAddress: 0n })],
  ['XSDT_EMPTY', 'entries', good.xsdt()],
  ['XSDT_ZERO_ENTRY', 'entries[1]', good.xsdt(8n, 0n)],
  ['XSDT_DUPLICATE_ENTRY', 'entries[1]', good.xsdt(8n, 8n)],

  ['FADT_NO_DSDT', 'xDsdt', fadt({ xDsdt: 0n })],
  ['FADT_DSDT_MISMATCH', 'xDsdt', fadt({ dsdt: 4096 })],
  ['FADT_FACS_MISMATCH', 'xFirmwareCtrl', fadt({ firmwareCtrl: 64, xFirmwareCtrl: 128n })],
  ['FADT_NO_FACS', 'firmwareCtrl', fadt({ flags: {} })],
  ['FADT_HARDWARE_REDUCED_FACS', 'xFirmwareCtrl', fadt({ xFirmwareCtrl: 64n })],
  ['FADT_HARDWARE_REDUCED_REGISTERS', 'pm1aEventBlock', fadt({ pm1aEventBlock: 0x600 })],
  ['FADT_LENGTH', 'length', fadt({ revision: 5 })],
  ['FADT_RESET_REGISTER', 'resetRegister', fadt({ flags: { hardwareReduced: true, resetRegister: true } })],
  ['FADT_PSCI_CONDUIT', 'armBootFlags.psciUseHvc', fadt({ armBootFlags: { psciUseHvc: true } })],
  ['LINUX_FADT_REVISION', 'revision', fadt({ revision: 4, armBootFlags: {} })],
  ['LINUX_FADT_HARDWARE_REDUCED', 'flags.hardwareReduced', fadt({ flags: {} })],
  ['LINUX_FADT_NO_PSCI', 'armBootFlags.psciCompliant', fadt({ armBootFlags: {} })],

  ['MADT_DUPLICATE_UID', 'controllers[1].uid', madt(gicc(0), gicc(0, { mpidr: 1n }), gicd, gicr)],
  ['MADT_DUPLICATE_MPIDR', 'controllers[1].mpidr', madt(gicc(0), gicc(1, { mpidr: 0n }), gicd, gicr)],
  ['LINUX_MADT_DUPLICATE_MPIDR', 'controllers[1].mpidr', madt(gicc(0), gicc(1, { mpidr: 0n }), gicd, gicr)],
  ['MADT_MPIDR', 'controllers[0].mpidr', madt(gicc(0, { mpidr: 1n << 31n }), gicd, gicr)],
  ['LINUX_MADT_MPIDR', 'controllers[0].mpidr', madt(gicc(0, { mpidr: 1n << 31n }), gicd, gicr)],
  ['MADT_DISTRIBUTORS', 'controllers', madt(gicc(0), gicd, gicd, gicr)],
  ['LINUX_MADT_NO_GIC', 'controllers', madt(gicc(0), gicr)],
  ['MADT_NO_REDISTRIBUTORS', 'controllers[0].gicrBase', madt(gicc(0), gicd)],
  [
    'MADT_REDISTRIBUTORS_TWICE',
    'controllers[0].gicrBase',
    madt(gicc(0, { gicrBase: 0x1_0000n }), gicd, gicr),
  ],
  ['MADT_DUPLICATE_ITS_ID', 'controllers[4].itsId', madt(gicc(0), gicd, gicr, gicIts(), gicIts())],
  [
    'MADT_GIC_VERSION',
    'controllers[1].version',
    madt(gicc(0), { kind: 'gicd', base: 0x0800_0000n, version: 9 }, gicr),
  ],
  ['MADT_NO_PROCESSOR', 'controllers', madt(gicc(0, { flags: {} }), gicd, gicr)],
  [
    'LINUX_MADT_ONLINE_CAPABLE',
    'controllers[1].gicrBase',
    madt(
      gicc(0, { gicrBase: 0x1_0000n }),
      gicc(1, { flags: { onlineCapable: true }, gicrBase: 0x3_0000n }),
      gicd,
    ),
  ],

  ['GTDT_NO_TIMER', 'virtualEl1Gsiv', gtdt({ virtualEl1Gsiv: 0, nonSecureEl1Gsiv: 0 })],
  ['GTDT_TIMER_GSIV', 'virtualEl1Gsiv', gtdt({ virtualEl1Gsiv: 40 })],
  [
    'GTDT_BLOCK_TIMERS',
    'platformTimers[0].timerCount',
    gtdt({ platformTimers: [{ kind: 'gtBlock', base: 1n, timers: [] }] }),
  ],
  [
    'GTDT_FRAME',
    'platformTimers[0].timers[1].frame',
    gtdt({ platformTimers: [{ kind: 'gtBlock', base: 1n, timers: [timer, timer] }] }),
  ],
  ['LINUX_GTDT_REVISION', 'revision', gtdt({ revision: 1, platformTimers: [watchdog] })],
  [
    'LINUX_GTDT_FRAME',
    'platformTimers[0].timers[0]',
    gtdt({ platformTimers: [{ kind: 'gtBlock', base: 1n, timers: [{ ...timer, gsiv: 0 }] }] }),
  ],
  ['LINUX_GTDT_WATCHDOG', 'platformTimers[0]', gtdt({ platformTimers: [{ ...watchdog, refreshBase: 0n }] })],

  ['LINUX_SPCR_INTERFACE', 'interfaceType', spcr({ interfaceType: 0x0a })],
  ['LINUX_SPCR_BAUD_RATE', 'baudRate', spcr({ baudRate: 5 })],
  ['LINUX_SPCR_ACCESS', 'baseAddress.accessSize', spcr({ baseAddress: memoryRegister(0x900_0000, 64) })],

  ['MCFG_BUSES', 'allocations[0].endBus', mcfg({ ...allocation, startBus: 9, endBus: 8 })],
  ['MCFG_OVERLAP', 'allocations[1]', mcfg(allocation, { ...allocation, startBus: 255 })],
  ['MCFG_ADDRESS', 'allocations[0].base', mcfg({ ...allocation, base: 0x1000n })],

  [
    'IORT_REFERENCE',
    'nodes[1].mappings[0].outputReference',
    iort(itsGroup, rootComplex({ mappings: [{ ...mapping, outputReference: 50 }] })),
  ],
  [
    'IORT_REFERENCE_KIND',
    'nodes[2].mappings[0].outputReference',
    iort(
      itsGroup,
      rootComplex(),
      rootComplex({ segment: 1, mappings: [{ ...mapping, outputReference: itsOffset + 24 }] }),
    ),
  ],
  [
    'IORT_MAPPING_OVERLAP',
    'nodes[1].mappings[1]',
    iort(itsGroup, rootComplex({ mappings: [mapping, { ...mapping, inputBase: 9 }] })),
  ],
  [
    'IORT_MAPPING_OFF_BY_ONE',
    'nodes[1].mappings[0].idCount',
    iort(
      itsGroup,
      rootComplex({
        mappings: [
          { ...mapping, idCount: 256 },
          { ...mapping, inputBase: 256 },
        ],
      }),
    ),
  ],
  [
    'IORT_DEVICE_ID_INDEX',
    'nodes[1].deviceIdMappingIndex',
    iort(itsGroup, {
      kind: 'smmuV3',
      base: 0x1000n,
      flags: { deviceIdMappingValid: true },
      proximityDomain: 0,
      deviceIdMappingIndex: 3,
      mappings: [mapping],
    }),
  ],
  ['IORT_EMPTY_ITS_GROUP', 'nodes[0].itsIds', iort({ kind: 'itsGroup', itsIds: [] })],
  [
    'IORT_RANGE_ALIGNMENT',
    'nodes[1].ranges[0]',
    iort(itsGroup, {
      kind: 'reservedMemory',
      ranges: [{ base: 0x1000n, size: 0x1_0000n }],
      mappings: [mapping],
    }),
  ],
  [
    'LINUX_IORT_NULL_PARENT',
    'nodes[0].mappings[0].outputReference',
    iort(rootComplex({ mappings: [{ ...mapping, outputReference: 0 }] })),
  ],
  ['LINUX_IORT_RMR_MAPPING', 'nodes[0].mappings', iort({ kind: 'reservedMemory', ranges: [] })],
  [
    'LINUX_IORT_ADDRESS_LIMIT',
    'nodes[1].addressSizeLimit',
    iort(itsGroup, rootComplex({ addressSizeLimit: 0 })),
  ],

  ['PPTT_PARENT', 'nodes[0].parent', pptt(core(0, { parent: 7 }))],
  ['PPTT_RESOURCE', 'nodes[1].privateResources[0]', pptt(packageNode, core(0, { privateResources: [7] }))],
  ['PPTT_LOOP', 'nodes[0].parent', pptt({ ...packageNode, parent: packageOffset } as never)],
  ['PPTT_LEAF_WITHOUT_ID', 'nodes[1].flags', pptt(packageNode, core(0, { flags: { leaf: true } }))],
  ['PPTT_DUPLICATE_PROCESSOR', 'nodes[2].processorId', pptt(packageNode, core(4), core(4))],
  ['PPTT_CACHE_ID', 'nodes[0].cacheId', pptt({ kind: 'cache', flags: { cacheIdValid: true }, cacheId: 0 })],

  ['SRAT_MEMORY_OVERLAP', 'affinities[1].base', srat(memory(0n), memory(0x800_0000n))],
  ['SRAT_MEMORY_EMPTY', 'affinities[0].size', srat(memory(0n, { size: 0n }))],
  ['SRAT_DUPLICATE_PROCESSOR', 'affinities[1].uid', srat(placed(3), placed(3))],
  ['SLIT_LOCAL_DISTANCE', 'distances[1][1]', slit([10, 20], [20, 11])],
  ['LINUX_SLIT_INVALID', '', slit([10, 10], [10, 10])],
  ['SLIT_ASYMMETRIC', 'distances[0][1]', slit([10, 20], [30, 10])],

  ['CEDT_DUPLICATE_HOST_BRIDGE', 'structures[1].uid', cedt(chbs, chbs)],
  ['CEDT_WINDOW_ALIGNMENT', 'structures[1]', cedt(chbs, { ...cfmws, base: 0x1000n })],
  ['CEDT_WINDOW_TARGETS', 'structures[1].targets', cedt(chbs, { ...cfmws, targets: [7, 7] })],
  ['CEDT_TARGET', 'structures[1].targets[0]', cedt(chbs, { ...cfmws, targets: [8] })],

  ['LINUX_TABLE_UNUSED', '', Aest.encode({ kind: 'revision2', nodes: [] })],
  [
    'HEST_DUPLICATE_SOURCE_ID',
    'sources[1].sourceId',
    hest(ghes(), ghes({ errorStatusAddress: memoryRegister(8, 64) })),
  ],
  ['LINUX_HEST_DUPLICATE_SOURCE_ID', 'sources[1].sourceId', hest(ghes(), ghes())],
  ['HEST_RELATED_SOURCE_MISSING', 'sources[0].relatedSourceId', hest(ghes({ relatedSourceId: 9 }))],
  ['HEST_RELATED_SOURCE_SELF', 'sources[0].relatedSourceId', hest(ghes({ relatedSourceId: 0 }))],
  ['HEST_ENABLED', 'sources[0].enabled', hest(ghes({ enabled: 2 }))],
  ['HEST_NO_RECORDS', 'sources[0].maxSections', hest(ghes({ maxSections: 0 }))],
  ['HEST_BLOCK_LENGTH', 'sources[0].errorStatusBlockLength', hest(ghes({ errorStatusBlockLength: 19 }))],
  [
    'LINUX_GHES_BLOCK_LENGTH',
    'sources[0].errorStatusBlockLength',
    hest(ghes({ errorStatusBlockLength: 19 })),
  ],
  [
    'LINUX_GHES_BLOCK_TOO_LONG',
    'sources[0].errorStatusBlockLength',
    hest(ghes({ errorStatusBlockLength: 65537 })),
  ],
  [
    'HEST_STATUS_ADDRESS',
    'sources[0].errorStatusAddress.address',
    hest(ghes({ errorStatusAddress: memoryRegister(0, 64) })),
  ],
  [
    'HEST_SHARED_STATUS_ADDRESS',
    'sources[1].errorStatusAddress.address',
    hest(ghes(), ghes({ sourceId: 1 })),
  ],
  [
    'HEST_SHARED_ACK_ADDRESS',
    'sources[0].readAck.address',
    hest(ghes({ readAck: memoryRegister(0x5ff8_0000, 64) })),
  ],
  ['HEST_POLL_INTERVAL', 'sources[0].notification.pollInterval', told(0)],
  ['LINUX_GHES_POLL_INTERVAL', 'sources[0].notification.pollInterval', told(0)],
  ['HEST_VECTOR', 'sources[0].notification.vector', told(10)],
  ['HEST_ACK_ADDRESS', 'sources[0].readAck.address', acks({ address: 0n })],
  [
    'HEST_ACK_MASK',
    'sources[0].readAckWrite',
    hest(ghes({ readAck: memoryRegister(8, 8), readAckWrite: 256n })),
  ],
  ['HEST_ACK_WRITES_NOTHING', 'sources[0].readAckWrite', hest(ghes({ readAckWrite: 0n }))],
  ['HEST_DUPLICATE_DEVICE', 'sources[1]', hest(aer(1), aer(2))],
  [
    'LINUX_HEST_UNKNOWN_SOURCE',
    'sources[1]',
    hest(ghes(), { kind: 'unknown', data: Uint8Array.of(12, 0, 1, 0) }),
  ],
  ['LINUX_HEST_OVERFLOW', 'sourceCount', Hest.encode({ sourceCount: 3, sources: [ghes()] })],
  ['LINUX_HEST_IGNORED_SOURCES', 'sources[0]', Hest.encode({ sourceCount: 0, sources: [ghes()] })],
  [
    'LINUX_HEST_X86_SOURCE',
    'sources[0]',
    hest({ kind: 'nonMaskableInterrupt', sourceId: 1, maxRawDataLength: 0 }),
  ],
  ['LINUX_GHES_DISABLED', 'sources[0].enabled', hest(ghes({ enabled: 0 }))],
  ['LINUX_GHES_EXTERNAL_INTERRUPT', 'sources[0].notification.type', told(1, { vector: 40 })],
  ['LINUX_GHES_NOTIFICATION', 'sources[0].notification.type', told(9)],
  ['LINUX_GHES_CONSTANT_POINTER', 'sources[0].errorStatusAddress', told(8)],
  ['LINUX_GHES_SEA_USER_ONLY', 'sources[0].notification.type', told(8)],
  ['LINUX_GHES_ERROR_DEVICE', 'sources[0].notification.type', told(10, { vector: 40 })],
  ['LINUX_GAR_ADDRESS', 'sources[0].readAck.address', acks({ address: 0n })],
  ['LINUX_GAR_ACCESS_SIZE', 'sources[0].readAck.accessSize', acks({ accessSize: 0 })],
  ['LINUX_GAR_WIDTH', 'sources[0].readAck.bitWidth', acks({ bitWidth: 64, accessSize: 3, address: 0x1004n })],
  ['LINUX_GAR_SPACE', 'sources[0].readAck.addressSpace', acks({ addressSpace: 10 })],
  ['LINUX_GAR_IO', 'sources[0].readAck.addressSpace', acks({ addressSpace: 1 })],

  ['BERT_REGION_LENGTH', 'regionLength', good.bert({ regionLength: 19 })],
  ['LINUX_BERT_REGION_LENGTH', 'regionLength', good.bert({ regionLength: 19 })],
  ['BERT_REGION_ADDRESS', 'regionAddress', good.bert({ regionAddress: 0n })],

  ['INSTRUCTION_MASK_WIDTH', 'entries[0].mask', einj([entry({ mask: 0x1_ffff_ffffn })])],
  ['INSTRUCTION_VALUE_WIDTH', 'entries[0].value', einj([entry({ instruction: 3, value: 2n, mask: 1n })])],
  ['INSTRUCTION_MASK_ZERO', 'entries[0].mask', einj([entry({ mask: 0n })])],
  ['INSTRUCTION_PRESERVE', 'entries[0].flags', einj([entry({ flags: { preserveRegister: true } })])],
  ['INSTRUCTION_NO_REGISTER', 'entries[0].register.address', einj([entry({ register: {} })])],
  ['INSTRUCTION_DIRECTION', 'entries[0].instruction', einj([entry({ instruction: 3, value: 1n })])],
  ['INSTRUCTION_HEADER_SIZE', 'headerSize', einj(einjEntries, { headerSize: 12 })],
  ['LINUX_INSTRUCTION_HEADER_SIZE', 'headerSize', einj(einjEntries, { headerSize: 16 })],
  ['ACTION_MISSING', 'entries.ExecuteOperation', einj(einjEntries.filter(({ action }) => action !== 5))],
  ['LINUX_ACTION_MISSING', 'entries.CheckBusyStatus', einj(einjEntries.filter(({ action }) => action !== 6))],
  ['LINUX_INSTRUCTION_UNKNOWN', 'entries[0].instruction', einj([entry({ instruction: 5 })])],
  ['LINUX_INSTRUCTION_COUNT', 'entryCount', einj(einjEntries, { entryCount: 4 })],
  ['EINJ_TRIGGER_IN_TABLE', 'entries[0].action', einj([entry({ action: 0xff })])],
  [
    'EINJ_NO_WAY_TO_SET_TYPE',
    'entries',
    einj(einjEntries.filter(({ action }) => action !== 2 && action !== 8)),
  ],
  ['LINUX_EINJ_NO_PARAMETERS', 'entries', einj(einjEntries.filter(({ action }) => action !== 8))],
  ['LINUX_EINJ_WRITES_PARAMETERS', 'entries[8].register.address', einj()],
  ['ERST_GOTO', 'entries[0].value', erst([{ action: 5, instruction: 15, value: 7n }])],
  ['ERST_ENDLESS_LOOP', 'entries[0].value', erst([{ action: 5, instruction: 15, value: 0n }])],
  ['LINUX_ERST_TIMEOUT', 'entries', erst(erstEntries.filter(({ action }) => action !== 16))],
];

describe('a broken table', () => {
  for (const [code, field, bytes] of BROKEN)
    test(`${code} ${field ?? ''}`, () => {
      assertFound(checkTable(bytes), code, field);
    });

  test('MISMATCH: a constant that is another', () => {
    const other = repaired(poke(Rsdp.encode({ xsdtAddress: 8n }), 7, 0x21));
    assertFound(checkTable(other), 'MISMATCH', 'signature');
  });

  test('of a revision that is not known still has its header and checksum checked', () => {
    const findings = checkTable(poke(Aest.encode({ kind: 'revision2', nodes: [] }), 8, 99));
    assertFound(findings, 'CHECKSUM', 'checksum');
  });

  test('that does not decode still has its header and checksum checked', () => {
    const bytes = poke(madt(gicd), 45, 0);
    const findings = checkTable(bytes);
    assertFound(findings, 'LENGTH', 'controllers[0].length');
    assertFound(findings, 'CHECKSUM', 'checksum');
  });
});

const tables = (more: Record<string, Uint8Array | undefined>) =>
  checkTables(
    Object.entries({ ...good.goodTables(), ...more }).flatMap(([name, bytes]) =>
      bytes === undefined ? [] : [{ name, bytes }],
    ),
  );

const SETS: readonly (readonly [
  code: string,
  table: string | undefined,
  more: Record<string, Uint8Array | undefined>,
])[] = [
  ['TABLES_NO_FADT', undefined, { FACP: undefined }],
  ['TABLES_NO_DSDT', undefined, { DSDT: undefined }],
  ['TABLES_NO_MADT', undefined, { APIC: undefined }],
  ['TABLES_DUPLICATE', 'again', { again: hest() }],
  ['TABLES_XSDT_ENTRIES', 'XSDT', { XSDT: good.xsdt(1n) }],
  ['TABLES_FACS_MISSING', 'FACP', { FACP: fadt({ xFirmwareCtrl: 64n }) }],
  ['SRAT_UNKNOWN_PROCESSOR', 'SRAT', { SRAT: srat(placed(0), placed(1), placed(5)) }],
  ['SRAT_MISSING_PROCESSOR', 'SRAT', { SRAT: srat(placed(0)) }],
  ['SRAT_UNKNOWN_ITS', 'SRAT', { SRAT: srat({ kind: 'gicIts', proximityDomain: 0, itsId: 9 }) }],
  ['SLIT_LOCALITIES', 'SLIT', { SRAT: srat(placed(0), placed(1, { proximityDomain: 1 })) }],
  ['PPTT_UNKNOWN_PROCESSOR', 'PPTT', { PPTT: pptt(packageNode, core(0), core(9)) }],
  ['PPTT_MISSING_PROCESSOR', 'PPTT', { PPTT: pptt(packageNode, core(0)) }],
  ['IORT_UNKNOWN_ITS', 'IORT', { IORT: iort({ kind: 'itsGroup', itsIds: [3] }) }],
  ['IORT_UNKNOWN_SEGMENT', 'IORT', { IORT: iort(itsGroup, rootComplex({ segment: 6 })) }],
  ['MCFG_WITHOUT_IORT', 'MCFG', { IORT: iort(itsGroup) }],
  ['HEST_NO_ERROR_DEVICE', 'HEST', { DSDT: good.dsdt(new Uint8Array(8)) }],
  ['LINUX_GHES_NO_ERROR_DEVICE', 'HEST', { DSDT: good.dsdt(new Uint8Array(8)) }],
  ['HEST_NO_SDEI', 'HEST', { HEST: told(11, { vector: 5 }), SDEI: undefined }],
  ['LINUX_GHES_NO_SDEI', 'HEST', { HEST: told(11, { vector: 5 }), SDEI: undefined }],
];

describe('tables that contradict one another', () => {
  for (const [code, table, more] of SETS)
    test(code, () => {
      assert.equal(assertFound(tables(more), code, undefined).table, table);
    });
});

/** Sections byte by byte, with numbers (size, offset, number of bytes) in them. */
function bytesOf(
  length: number,
  ...words: readonly (readonly [at: number, value: number, size: 1 | 2 | 4])[]
) {
  const data = new Uint8Array(length);
  for (const [at, value, size] of words)
    for (let i = 0; i < size; i++) data[at + i] = (value >>> (8 * i)) & 0xff;
  return data;
}

const ARM = 'e19e3d16-bc11-11e4-9caa-c2051d5d46b0';
const PCIE = 'd995e954-bbc1-430f-ad91-b44dcb3c6f35';
const CXL_PROTOCOL = '80b9efb4-52b5-4de3-a777-68784b771048';
const CXL_DRAM = '601dcbb3-9c06-4eab-b8af-4e9bfb5c9624';
/** One error information structure: a cache error (bit 1) with a physical fault address (validation bit 4). */
const arm = (length = 32, type = 2) =>
  bytesOf(72, [4, 1, 2], [8, 72, 4], [41, length, 1], [42, 16, 2], [44, type, 1], [64, 0x4000_5000, 4]);
const pcie = bytesOf(208, [0, 0x88, 4]);
const cxlEvent = bytesOf(144, [0, 144, 4], [4, 4, 4], [32, 128, 1]);
const cxlProtocol = bytesOf(116 + 88, [0, 0x43, 4], [110, 88, 2]);
const memorySet = (more: object) =>
  block({ entries: [dataEntry({ section: { ...memorySection, ...more } })] });

const BLOCKS: readonly (readonly [code: string, field: string | undefined, bytes: Uint8Array])[] = [
  ['GESB_TOO_SHORT', '', block().subarray(0, 19)],
  ['GESB_EMPTY', 'blockStatus', block({ blockStatus: {} })],
  ['GESB_STATUS', 'blockStatus.uncorrectable', block({ blockStatus: { correctable: true, entryCount: 1 } })],
  [
    'GESB_ENTRY_COUNT',
    'blockStatus.entryCount',
    block({ blockStatus: { uncorrectable: true, entryCount: 2 } }),
  ],
  ['GESB_NO_ENTRIES', 'blockStatus', block({ blockStatus: { uncorrectable: true }, entries: [] })],
  ['GESB_DATA_LENGTH', 'dataLength', poke(block(), 12, 200)],
  ['GESB_RAW_DATA_OFFSET', 'rawDataOffset', poke(block({ rawData: Uint8Array.of(1, 2) }), 4, 30)],
  ['GESB_SEVERITY', 'severity', block({ severity: 2 })],
  ['GESB_SEVERITY_HIGHER', 'severity', block({ severity: 1 })],
  ['GESB_ENTRY_REVISION', 'entries[0].revision', block({ entries: [dataEntry({ revision: 0x301 })] })],
  ['GESB_FOLLOWING_BYTES', '', Uint8Array.of(...block(), 1)],
  ['LINUX_GESB_REFUSED', 'dataLength', poke(block(), 12, 20)],
  ['STATED_LENGTH', 'entries[0].section.sectionLength', rawBlock(CXL_DRAM, poke(cxlEvent, 0, 143))],
  ['CONTENT_WITHOUT_VALIDATION_BIT', 'entries[0].section.node', memorySet({ unvalidated: { node: 7 } })],
  ['VALIDATION_BIT_UNKNOWN', 'entries[0].section.validationBits', memorySet({ validationBits: 1n << 40n })],
  [
    'VALIDATION_BIT_BEYOND_LENGTH',
    'entries[0].section.rank',
    rawBlock(PLATFORM_MEMORY, bytesOf(73, [0, 0x8000, 4])),
  ],
  ['VALID_BUT_EMPTY', 'entries[0].fruText', block({ entries: [dataEntry({ fruText: '' })] })],
  [
    'TIMESTAMP_INVALID',
    'entries[0].timestamp',
    block({ entries: [dataEntry({ timestamp: new Uint8Array(8).fill(0xa0) })] }),
  ],
  [
    'UNKNOWN_SECTION',
    'entries[0].section',
    rawBlock('00000000-0000-0000-0000-00000000000f', new Uint8Array(8)),
  ],
  ['SECTION_LENGTH', 'entries[0].section', rawBlock(PLATFORM_MEMORY, new Uint8Array(20))],
  ['MEMORY_ROW_TWICE', 'entries[0].section.validationBits', memorySet({ row: 1, extendedRow: 1 })],
  [
    'MEMORY_BANK_TWICE',
    'entries[0].section.validationBits',
    memorySet({ validationBits: 6n | (1n << 6n) | (1n << 19n) }),
  ],
  ['MEMORY_ADDRESS_MASK', 'entries[0].section.physicalAddress', memorySet({ physicalAddress: 0x4000_5001n })],
  ['LINUX_SECTION_TOO_SHORT', 'entries[0].section', rawBlock(PCIE, new Uint8Array(207))],
  [
    'LINUX_SECTION_UNKNOWN',
    'entries[0].section',
    rawBlock('00000000-0000-0000-0000-00000000000f', new Uint8Array(8)),
  ],
  ['LINUX_ARM_SECTION_LENGTH', 'entries[0].section.sectionLength', rawBlock(ARM, poke(arm(), 8, 73))],
  ['LINUX_ARM_ERROR_LENGTH', 'entries[0].section', rawBlock(ARM, arm(33))],
  ['LINUX_ARM_ERROR_TYPE', 'entries[0].section.errorInformation[0].type', rawBlock(ARM, arm(32, 1))],
  ['UNKNOWN_VALUE', 'entries[0].section.errorInformation[0].type', rawBlock(ARM, arm(32, 0x20))],
  [
    'LINUX_ARM_CONTEXT_PADDING',
    'entries[0].section.contextInformation[0].registerArraySize',
    rawBlock(
      ARM,
      bytesOf(168, [4, 1, 2], [6, 2, 2], [8, 168, 4], [41, 32, 1], [44, 2, 1], [76, 0x24, 4], [116, 32, 4]),
    ),
  ],
  ['LINUX_CXL_EVENT_LENGTH', 'entries[0].section', rawBlock(CXL_DRAM, poke(cxlEvent, 0, 32))],
  ['LINUX_CXL_EVENT_INVALID', 'entries[0].section', rawBlock(CXL_DRAM, poke(cxlEvent, 4, 0))],
  ['LINUX_CXL_PROTOCOL_INVALID', 'entries[0].section', rawBlock(CXL_PROTOCOL, poke(cxlProtocol, 110, 80))],
];

describe('a broken error status block', () => {
  for (const [code, field, bytes] of BLOCKS)
    test(`${code} ${field ?? ''}`, () => {
      assertFound(checkErrorStatusBlock(bytes), code, field);
    });
});

test('a block that is longer than its source says, or than Linux takes', () => {
  const { byteLength } = block();
  assert.deepEqual(checkErrorStatusBlock(block(), { blockLength: byteLength }), []);
  const findings = checkErrorStatusBlock(block(), { blockLength: byteLength - 1 });
  assertFound(findings, 'GESB_TOO_LONG', '');
  assertFound(findings, 'LINUX_GESB_TOO_LONG', '');
  const huge = rawBlock('00000000-0000-0000-0000-00000000000f', new Uint8Array(65536));
  assertFound(checkErrorStatusBlock(huge), 'LINUX_GESB_TOO_LONG', '');
});

test('a boot error region: blocks that Linux does not read or print', () => {
  const small = block();
  const zeros = new Uint8Array(64);
  const region = (...blocks: Uint8Array[]) =>
    checkBootErrorRegion(Uint8Array.of(...blocks.flatMap((each) => [...each])));
  assert.deepEqual(region(small, small, zeros).filter(bad), []);
  const last = region(small, small.subarray(0, 100));
  assert.equal(assertFound(last, 'LINUX_BERT_TRUNCATED', 'blocks[1]').offset, small.byteLength);
  assertFound(region(poke(small, 12, 200, 0), new Uint8Array(300)), 'LINUX_BERT_INVALID', 'blocks[0]');
  assertFound(
    region(rawBlock('00000000-0000-0000-0000-00000000000f', new Uint8Array(1000))),
    'LINUX_BERT_TOO_LONG',
    'blocks[0]',
  );
  assertFound(region(small, small, small, small, small, small), 'LINUX_BERT_TOO_MANY', 'blocks[5]');
});

const RECORDS: readonly (readonly [code: string, field: string | undefined, bytes: Uint8Array])[] = [
  ['RECORD_TOO_SHORT', '', record().subarray(0, 127)],
  ['MISMATCH', 'signature', poke(record(), 0, 0x44)],
  ['MISMATCH', 'signatureEnd', poke(record(), 6, 0)],
  ['RECORD_LENGTH', 'recordLength', record().subarray(0, 250)],
  ['RECORD_FOLLOWING_BYTES', 'recordLength', Uint8Array.of(...record(), 0)],
  ['RECORD_NO_SECTIONS', 'sectionCount', record({ sections: [] })],
  ['RECORD_DESCRIPTORS_OUTSIDE', 'sectionCount', poke(record(), 10, 9)],
  ['RECORD_SECTION_OUTSIDE', 'sections[0].sectionOffset', poke(record(), 128, 0xf0)],
  ['RECORD_SECTION_OVERLAP', 'sections[0].sectionOffset', poke(record(), 128, 0x90)],
  ['RECORD_SEVERITY', 'severity', record({ severity: 3 })],
  ['RECORD_SEVERITY_HIGHER', 'severity', record({ severity: 1 })],
  [
    'RECORD_PRIMARY_SECTIONS',
    'sections',
    record({ sections: [section({ flags: { primary: true } }), section({ flags: { primary: true } })] }),
  ],
  ['RECORD_REVISION', 'revision', record({ revision: 0x102 })],
  [
    'RECORD_NOTIFICATION',
    'notificationType',
    record({ notificationType: '00000000-0000-0000-0000-000000000001' }),
  ],
  ['TIMESTAMP_INVALID', 'timestamp', record({ timestamp: new Uint8Array(8).fill(0xa0) })],
  ['RESERVED_NOT_ZERO', 'sections[0].reserved', poke(record(), 139, 1)],
];

describe('a broken record', () => {
  for (const [code, field, bytes] of RECORDS)
    test(`${code} ${field ?? ''}`, () => {
      assertFound(checkCperRecord(bytes), code, field);
    });
});

const severe = (severity: number, more: object = {}) =>
  block({ severity, entries: [dataEntry({ severity, ...more })] });
const sea: EffectOptions = { notification: 'sea' };

const EFFECTS: readonly (readonly [code: string, block: Uint8Array, options?: EffectOptions])[] = [
  ['EFFECT_NOTHING', block({ blockStatus: {} })],
  ['EFFECT_REFUSED', poke(block(), 12, 20)],
  ['EFFECT_KERNEL_OOPS', severe(0), sea],
  ['EFFECT_ABORT', block({ blockStatus: {} }), sea],
  ['EFFECT_PANIC', severe(1)],
  ['EFFECT_PANIC', severe(7)],
  ['EFFECT_PAGE_OFFLINE', severe(0)],
  ['EFFECT_PAGE_OFFLINE', severe(0), { notification: 'polled' }],
  ['EFFECT_PROCESS_KILLED', severe(0), sea],
  ['EFFECT_PROCESS_KILLED', rawBlock(ARM, arm()), sea],
  ['EFFECT_SIGBUS', severe(2), sea],
  ['EFFECT_SIGBUS', rawBlock(ARM, arm(32, 4)), sea],
  ['EFFECT_SOFT_OFFLINE', severe(2, { flags: { thresholdExceeded: true } })],
  ['EFFECT_LOGGED', severe(2)],
  ['EFFECT_LOGGED', severe(0), { notification: 'boot' }],
  [
    'EFFECT_NOT_PRINTED',
    rawBlock('00000000-0000-0000-0000-00000000000f', new Uint8Array(1000)),
    { notification: 'boot' },
  ],
  ['EFFECT_ONE_PAGE', memorySet({ physicalAddress: 0n, physicalAddressMask: 0xffff_ffff_ffe0_0000n })],
  ['EFFECT_DUPLICATE', block({ entries: [dataEntry({ timestamp: undefined })] })],
  ['EFFECT_PCIE_CORRECTED', rawBlock(PCIE, pcie, { severity: 2 })],
  ['EFFECT_PCIE_RECOVERY', rawBlock(PCIE, pcie)],
  ['EFFECT_PCIE_RESET', rawBlock(PCIE, pcie, { flags: { reset: true } })],
  ['EFFECT_CXL', rawBlock(CXL_DRAM, cxlEvent)],
  ['EFFECT_CXL', rawBlock(CXL_PROTOCOL, cxlProtocol), { kernel: '6.15' }],
  ['EFFECT_LOGGED', rawBlock(CXL_PROTOCOL, cxlProtocol), { kernel: '6.12' }],
  ['EFFECT_LOGGED', rawBlock(CXL_DRAM, cxlEvent), { kernel: '6.1' }],
];

describe('what a record would do', () => {
  for (const [i, [code, bytes, options]] of EFFECTS.entries())
    test(`${code} (${i})`, () => {
      const effects = effectOf(bytes, options);
      assertFound(effects, code, undefined);
      assert.deepEqual(
        effects.filter(({ severity, rules }) => severity === 'error' || rules !== 'effect'),
        [],
      );
    });

  test('of several sections, the last that could take a page decides about a synchronous abort', () => {
    const corrected = dataEntry({ severity: 2 });
    const codes = (entries: object[]) => effectOf(block({ entries }), sea).map(({ code }) => code);
    assert.ok(codes([dataEntry(), corrected]).includes('EFFECT_SIGBUS'));
    assert.ok(!codes([corrected, dataEntry()]).includes('EFFECT_SIGBUS'));
  });

  test('a block may be given as a value', () => {
    const value = ErrorStatusBlock.decode(block());
    assert.deepEqual(effectOf(value), effectOf(block()));
  });
});

test('NO_RECORD: bytes of a log that are no record', async () => {
  async function* log() {
    yield record();
    yield Uint8Array.of(7, 7, 7);
  }
  const codes: string[][] = [];
  for await (const { findings } of checkRecords(log())) codes.push(findings.map(({ code }) => code));
  assert.deepEqual(codes.slice(1), [['NO_RECORD']]);
  found.add('NO_RECORD');
});

test('every kind of finding is found in one of the broken', () => {
  const kinds = Object.entries(FINDINGS);
  assert.ok(kinds.length > 200);
  for (const [code, kind] of kinds) {
    assert.equal(kind.code, code);
    assert.match(code, /^[A-Z0-9]+(_[A-Z0-9]+)+$|^(TRUNCATED|LENGTH|MISMATCH|CHECKSUM|COUNT)$/);
    assert.match(kind.meaning, /^\S.*[^.]$/);
    assert.equal(kind.rules !== 'specification', kind.kernels !== undefined, code);
    assert.equal(code.startsWith('LINUX_'), kind.rules === 'linux', code);
    assert.equal(code.startsWith('EFFECT_'), kind.rules === 'effect', code);
  }
  assert.deepEqual(
    kinds.map(([code]) => code).filter((code) => !found.has(code)),
    [],
  );
  assert.ok([...found].every((code) => Object.hasOwn(FINDINGS, code)));
});

test('what a declaration says goes by the specification of its structure', () => {
  const [finding] = checkErrorStatusBlock(memorySet({ errorType: 99 }));
  assert.deepEqual(finding, {
    code: 'UNKNOWN_VALUE',
    severity: 'warning',
    rules: 'specification',
    field: 'entries[0].section.errorType',
    offset: 20 + 72 + 72,
    reason: finding!.reason,
    source: 'UEFI 2.11, N.2.5',
  });
  assert.match(finding!.reason, /^99 \(0x63\) has no name: there are 0 Unknown, 1 NoError, /);
});

test('what keeps bytes from being decoded goes by the codes of AcpiError', () => {
  for (const code of ['TRUNCATED', 'LENGTH', 'MISMATCH', 'CHECKSUM']) {
    assert.ok(Object.hasOwn(ACPI_ERROR_CODES, code));
    assert.equal(FINDINGS[code]!.severity, 'error');
  }
});

describe('what is good', () => {
  for (const [name, bytes] of Object.entries(good.goodTables()))
    test(`${name} has nothing but notes`, () => {
      assert.deepEqual(checkTable(bytes).filter(bad), []);
    });

  test('tables that belong together have nothing but notes', () => {
    assert.deepEqual(tables({}).filter(bad), []);
  });

  for (const kind of Object.keys(SECTIONS) as SectionKind[])
    test(`samples of ${kind} have nothing but notes`, () => {
      for (let seed = 1; seed <= 20; seed++) {
        const sample = ErrorStatusBlock.encode(sampleErrorStatusBlock([kind], seed));
        assert.deepEqual(shown(checkErrorStatusBlock(sample).filter(bad)), [], `seed ${seed}`);
        const whole = CperRecord.encode(sampleCperRecord([kind, 'memory'], seed));
        assert.deepEqual(shown(checkCperRecord(whole).filter(bad)), [], `seed ${seed}`);
      }
    });
});

describe('locate', () => {
  const whole = record();
  test('finds a member through lists, unions, nested structures and sections', () => {
    const table = hest(ghes(), ghes({ sourceId: 1 }));
    // GHESv2 has 92 bytes, its notification stands at 32, the vector at 8 in that.
    assert.deepEqual(locate(Hest, table, 'sources[1].notification.vector'), {
      offset: 40 + 92 + 32 + 8,
      size: 4,
    });
    // Header of 128 bytes and a descriptor of 72; a memory error has its address at 16.
    assert.deepEqual(locate(CperRecord, whole, 'sections[0].section.physicalAddress'), {
      offset: 216,
      size: 8,
    });
    assert.deepEqual(locate(CperRecord, whole, 'sections[0].severity'), { offset: 128 + 48, size: 4 });
    const at = locate(ErrorStatusBlock, block(), 'entries[0].section.physicalAddress');
    assert.deepEqual(at, { offset: 20 + 72 + 16, size: 8 });
  });

  test('takes the path of a member whose validation bit is clear, and of a part of a bit field', () => {
    const bytes = MemoryError.encode({ unvalidated: { node: 7 } });
    assert.deepEqual(locate(MemoryError, bytes, 'unvalidated.node'), { offset: 32, size: 2 });
    assert.deepEqual(locate(ErrorStatusBlock, block(), 'blockStatus.entryCount'), { offset: 0, size: 4 });
  });

  test('finds nothing where nothing is', () => {
    assert.equal(locate(Hest, hest(), 'sources[0].sourceId'), undefined);
    assert.equal(locate(Hest, new Uint8Array(3), 'signature'), undefined);
  });
});

describe('any bytes', () => {
  const flips = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 4 });
  const spoiled = (all: readonly Uint8Array[]) =>
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.constantFrom(...all), flips, fc.nat(400)).map(([bytes, changes, cut]) => {
        const changed = Uint8Array.from(bytes);
        for (const [at, value] of changes) changed[at % changed.length] = value;
        return changed.subarray(0, cut < 300 ? changed.length : Math.max(0, changed.length - (cut - 300)));
      }),
    );

  const holds = (findings: readonly Finding[], bytes: Uint8Array) => {
    for (const { code, offset, rules } of findings) {
      assert.equal(FINDINGS[code]?.rules, rules, code);
      if (offset !== undefined) assert.ok(offset >= 0 && offset <= bytes.length, `${code} at ${offset}`);
    }
  };

  test('of a table', () => {
    const all = Object.values(good.goodTables());
    fc.assert(
      fc.property(spoiled(all), (bytes) => holds(checkTable(bytes), bytes)),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.array(spoiled(all), { maxLength: 6 }), (many) => {
        checkTables(many.map((bytes, i) => ({ name: `${i}`, bytes })));
      }),
      { numRuns: 300 },
    );
  });

  for (const [signature, codec] of Object.entries(TABLES))
    test(`of a ${signature} with anything in it`, () => {
      fc.assert(
        fc.property(arbitraryOf(codec as never), (value) => {
          const bytes = codec.encode(value as never);
          holds(checkTable(bytes), bytes);
        }),
        { numRuns: 20 },
      );
    });

  test('of a block or record', () => {
    const kinds = Object.keys(SECTIONS) as SectionKind[];
    const blocks = kinds.map((kind) => ErrorStatusBlock.encode(sampleErrorStatusBlock([kind, 'memory'], 3)));
    fc.assert(
      fc.property(spoiled(blocks), (bytes) => {
        holds(checkErrorStatusBlock(bytes), bytes);
        holds(checkBootErrorRegion(bytes), bytes);
        for (const notification of ['sea', 'interrupt', 'boot'] as const)
          holds(effectOf(bytes, { notification }), bytes);
      }),
      { numRuns: 800 },
    );
    const records = kinds.map((kind) => CperRecord.encode(sampleCperRecord([kind, 'memory'], 3)));
    fc.assert(
      fc.property(spoiled(records), (bytes) => holds(checkCperRecord(bytes), bytes)),
      { numRuns: 800 },
    );
  });

  test('a record that has 20,000 sections, all in one place, is checked as fast as any', () => {
    const many = new Uint8Array(128 + 20_000 * 72);
    many.set(record().subarray(0, 128 + 72));
    const view = new DataView(many.buffer);
    view.setUint16(10, 20_000, true);
    view.setUint32(20, many.length, true);
    for (let i = 0; i < 20_000; i++) {
      view.setUint32(128 + i * 72, 200, true);
      view.setUint32(128 + i * 72 + 4, 1_000_000, true);
    }
    const start = performance.now();
    assertFound(checkCperRecord(many), 'RECORD_SECTION_OVERLAP', undefined);
    assert.ok(performance.now() - start < 20_000);
  });
});
