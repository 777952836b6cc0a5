import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CperRecord,
  checkCperRecord,
  checkErrorStatusBlock,
  DataEntryHeader,
  type Encodable,
  ERROR_STATUS_BLOCK_HEADER_SIZE,
  ErrorStatusBlock,
  MemoryError,
  MemoryErrorType,
  PLATFORM_MEMORY,
  SECTIONS,
  Severity,
} from '@rasvm/acpi';
import { hex } from './hex.ts';

type ErrorStatusBlockInput = Encodable<typeof ErrorStatusBlock>;

const memoryError = <T extends Encodable<typeof MemoryError>>(fields: T) => ({
  ...fields,
  kind: 'memory' as const,
});

const full: ErrorStatusBlockInput = {
  severity: Severity.Recoverable,
  entries: [
    {
      severity: Severity.Recoverable,
      flags: { primary: true },
      fruId: '01234567-89ab-cdef-0123-456789abcdef',
      fruText: 'guest RAM',
      timestamp: new Date('2025-02-28T23:59:58Z'),
      timestampPrecise: true,
      section: memoryError({
        physicalAddress: 0x4000_5000n,
        physicalAddressMask: 0xffff_ffff_ffff_f000n,
        errorType: MemoryErrorType.MultiBitEcc,
      }),
    },
  ],
};

test('sizes are those of the specifications', () => {
  assert.equal(ErrorStatusBlock.minSize, 20);
  assert.equal(ERROR_STATUS_BLOCK_HEADER_SIZE, ErrorStatusBlock.minSize);
  assert.deepEqual(DataEntryHeader.lengths, [64, 72]);
  assert.deepEqual(MemoryError.lengths, [73, 80]);
});

test('members stand where the specifications put them', () => {
  const offsets: [number, number][] = [
    [ErrorStatusBlock.block.field('rawDataOffset').offset, 4],
    [ErrorStatusBlock.block.field('rawDataLength').offset, 8],
    [ErrorStatusBlock.block.field('dataLength').offset, 12],
    [ErrorStatusBlock.block.field('severity').offset, 16],
    [DataEntryHeader.field('severity').offset, 16],
    [DataEntryHeader.field('revision').offset, 20],
    [DataEntryHeader.field('validationBits').offset, 22],
    [DataEntryHeader.field('flags').offset, 23],
    [DataEntryHeader.field('dataLength').offset, 24],
    [DataEntryHeader.field('fruId').offset, 28],
    [DataEntryHeader.field('fruText').offset, 44],
    [DataEntryHeader.field('timestamp').offset, 64],
    [MemoryError.field('errorStatus').offset, 8],
    [MemoryError.field('physicalAddress').offset, 16],
    [MemoryError.field('physicalAddressMask').offset, 24],
    [MemoryError.field('node').offset, 32],
    [MemoryError.field('bank').offset, 38],
    [MemoryError.field('bankAddress').offset, 38],
    [MemoryError.field('bankGroup').offset, 39],
    [MemoryError.field('device').offset, 40],
    [MemoryError.field('row').offset, 42],
    [MemoryError.field('column').offset, 44],
    [MemoryError.field('bitPosition').offset, 46],
    [MemoryError.field('requestorId').offset, 48],
    [MemoryError.field('responderId').offset, 56],
    [MemoryError.field('targetId').offset, 64],
    [MemoryError.field('errorType').offset, 72],
    [MemoryError.field('extendedRow').offset, 73],
    [MemoryError.field('chipId').offset, 73],
    [MemoryError.field('rank').offset, 74],
    [MemoryError.field('cardHandle').offset, 76],
    [MemoryError.field('moduleHandle').offset, 78],
  ];
  for (const [found, expected] of offsets) assert.equal(found, expected);
});

test("a block with QEMU's values is QEMU's block", () => {
  const block = ErrorStatusBlock.encode({
    // QEMU leaves the entry count at 0.
    blockStatus: { uncorrectable: true },
    severity: Severity.Recoverable,
    entries: [
      {
        severity: Severity.Recoverable,
        section: memoryError({ physicalAddress: 0x1_2345_6000n, errorType: MemoryErrorType.Unknown }),
      },
    ],
  });
  assert.equal(
    hex(block),
    '01000000' +
      '00000000' +
      '00000000' +
      '98000000' +
      '00000000' +
      '1411bca5646fde4eb8633e83ed7c83b1' +
      '00000000' +
      '0003' +
      '0000' +
      '50000000' +
      '00'.repeat(44) +
      '0240000000000000' +
      '00'.repeat(8) +
      '0060452301000000' +
      '00'.repeat(56),
  );
});

test('a full block, byte by byte', () => {
  assert.equal(
    hex(ErrorStatusBlock.encode(full)),
    '11000000' + // uncorrectable, one entry
      '0000000000000000' +
      '98000000' +
      '00000000' +
      '1411bca5646fde4eb8633e83ed7c83b1' +
      '00000000' +
      '0003' +
      '07' +
      '01' +
      '50000000' +
      '67452301ab89efcd0123456789abcdef' +
      `${Buffer.from('guest RAM').toString('hex')}${'00'.repeat(11)}` +
      '5859230128022520' + // 58 s, 59 min, 23 h, precise, 28 February 2025
      '0640000000000000' +
      '00'.repeat(8) +
      '0050004000000000' +
      '00f0ffffffffffff' +
      '00'.repeat(40) +
      '03' +
      '00'.repeat(7),
  );
});

test('decoding gives back what was encoded, and not more', () => {
  const decoded = ErrorStatusBlock.decode(ErrorStatusBlock.encode(full));
  assert.equal(decoded.blockStatus, undefined);
  assert.deepEqual(decoded.entries[0]!.section, full.entries[0]!.section);
  assert.equal(decoded.entries[0]!.fruText, 'guest RAM');
  assert.deepEqual(decoded.entries[0]!.timestamp, new Date('2025-02-28T23:59:58Z'));
  assert.deepEqual(ErrorStatusBlock.encode(decoded), ErrorStatusBlock.encode(full));
});

test('block status counts the entries and tells corrected from uncorrected', () => {
  const section = memoryError({});
  const status = (...severities: number[]) =>
    new DataView(
      ErrorStatusBlock.encode({
        severity: 0,
        entries: severities.map((severity) => ({ severity, section })),
      }).buffer,
    ).getUint32(0, true);
  assert.equal(status(Severity.Recoverable), 0x11);
  assert.equal(status(Severity.Fatal), 0x11);
  assert.equal(status(Severity.Corrected), 0x12);
  assert.equal(status(Severity.Informational), 0x10);
  assert.equal(status(Severity.Fatal, Severity.Recoverable, Severity.Corrected), 0x37);
  assert.equal(status(Severity.Corrected, Severity.Corrected), 0x2a);
});

test('PLATFORM_MEMORY is the GUID of the specification', () => {
  assert.equal(PLATFORM_MEMORY.toUpperCase(), 'A5BC1114-6F64-4EDE-B863-3E83ED7C83B1');
});

test('bank group and address, row extension and chip id share bytes with other members', () => {
  const block = MemoryError.encode({ bankGroup: 3, bankAddress: 7, extendedRow: 2, chipId: 5, rank: 1 });
  assert.deepEqual([block[38], block[39], block[73]], [7, 3, 0xa2]);
  const view = new DataView(block.buffer);
  assert.equal(view.getUint32(0, true), (1 << 15) | (1 << 18) | (1 << 19) | (1 << 20) | (1 << 21));
  assert.deepEqual(MemoryError.decode(block), {
    bankGroup: 3,
    bankAddress: 7,
    extendedRow: 2,
    chipId: 5,
    rank: 1,
  });
});

test('the section of 73 bytes that old firmware makes is read, and written again as it was', () => {
  const old = MemoryError.encode({ physicalAddress: 0x1000n, errorType: 8, length: 73 });
  assert.equal(old.length, 73);
  assert.deepEqual(MemoryError.decode(old), { physicalAddress: 0x1000n, errorType: 8, length: 73 });
});

test('entries of revision 0x201 have 64 bytes and no timestamp', () => {
  const block = ErrorStatusBlock.encode({
    severity: 2,
    entries: [{ severity: 2, revision: 0x201, fruText: 'old', section: memoryError({ node: 1 }) }],
  });
  assert.equal(block.length, 20 + 64 + 80);
  const entry = ErrorStatusBlock.decode(block).entries[0]!;
  assert.equal(entry.revision, 0x201);
  assert.equal(entry.fruText, 'old');
  assert.throws(
    () =>
      ErrorStatusBlock.encode({
        severity: 2,
        entries: [{ severity: 2, revision: 0x201, timestamp: new Date(), section: memoryError({}) }],
      }),
    { code: 'VALUE', field: 'entries[0].timestamp' },
  );
});

test('a timestamp that is no date is kept as its bytes', () => {
  const block = ErrorStatusBlock.encode(full);
  const at = 20 + 64;
  for (const [offset, byte] of [
    [0, 0x60],
    [4, 0x31],
    [5, 0x13],
    [6, 0x2a],
  ] as const) {
    const odd = Uint8Array.from(block);
    odd[at + offset] = byte;
    const decoded = ErrorStatusBlock.decode(odd);
    assert.ok(decoded.entries[0]!.timestamp instanceof Uint8Array);
    assert.equal(hex(ErrorStatusBlock.encode(decoded)), hex(odd));
  }
});

test('a block in a larger buffer is read without what follows; raw data may stand anywhere behind', () => {
  const buffer = new Uint8Array(1024).fill(0xaa);
  const block = { ...full, rawData: Uint8Array.from([1, 2, 3]), rawDataOffset: 400 };
  assert.equal(ErrorStatusBlock.encodeInto(buffer, 0, block), 403);
  const decoded = ErrorStatusBlock.decode(buffer);
  assert.deepEqual(decoded.rawData, Uint8Array.from([1, 2, 3]));
  assert.equal(decoded.rawDataOffset, 400);
  assert.equal(hex(ErrorStatusBlock.encode(decoded)), hex(buffer.subarray(0, 403)));
});

test('wrong values are refused with the field named', () => {
  const wrong: [object, string][] = [
    [memoryError({ node: 0x1_0000 }), 'entries[0].section.node'],
    [memoryError({ physicalAddress: 1 as never }), 'entries[0].section.physicalAddress'],
    [{ kind: 'none' }, 'entries[0].section.kind'],
    [{ kind: 'unknown', sectionType: PLATFORM_MEMORY }, 'entries[0].section.data'],
    [{ kind: 'unknown', sectionType: 'x', data: new Uint8Array() }, 'entries[0].section.sectionType'],
  ];
  for (const [section, field] of wrong)
    assert.throws(
      () => ErrorStatusBlock.encode({ severity: 0, entries: [{ severity: 0, section: section as never }] }),
      {
        name: 'AcpiError',
        code: 'VALUE',
        field,
      },
    );
});

test('a section that its type cannot be read from is kept byte by byte, the others are read; the check says why', () => {
  // An Arm processor section without the error information that it counts.
  const data = Uint8Array.from({ length: 40 }, (_, i) => (i === 4 ? 1 : 0));
  const section = { kind: 'unknown', sectionType: SECTIONS.armProcessor.sectionType, data } as const;
  const memory = { kind: 'memory', physicalAddress: 0x1000n } as const;
  const severity = Severity.Recoverable;
  const block = ErrorStatusBlock.encode({
    severity,
    entries: [
      { severity, section },
      { severity, section: memory },
    ],
  });
  const record = CperRecord.encode({
    severity,
    creatorId: PLATFORM_MEMORY,
    sections: [
      { severity, section },
      { severity, section: memory },
    ],
  });
  const decoded = ErrorStatusBlock.decode(block);
  assert.deepEqual(
    decoded.entries.map((entry) => entry.section),
    [section, memory],
  );
  assert.equal(hex(ErrorStatusBlock.encode(decoded)), hex(block));
  assert.equal(hex(CperRecord.encode(CperRecord.decode(record))), hex(record));
  for (const [findings, field] of [
    [checkErrorStatusBlock(block), 'entries[0].section.errorInformation[0]'],
    [checkCperRecord(record), 'sections[0].section.errorInformation[0]'],
  ] as const)
    assert.deepEqual(
      findings.filter(({ code }) => code === 'TRUNCATED').map(({ field, severity }) => [field, severity]),
      [[field, 'error']],
    );
});

test('every cut of a block is refused with AcpiError', () => {
  const block = ErrorStatusBlock.encode(full);
  for (let length = 0; length < block.length; length++)
    assert.throws(() => ErrorStatusBlock.decode(block.subarray(0, length)), { name: 'AcpiError' });
});
