/** Records as text: the lines of the kernel's log, and what is added to them. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CperRecord,
  cperRecordText,
  ErrorStatusBlock,
  errorStatusBlockText,
  MemoryErrorType,
  RecordNotification,
  type Section,
  Severity,
  sections,
  sectionText,
  type TextOptions,
} from '@rasvm/acpi';

/** The text of what the section's bytes decode to. */
function textOf(section: Parameters<typeof sections.sizeOf>[0], options?: TextOptions): string[] {
  const bytes = new Uint8Array(sections.sizeOf(section));
  const view = new DataView(bytes.buffer);
  sections.write(view, 0, section);
  const decoded: Section = sections.read(sections.typeOf(section), view, 0, bytes.length, {});
  return sectionText(decoded, options).split('\n').slice(0, -1);
}

describe('a Generic Error Status Block', () => {
  test('reads as the log of Linux does', () => {
    const bytes = ErrorStatusBlock.encode({
      severity: Severity.Recoverable,
      entries: [
        {
          severity: Severity.Recoverable,
          timestamp: new Date('2026-11-21T10:00:59Z'),
          timestampPrecise: true,
          fruId: '12345678-9abc-def0-1234-56789abcdef0',
          fruText: 'DIMM A1',
          section: {
            kind: 'memory',
            errorStatus: { type: 4, data: true },
            physicalAddress: 0x1_2345_6000n,
            physicalAddressMask: 0xffff_ffff_ffff_f000n,
            node: 0,
            rank: 3,
            row: 0x1234,
            extendedRow: 2,
            requestorId: 7n,
            chipId: 5,
            errorType: MemoryErrorType.MultiBitEcc,
            moduleHandle: 0x11,
          },
        },
        {
          severity: Severity.Informational,
          revision: 0x201,
          section: {
            kind: 'unknown',
            sectionType: '00112233-4455-6677-8899-aabbccddeeff',
            data: Uint8Array.from({ length: 22 }, (_, i) => 0x41 + i),
          },
        },
      ],
    });
    assert.equal(
      errorStatusBlockText(ErrorStatusBlock.decode(bytes)),
      `event severity: recoverable
 precise tstamp: 2026-11-21 10:00:59
 Error 0, type: recoverable
 fru_id: 12345678-9abc-def0-1234-56789abcdef0
 fru_text: DIMM A1
  section_type: memory error
   error_status: Storage error in DRAM memory (0x0000000000040400)
  physical_address: 0x0000000123456000
  physical_address_mask: 0xfffffffffffff000
  node:0 rank:3 row:135732 requestor_id:0x0000000000000007 chip_id:5
  error_type: 3, multi-bit ECC
  DIMM location: not present. DMI handle: 0x0011
 Error 1, type: info
  section type: unknown, 00112233-4455-6677-8899-aabbccddeeff
  section length: 0x16
  00000000: 44434241 48474645 4c4b4a49 504f4e4d  ABCDEFGHIJKLMNOP
  00000010: 51 52 53 54 55 56                                QRSTUV
`,
    );
  });

  test('what the kernel passes over is there, and is left out where its log is wanted', () => {
    const block = ErrorStatusBlock.decode(
      ErrorStatusBlock.encode({
        severity: Severity.Corrected,
        blockStatus: { correctable: true, entryCount: 5 },
        rawData: Uint8Array.of(1, 2),
        entries: [
          {
            severity: Severity.Corrected,
            flags: { primary: true, latent: true },
            section: { kind: 'memory', cardHandle: 0x22, unvalidated: { column: 4 } },
          },
        ],
      }),
    );
    assert.equal(
      errorStatusBlockText(block),
      `It has been corrected by h/w and requires no further action
event severity: corrected
block_status: 0x00000052, correctable, entry count 5
 Error 0, type: corrected
 flags: 0x21, primary, latent
  section_type: memory error
  card_handle: 0x0022
  not valid, but not zero: column
raw_data: 01 02
`,
    );
    assert.equal(
      errorStatusBlockText(block, { linux: '7.3' }),
      `It has been corrected by h/w and requires no further action
event severity: corrected
 Error 0, type: corrected
  section_type: memory error
`,
    );
  });

  test('times that are no dates, severities that are none, text that a terminal would obey', () => {
    const block = ErrorStatusBlock.decode(
      ErrorStatusBlock.encode({
        severity: 4,
        entries: [
          {
            severity: 0x1_0001,
            timestamp: Uint8Array.of(0x99, 0, 0, 0, 0x32, 0x13, 0x26, 0x20),
            fruText: 'a\u001b[2J',
            section: {
              kind: 'unknown',
              sectionType: '00112233-4455-6677-8899-aabbccddeeff',
              data: new Uint8Array(),
            },
          },
        ],
      }),
    );
    assert.equal(
      errorStatusBlockText(block),
      `event severity: unknown
 imprecise tstamp: 2026-13-32 00:00:99
 Error 0, type: fatal
 fru_text: a\\x1b[2J
  section type: unknown, 00112233-4455-6677-8899-aabbccddeeff
  section length: 0
`,
    );
  });
});

describe('a memory section', () => {
  test('of the length before UEFI 2.3 is not believed by the kernel where it says more', () => {
    const section = { kind: 'memory', length: 73, physicalAddress: 0x1000n, bankGroup: 1 } as const;
    assert.deepEqual(textOf(section), [
      'section_type: memory error',
      'valid bits set for fields beyond structure',
      'physical_address: 0x0000000000001000',
      'bank_group:1',
    ]);
    assert.deepEqual(textOf(section, { linux: '7.2' }), ['section_type: memory error']);
  });

  test('that is too short is named and dumped', () => {
    const section = {
      kind: 'unknown',
      sectionType: 'a5bc1114-6f64-4ede-b863-3e83ed7c83b1',
      data: Uint8Array.of(1, 0, 0, 0),
    } as const;
    assert.deepEqual(textOf(section), [
      'section_type: memory error',
      'error section length is too small',
      '00000000: 00000001                             ....',
    ]);
    assert.deepEqual(textOf(section, { linux: '6.1' }), ['section_type: memory error']);
  });

  test('that its type cannot be read from says why, and is dumped', () => {
    const section = {
      kind: 'unknown',
      sectionType: 'e19e3d16-bc11-11e4-9caa-c2051d5d46b0',
      data: Uint8Array.from({ length: 40 }, (_, i) => (i === 4 ? 1 : 0)),
    } as const;
    assert.deepEqual(textOf(section).slice(0, 3), [
      'section_type: ARM processor error',
      'malformed section: errorInformation[0]: needs 32 bytes, 0 are left',
      '00000000: 00000000 00000001 00000000 00000000  ................',
    ]);
  });
});

test('a whole record has its header, its sections and what stands between them', () => {
  const bytes = CperRecord.encode({
    severity: Severity.Fatal,
    timestamp: new Date('2026-11-21T10:00:59Z'),
    platformId: '11111111-2222-3333-4444-555555555555',
    creatorId: '61fa3fac-cb80-4292-8bfb-d643b1de17f4',
    notificationType: RecordNotification.Sea,
    recordId: 0x1234n,
    flags: { previousError: true },
    sections: [
      {
        severity: Severity.Fatal,
        fruText: 'DIMM A1',
        flags: { primary: true },
        section: { kind: 'memory', node: 1 },
      },
      {
        severity: Severity.Informational,
        section: { kind: 'unknown', sectionType: RecordNotification.Cmc, data: Uint8Array.of(0x7f, 0x7e) },
      },
    ],
    gaps: [{ offset: 354, data: Uint8Array.of(1, 2, 3) }],
  });
  assert.equal(
    cperRecordText(CperRecord.decode(bytes)),
    `event severity: fatal
imprecise tstamp: 2026-11-21 10:00:59
record_id: 0x0000000000001234
creator_id: 61fa3fac-cb80-4292-8bfb-d643b1de17f4
platform_id: 11111111-2222-3333-4444-555555555555
notification_type: 9a78788a-bbe8-11e4-809e-67611e5d46b0, sea
flags: 0x00000002, previous error
persistence_info: 0x0000000000000000
 Error 0, type: fatal
 fru_text: DIMM A1
 flags: 0x00000001, primary
  section_type: memory error
  node:1
 Error 1, type: info
  section type: unknown, 2dce8bb1-bdd7-450e-b9ad-9cf4ebd4f890
  section length: 0x2
  00000000: 7f 7e                                            .~
bytes at 354: 01 02 03
`,
  );
});
