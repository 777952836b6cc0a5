import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AcpiError,
  CperRecord,
  type Encodable,
  list,
  MemoryErrorType,
  RecordHeader,
  RecordNotification,
  SectionDescriptor,
  Severity,
} from '@rasvm/acpi';
import { guidOf } from './guid.ts';
import { hex } from './hex.ts';

type Input = Encodable<typeof CperRecord>;

const offsetsOf = (codec: { readonly fields: readonly { name: string; offset: number }[] }) =>
  Object.fromEntries(codec.fields.map(({ name, offset }) => [name, offset]));
const raw = (...bytes: number[]) =>
  ({
    kind: 'unknown',
    sectionType: '01234567-89ab-cdef-0123-456789abcdef',
    data: Uint8Array.from(bytes),
  }) as const;

test('header and descriptor are those of UEFI 2.11, tables N.1 and N.4', () => {
  assert.equal(RecordHeader.size, 128);
  assert.deepEqual(offsetsOf(RecordHeader), {
    signature: 0,
    revision: 4,
    signatureEnd: 6,
    sectionCount: 10,
    severity: 12,
    validationBits: 16,
    recordLength: 20,
    timestamp: 24,
    timestampPrecise: 27,
    timestampReserved: 27,
    platformId: 32,
    partitionId: 48,
    creatorId: 64,
    notificationType: 80,
    recordId: 96,
    flags: 104,
    persistenceInfo: 108,
    reserved: 116,
  });
  assert.equal(SectionDescriptor.size, 72);
  assert.deepEqual(offsetsOf(SectionDescriptor), {
    sectionOffset: 0,
    sectionLength: 4,
    revision: 8,
    validationBits: 10,
    reserved: 11,
    flags: 12,
    sectionType: 16,
    fruId: 32,
    severity: 48,
    fruText: 52,
  });
});

test('notification types are the GUIDs of the specification', () => {
  assert.deepEqual(RecordNotification, {
    Cmc: guidOf('{0x2DCE8BB1, 0xBDD7, 0x450e, {0xB9, 0xAD, 0x9C, 0xF4, 0xEB, 0xD4, 0xF8, 0x90}}'),
    Cpe: guidOf('{0x4E292F96, 0xD843, 0x4a55, {0xA8, 0xC2, 0xD4, 0x81, 0xF2, 0x7E, 0xBE, 0xEE}}'),
    Mce: guidOf('{0xE8F56FFE, 0x919C, 0x4cc5, {0xBA, 0x88, 0x65, 0xAB, 0xE1, 0x49, 0x13, 0xBB}}'),
    Pcie: guidOf('{0xCF93C01F, 0x1A16, 0x4dfc, {0xB8, 0xBC, 0x9C, 0x4D, 0xAF, 0x67, 0xC1, 0x04}}'),
    Init: guidOf('{0xCC5263E8, 0x9308, 0x454a, {0x89, 0xD0, 0x34, 0x0B, 0xD3, 0x9B, 0xC9, 0x8E}}'),
    Nmi: guidOf('{0x5BAD89FF, 0xB7E6, 0x42c9, {0x81, 0x4A, 0xCF, 0x24, 0x85, 0xD6, 0xE9, 0x8A}}'),
    Boot: guidOf('{0x3D61A466, 0xAB40, 0x409a, {0xA6, 0x98, 0xF3, 0x62, 0xD4, 0x64, 0xB3, 0x8F}}'),
    Dmar: guidOf('{0x667DD791, 0xC6B3, 0x4c27, {0x8A, 0x6B, 0x0F, 0x8E, 0x72, 0x2D, 0xEB, 0x41}}'),
    Sea: guidOf('{0x9A78788A, 0xBBE8, 0x11E4, {0x80, 0x9E, 0x67, 0x61, 0x1E, 0x5D, 0x46, 0xB0}}'),
    Sei: guidOf('{0x5C284C81, 0xB0AE, 0x4E87, {0xA3, 0x22, 0xB0, 0x4C, 0x85, 0x62, 0x43, 0x23}}'),
    Pei: guidOf('{0x09A9D5AC, 0x5204, 0x4214, {0x96, 0xE5, 0x94, 0x99, 0x2E, 0x75, 0x2B, 0xCD}}'),
    CxlComponent: guidOf('{0x69293BC9, 0x41DF, 0x49A3, {0xB4, 0xBD, 0x4F, 0xB0, 0xDB, 0x30, 0x41, 0xF6}}'),
  });
});

const memory: Input = {
  severity: Severity.Fatal,
  timestamp: new Date('2025-02-28T23:59:58Z'),
  timestampPrecise: true,
  platformId: '00112233-4455-6677-8899-aabbccddeeff',
  notificationType: RecordNotification.Sea,
  recordId: 0x0102_0304_0506_0708n,
  flags: { previousError: true },
  sections: [
    {
      severity: Severity.Fatal,
      flags: { primary: true },
      fruText: 'DIMM A1',
      section: { kind: 'memory', physicalAddress: 0x4000_5000n, errorType: MemoryErrorType.MultiBitEcc },
    },
  ],
};
const memoryHex = [
  '43504552 0101 ffffffff 0100 01000000 03000000 18010000', // CPER 1.1, one section, fatal, 280 bytes
  '58592301 28022520', // 58 s, 59 min, 23 h, precise, 28 February 2025
  '33221100554477668899aabbccddeeff',
  '00'.repeat(32),
  '8a78789ae8bbe411809e67611e5d46b0',
  '0807060504030201 02000000',
  '00'.repeat(20),
  'c8000000 50000000 0001 02 00 01000000', // at 200, 80 bytes, 1.0, FRU text, primary
  '1411bca5646fde4eb8633e83ed7c83b1',
  '00'.repeat(16),
  `01000000 ${Buffer.from('DIMM A1').toString('hex')}${'00'.repeat(13)}`,
  '0240000000000000',
  '00'.repeat(8),
  '0050004000000000',
  '00'.repeat(48),
  '03',
  '00'.repeat(7),
]
  .join('')
  .replaceAll(' ', '');

test('a record, byte by byte', () => {
  assert.equal(hex(CperRecord.encode(memory)), memoryHex);
  const { creatorId, persistenceInfo, revision, ...decoded } = CperRecord.decode(
    Uint8Array.from(Buffer.from(memoryHex, 'hex')),
  );
  assert.deepEqual(
    [creatorId, persistenceInfo, revision],
    ['00000000-0000-0000-0000-000000000000', 0n, 0x101],
  );
  assert.equal(decoded.recordLength, undefined);
  assert.equal(decoded.gaps, undefined);
  assert.equal(decoded.sections[0]!.sectionOffset, undefined);
  assert.deepEqual(decoded.sections[0]!.section, memory.sections[0]!.section);
  assert.equal(decoded.recordId, memory.recordId);
});

test('sections stand in any order, with or without bytes between them', () => {
  const record: Input = {
    severity: 0,
    sections: [
      { severity: 0, section: raw(1, 2, 3), sectionOffset: 300 },
      { severity: 1, section: raw(4, 5) },
      { severity: 2, section: raw(6), sectionOffset: 290 },
      { severity: 3, section: raw(), sectionOffset: 128 },
    ].map((each) => ({ revision: 0x100, ...each })),
    gaps: [{ offset: 291, data: Uint8Array.from([9, 0]) }],
  };
  // Four descriptors end at 416.
  assert.throws(() => CperRecord.encode(record), {
    code: 'VALUE',
    field: 'sections[2].sectionOffset',
    message: /290 is inside the descriptors, which ends at 416/,
  });
  const moved: Input = {
    ...record,
    sections: record.sections.map(({ sectionOffset, ...each }, i) => ({
      ...each,
      ...(i === 1 || sectionOffset === undefined ? {} : { sectionOffset: sectionOffset + 128 }),
    })),
    gaps: [{ offset: 419, data: Uint8Array.from([9, 0]) }],
  };
  const bytes = CperRecord.encode(moved);
  assert.equal(bytes.length, 433);
  assert.equal(hex(bytes.subarray(416)), `0000060900${'00'.repeat(7)}0102030405`);
  const decoded = CperRecord.decode(bytes);
  assert.deepEqual(
    decoded.sections.map(({ sectionOffset }) => sectionOffset),
    [428, undefined, 418, 256],
  );
  // A gap is told as a whole, up to the next section.
  assert.deepEqual(decoded.gaps, [{ offset: 419, data: Uint8Array.from([9, 0, 0, 0, 0, 0, 0, 0, 0]) }]);
  assert.equal(hex(CperRecord.encode(decoded)), hex(bytes));
});

test('room behind the last section is part of the record; what follows the record is not', () => {
  const bytes = CperRecord.encode({ ...memory, recordLength: 300 });
  assert.equal(bytes.length, 300);
  const buffer = new Uint8Array(400).fill(0xee);
  buffer.set(bytes);
  const decoded = CperRecord.decode(buffer);
  assert.equal(decoded.recordLength, 300);
  assert.equal(decoded.gaps, undefined);
  assert.equal(hex(CperRecord.encode(decoded)), hex(bytes));
  assert.throws(() => CperRecord.encode({ ...memory, recordLength: 279 }), {
    code: 'VALUE',
    field: 'recordLength',
  });
});

test('records behind one another are told apart by their lengths', () => {
  const one = CperRecord.encode(memory);
  const two = CperRecord.encode({ severity: 3, sections: [{ severity: 3, section: raw(7) }] });
  const log = new Uint8Array([...one, ...two, ...one]);
  const records = list(CperRecord).decode(log);
  assert.deepEqual(
    records.map(({ severity }) => severity),
    [1, 3, 1],
  );
});

/** The record with one byte string in place of what stands at an offset. */
function patched(offset: number, ...bytes: number[]): Uint8Array {
  const data = CperRecord.encode(memory);
  data.set(bytes, offset);
  return data;
}

test('what is no record is refused with the field named', () => {
  const wrong: [Uint8Array, string, string][] = [
    [patched(0, 0x44), 'MISMATCH', 'signature'],
    [patched(6, 0xfe), 'MISMATCH', 'signatureEnd'],
    [patched(20, 127, 0), 'LENGTH', 'recordLength'],
    [patched(20, 0xff, 0xff, 0xff, 0xff), 'TRUNCATED', 'recordLength'],
    [patched(10, 0xff, 0xff), 'TRUNCATED', 'sectionCount'],
    [patched(128, 199), 'LENGTH', 'sections[0].sectionOffset'],
    [patched(128, 0, 0, 0, 0), 'LENGTH', 'sections[0].sectionOffset'],
    [patched(128, 201), 'LENGTH', 'sections[0]'],
    [patched(128, 0xff, 0xff, 0xff, 0xff), 'LENGTH', 'sections[0]'],
    [patched(132, 0xff, 0xff, 0xff, 0xff), 'LENGTH', 'sections[0]'],
  ];
  for (const [data, code, field] of wrong)
    assert.throws(() => CperRecord.decode(data), { name: 'AcpiError', code, field });
});

test('every cut of a record is refused with AcpiError', () => {
  const bytes = CperRecord.encode(memory);
  for (let length = 0; length < bytes.length; length++)
    assert.throws(() => CperRecord.decode(bytes.subarray(0, length)), { name: 'AcpiError' });
});

test('sections that overlap are refused, whatever their number, before any is read', () => {
  const count = 0xffff;
  const data = new Uint8Array(128 + count * 72 + (1 << 20));
  data.set(CperRecord.encode({ severity: 0, sections: [] }));
  const view = new DataView(data.buffer);
  view.setUint16(10, count, true);
  view.setUint32(20, data.length, true);
  for (let i = 0; i < count; i++) {
    view.setUint32(128 + i * 72, 128 + count * 72, true);
    view.setUint32(128 + i * 72 + 4, 1 << 20, true);
  }
  const start = performance.now();
  assert.throws(() => CperRecord.decode(data), { code: 'LENGTH', field: 'sections[1].sectionOffset' });
  assert.ok(performance.now() - start < 5000);
});

test('a record of thousands of sections is read and written in time', () => {
  const sections = Array.from({ length: 5000 }, (_, i) => ({
    severity: i & 3,
    section: { kind: 'memory' as const, node: i },
  }));
  const start = performance.now();
  const bytes = CperRecord.encode({ severity: 0, sections });
  assert.equal(bytes.length, 128 + 5000 * (72 + 80));
  const decoded = CperRecord.decode(bytes);
  assert.deepEqual(decoded.sections[4321]!.section, { kind: 'memory', node: 4321 });
  assert.ok(performance.now() - start < 5000);
});

test('values that make no record are refused with the field named', () => {
  const section = raw(1);
  const wrong: [object, string][] = [
    [{ severity: 0 }, 'sections'],
    [{ severity: 0, sections: [{ severity: 0, section: { kind: 'none' } }] }, 'sections[0].section.kind'],
    [{ severity: 0, sections: [{ section }] }, 'sections[0].severity'],
    [{ severity: 0, sections: [{ severity: 0, section, sectionOffset: -1 }] }, 'sections[0].sectionOffset'],
    [{ severity: 0, sections: [{ severity: 0, section, sectionOffset: 199 }] }, 'sections[0].sectionOffset'],
    [{ severity: 0, sections: [], gaps: [{ offset: 5, data: new Uint8Array(1) }] }, 'gaps[0].offset'],
    [{ severity: 0, sections: [], recordLength: 2 ** 32 }, 'recordLength'],
    [{ severity: 0, sections: [{ severity: 0, section, sectionOffset: 2 ** 32 - 1 }] }, 'recordLength'],
    [{ sections: [] }, 'severity'],
  ];
  for (const [record, field] of wrong)
    assert.throws(
      () => CperRecord.encode(record as never),
      (error) => error instanceof AcpiError && error.code === 'VALUE' && error.field === field,
      field,
    );
});
