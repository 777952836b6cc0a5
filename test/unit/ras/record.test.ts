import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorStatusBlock } from '@rasvm/acpi';
import fc from 'fast-check';
import {
  encodeMemoryErrorRecord,
  encodeMemoryErrorRecords,
  memoryErrorRecord,
  type RecordSeverity,
  RecordTemplate,
} from '../../../src/ras/records/record.ts';
import { PAGES_PER_RECORD } from '../../../src/ras/sources/guest-pace.ts';
import { ERROR_BLOCK_LENGTH, MAX_SECTIONS } from '../../../src/ras/sources/record-area.ts';

const SEVERITIES: readonly RecordSeverity[] = ['corrected', 'recoverable', 'fatal'];

const content = fc.record({
  physicalAddress: fc.integer({ min: 0, max: 2 ** 52 - 1 }),
  physicalAddressMask: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fruText: fc.string({ maxLength: 20, unit: 'grapheme-ascii' }),
  timestamp: fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
});

for (const severity of SEVERITIES) {
  test(`a ${severity} record that is filled in is the record as it would be encoded, whatever was in it before`, () => {
    const template = new RecordTemplate(severity);
    fc.assert(
      fc.property(content, (values) => {
        assert.deepEqual(
          Buffer.from(template.fill(values)),
          Buffer.from(encodeMemoryErrorRecord(severity, values)),
        );
      }),
    );
  });
}

test('a record names the lost range by address and mask, and no two are the same', () => {
  const error = { id: 3, sequence: 1, gpa: 0x1_4020_0000, size: 0x20_0000, severity: 'recoverable' } as const;
  const first = Uint8Array.from(memoryErrorRecord(error).bytes);
  const { bytes, fruText } = memoryErrorRecord({ ...error, sequence: 2 });

  const { section, ...entry } = ErrorStatusBlock.decode(bytes).entries[0]!;
  assert.ok(section.kind === 'memory');
  assert.equal(section.physicalAddress, 0x1_4020_0000n);
  assert.equal(section.physicalAddressMask, 0xffff_ffff_ffe0_0000n);
  assert.equal(entry.fruText, fruText);
  assert.notDeepEqual(first, bytes);
});

test('a record of one severity is not the other’s', () => {
  const error = { id: 1, sequence: 1, gpa: 0x4000_0000, size: 4096 };
  for (const severity of SEVERITIES) {
    const { bytes } = memoryErrorRecord({ ...error, severity });
    const expected = { corrected: 2, recoverable: 0, fatal: 1 }[severity];
    const block = ErrorStatusBlock.decode(bytes);
    assert.deepEqual([block.severity, block.entries[0]!.severity], [expected, expected]);
  }
});

test('a block holds as many sections as the HEST says, and not one more', () => {
  const one = { physicalAddress: 0x4000_0000, physicalAddressMask: 0n, fruText: 'x', timestamp: new Date() };
  const lengthOf = (sections: number) =>
    encodeMemoryErrorRecords('recoverable', new Array(sections).fill(one)).length;
  assert.ok(lengthOf(MAX_SECTIONS) <= ERROR_BLOCK_LENGTH);
  assert.ok(lengthOf(MAX_SECTIONS + 1) > ERROR_BLOCK_LENGTH);
  assert.ok(PAGES_PER_RECORD <= MAX_SECTIONS);
});

test('records that share a block are told apart, and say when others are left out', () => {
  const timestamp = new Date('2026-01-01T00:00:00Z');
  const contents = [0x4000_0000, 0x4000_7000].map((physicalAddress, i) => ({
    ...{ physicalAddress, physicalAddressMask: 0xffff_ffff_ffff_f000n, fruText: `rasvm #${i}`, timestamp },
  }));
  for (const overflow of [false, true]) {
    const { entries } = ErrorStatusBlock.decode(encodeMemoryErrorRecords('recoverable', contents, overflow));
    assert.deepEqual(
      entries.map(({ section, fruText, flags }) => [
        section.kind === 'memory' && section.physicalAddress,
        fruText,
        flags?.overflow === true,
      ]),
      [
        [0x4000_0000n, 'rasvm #0', overflow],
        [0x4000_7000n, 'rasvm #1', overflow],
      ],
    );
  }
});
