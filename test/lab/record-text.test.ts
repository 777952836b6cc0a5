/** Records as text, word for word what a guest's kernel logs when it is told them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorStatusBlock, type SectionInput, sections } from '@rasvm/acpi/cper/sections';
import { Severity } from '@rasvm/acpi/cper/severity';
import { errorStatusBlockText, LINUX_LOGS, type LinuxSeries } from '@rasvm/acpi/cper/text/index';
import type { RasvmGuest } from '../../src/scenario/vmm/rasvm-guest.ts';
import { comparedKernels, withGuest } from './support.ts';

type Member<K extends SectionInput['kind']> = Extract<SectionInput, { kind: K }>;

/** ms in which Linux logs two records of a severity. */
const RATE = 5000;

/** ms for the lines of a record: the console of an emulated host on a busy machine takes its time. */
const PATIENCE = 120_000;

const word = (seed: number) => 0x0123_4567_89ab_cdefn ^ (BigInt(seed) << 56n);
const bytes = (length: number, seed: number) => Uint8Array.from({ length }, (_, i) => (7 * i + seed) & 0xff);

const MEMORY: Member<'memory'> = {
  kind: 'memory',
  errorStatus: { type: 4, address: true, data: true, overflow: true },
  physicalAddress: 0x1_2345_6000n,
  physicalAddressMask: 0xffff_ffff_ffff_f000n,
  node: 1,
  card: 2,
  module: 3,
  bank: 0x0405,
  device: 6,
  row: 0x789a,
  column: 0x0bcd,
  bitPosition: 17,
  requestorId: word(1),
  responderId: word(2),
  targetId: word(3),
  errorType: 2,
  rank: 4,
  cardHandle: 0x21,
  moduleHandle: 0x22,
  extendedRow: 2,
  chipId: 5,
};

/** Every error type, and one that is none. */
const MEMORY_TYPES: SectionInput[] = Array.from({ length: 17 }, (_, errorType) => ({
  kind: 'memory',
  errorStatus: { type: [0, 1, 4, 5, 6, 7, 8, 9, 16, 17, 18, 19, 20, 21, 22, 23, 24][errorType]! },
  errorType,
}));

const BANK_GROUP: SectionInput[] = [
  { kind: 'memory', length: 73, bank: 7, errorStatus: { type: 25 }, node: 0xffff },
  // Of this length the kernel does not believe it.
  { kind: 'memory', length: 73, physicalAddress: 0x1000n, bankAddress: 3 },
  { kind: 'memory', bankGroup: 3, bankAddress: 2, errorStatus: { type: 26 }, extendedRow: 1 },
];

const PROCESSORS: SectionInput[] = [0, 1, 2, 3].map((i) => ({
  kind: 'genericProcessor',
  processorType: i,
  isa: i + 1,
  errorType: [0, 5, 0xf, 0x1f][i]!,
  operation: i + 1,
  flags: { restartable: i > 0, preciseIp: i > 1, overflow: i > 2, corrected: true },
  level: i,
  cpuVersion: word(i),
  cpuBrand: 'A brand',
  processorId: word(i + 1),
  targetAddress: word(i + 2),
  requestorId: word(i + 3),
  responderId: word(i + 4),
  instructionPointer: word(i + 5),
}));

/** With every member, true and false, of each type as Linux reads it. */
const ARM_ERRORS: NonNullable<Member<'armProcessor'>['errorInformation']> = [
  [2, 9, true],
  [4, 8, false],
  [8, 6, true],
  [14, 3, false],
  [8, 0, false],
  [16, 1, true],
  [0x21, 1, true],
].map(([type, operation, set], i) => ({
  type: type as number,
  multipleError: i,
  flags: { first: i % 2 === 0, last: i % 2 === 1, propagated: i > 2, overflow: i > 3 },
  errorInformation: {
    transactionType: i % 4,
    operation: operation as number,
    level: i,
    processorContextCorrupt: set as boolean,
    corrected: !set,
    precisePc: set as boolean,
    restartablePc: set as boolean,
    participationType: i % 4,
    timeOut: set as boolean,
    addressSpace: (i + 1) % 4,
    memoryAttributes: 0x1f0 + i,
    accessMode: i % 2,
  },
  virtualFaultAddress: word(i),
  physicalFaultAddress: 0x4000_0000n + BigInt(i),
}));

const ARM: SectionInput[] = [
  {
    kind: 'armProcessor',
    errorAffinityLevel: 2,
    mpidr: 0x8000_0003n,
    midr: 0x410f_d0c0n,
    runningState: { running: true },
    psciState: 0xffff_fffe,
    errorInformation: ARM_ERRORS,
    contextInformation: [
      { kind: 'aarch64Gpr', x0: 1n, x30: word(1), sp: word(2) },
      { kind: 'aarch64El1', elrEl1: word(3), ttbr1El1: word(4) },
      { kind: 'aarch32Secure', sctlrS: 0x1234, spsrMon: 0x5678 },
    ],
    vendorInformation: bytes(22, 0x41),
  },
  // Nothing is valid, and a context that no kernel knows ends the text.
  {
    kind: 'armProcessor',
    errorInformation: [{ type: 2 }],
    contextInformation: [
      { kind: 'misc', registers: [{ mrs: { op2: 1, crm: 2, crn: 3, op1: 4, o0: 1 }, value: word(9) }] },
      { kind: 'ttbr128', vttbrEl2: [1n, 2n] },
    ],
  },
  { kind: 'armProcessor', sectionLength: 1000, errorInformation: [{ type: 4 }], contextInformation: [] },
  { kind: 'armProcessor', sectionLength: 60, errorInformation: [{ type: 4 }], contextInformation: [] },
];

const PCIE: Member<'pcie'> = {
  kind: 'pcie',
  portType: 4,
  version: { major: 3, minor: 1 },
  commandStatus: { command: { busMaster: true, serrEnable: true }, status: { detectedParityError: true } },
  deviceId: {
    vendorId: 0x1af4,
    deviceId: 0x1041,
    classCode: 0x020304,
    function: 7,
    device: 0x1f,
    segment: 0xabc,
    bus: 0x3d,
    secondaryBus: 0x0e,
    slot: { number: 0x123 },
  },
  serialNumber: 0x0000_0012_89ab_cdefn,
  bridge: { secondaryStatus: { receivedMasterAbort: true }, control: { serrEnable: true } },
  capability: { deviceStatus: { fatalErrorDetected: true } },
  aer: {
    uncorrectableStatus: { completionTimeout: true },
    uncorrectableMask: { unsupportedRequest: true },
    uncorrectableSeverity: { malformedTlp: true },
    correctableStatus: { badTlp: true },
    correctableMask: { badDllp: true },
    headerLog: [0x4000_0001, 0xf, 0xfee0_0000, 0x89ab_cdef],
  },
};

const PCIE_PORTS: SectionInput[] = [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11].map((portType) => ({
  kind: 'pcie',
  portType,
}));

/** A section of these bytes. */
function sectionOf(kind: keyof typeof sections.types, data: Uint8Array): SectionInput {
  const { sectionType } = sections.types[kind];
  return sections.read(sectionType, new DataView(data.buffer), 0, data.byteLength, {});
}

const FIRMWARE: SectionInput[] = [
  // Revision 0 has no GUID: an identifier of the record, and the record.
  sectionOf('firmware', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0, ...bytes(19, 0x30))),
  { kind: 'firmware', errorType: 1, revision: 1, recordGuid: '00112233-4455-6677-8899-aabbccddeeff' },
  {
    kind: 'firmware',
    errorType: 2,
    revision: 2,
    recordGuid: '8f87f311-c998-4d9e-a0c4-6065518c4f6d',
    record: bytes(40, 0x50),
  },
  { kind: 'firmware', errorType: 3, revision: 3 },
];

const CXL: SectionInput[] = [0, 1, 2, 3, 4, 5, 6, 7].map((agentType) => ({
  kind: 'cxlProtocol',
  agentType,
  ...(agentType === 1
    ? { rcrbBaseAddress: word(5) }
    : { agentAddress: { segment: 1, bus: 0x3f, device: agentType, function: 3 } }),
  deviceId: {
    vendorId: 0x8086,
    deviceId: 0x0d93,
    subsystemVendorId: 0x1234,
    subsystemId: 0x5678,
    classCode: 0x0502,
    slot: { number: 0x45 },
  },
  serialNumber: word(agentType),
  ...(agentType < 3 && {
    capability: { deviceStatus: { nonFatalErrorDetected: true } },
    dvsec: { header: { vendorId: 0x1e98, length: 24 }, id: 0, data: bytes(14, 1) },
    errorLog: {
      length: 88,
      uncorrectableStatus: { poison: true },
      uncorrectableMask: { internal: true },
      uncorrectableSeverity: { memDataEcc: true },
      correctableStatus: { crcThreshold: true },
      correctableMask: { memPoison: true },
      control: { firstErrorPointer: 10 },
      headerLog: Array.from({ length: 16 }, (_, i) => 0x1111_1111 * i),
    },
  }),
}));

/** What a kernel names only, or does not know at all and dumps. */
const DUMPED: SectionInput[] = (
  [
    'cxlGeneralMedia',
    'cxlDram',
    'cxlMemoryModule',
    'cxlMemorySparing',
    'memory2',
    'ia32x64Processor',
    'pciBus',
    'pciDevice',
    'dmarGeneric',
    'dmarVtd',
    'dmarIommu',
    'ccixPer',
  ] as const
).map((kind) => sectionOf(kind, new Uint8Array(sections.types[kind].codec.size)));

const UNKNOWN: SectionInput[] = [
  { kind: 'unknown', sectionType: '00112233-4455-6677-8899-aabbccddeeff', data: bytes(77, 0x1d) },
  { kind: 'unknown', sectionType: '00112233-4455-6677-8899-aabbccddeeff', data: bytes(32, 0x7a) },
  // Shorter than its type allows.
  { kind: 'unknown', sectionType: sections.types.memory.sectionType, data: bytes(72, 1) },
  { kind: 'unknown', sectionType: sections.types.pcie.sectionType, data: bytes(207, 1) },
];

/** The records, each of which is told once in {@link RATE}/2. The last section of each has its number. */
const RECORDS: readonly (readonly [number, readonly SectionInput[]])[] = [
  [Severity.Corrected, [MEMORY, ...BANK_GROUP, ...PROCESSORS, ...FIRMWARE]],
  [Severity.Corrected, [PCIE, ...ARM]],
  [Severity.Informational, [PCIE, ...PCIE_PORTS]],
  [Severity.Corrected, MEMORY_TYPES],
  [Severity.Informational, CXL],
  [Severity.Informational, [...DUMPED, ...UNKNOWN]],
];

for (const { series, path } of comparedKernels()) {
  test(`guest kernel ${series} logs each section as its text says`, { timeout: 900_000 }, async (t) => {
    assert.ok(series in LINUX_LOGS, `of Linux ${series} the words are not known`);
    await withGuest(
      { kernel: path, memory: '512M' },
      async (guest, step) => {
        // Lines about CXL are of a lower level than all others.
        await guest.command('loglevel 8');
        for (const [number, [severity, told]] of RECORDS.entries()) {
          const block = blockOf(number, severity, told);
          const logged = await logOf(guest, block);
          const said = entriesOf(
            errorStatusBlockText(ErrorStatusBlock.decode(block), {
              linux: series as LinuxSeries,
            }).split('\n'),
          );
          await step(`record ${number}: its header`, async () => assert.deepEqual(logged[0], said[0]));
          for (const [index, { kind }] of [...told, END].entries())
            await step(`record ${number}, section ${index}: ${kind}`, async () =>
              assert.deepEqual(logged[index + 1], said[index + 1]),
            );
          assert.equal(logged.length, said.length);
        }
        assert.deepEqual(await guest.powerOff(), { status: 0, signal: null });
      },
      t,
    );
  });
}

const END = { kind: 'unknown' } as const;

/** Entries of both revisions, with and without FRU and time. */
function blockOf(number: number, severity: number, told: readonly SectionInput[]): Uint8Array {
  const end: SectionInput = {
    kind: 'unknown',
    sectionType: 'ffeeddcc-bbaa-9988-7766-554433221100',
    data: Uint8Array.of(0xe0 + number),
  };
  return ErrorStatusBlock.encode({
    severity,
    entries: [...told, end].map((section, index) => ({
      severity,
      ...(index % 3 === 0 && { fruId: '01234567-89ab-cdef-0123-456789abcdef' }),
      ...(index % 2 === 0 && { fruText: index === 0 ? 'twenty characters it' : `FRU ${index}` }),
      ...(index % 4 === 1 ? { revision: 0x201 } : { timestampPrecise: index % 4 === 2 }),
      ...(index % 4 >= 2 && { timestamp: new Date(Date.UTC(1999 + index, index % 12, 28, 23, 59, index)) }),
      section,
    })),
  });
}

let lastTold = 0;

/** What the kernel says of the record, by entries; the first are the lines before them. */
async function logOf(guest: RasvmGuest, block: Uint8Array): Promise<string[][]> {
  await sleep(Math.max(0, lastTold + RATE / 2 + 500 - performance.now()));
  lastTold = performance.now();
  const from = guest.console.mark;
  await guest.injectRecord(block);
  await guest.kernelLine(/\[Hardware Error\]: {3}00000000: e\d {2}/, from, PATIENCE);
  const lines = guest.kernelLines(from).flatMap((line) => {
    const match = /^\{\d+\}\[Hardware Error\]: (.*)$/.exec(line);
    return match === null ? [] : [match[1]!.trimEnd()];
  });
  const [source, ...rest] = lines;
  assert.equal(source, 'Hardware error from APEI Generic Hardware Error Source: 1');
  return entriesOf(rest);
}

/** Lines from one ` Error N` to before the next, the time before it included. */
function entriesOf(lines: readonly string[]): string[][] {
  const entries: string[][] = [[]];
  for (const line of lines) {
    if (line === '') continue;
    const begins = / tstamp: /.test(line) || (/^ Error \d+, type: /.test(line) && !isTime(entries.at(-1)!));
    if (begins) entries.push([]);
    entries.at(-1)!.push(line);
  }
  return entries;
}

function isTime(lines: readonly string[]): boolean {
  return lines.length === 1 && / tstamp: /.test(lines[0]!);
}
