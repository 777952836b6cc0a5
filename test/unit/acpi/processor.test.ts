/** Generic and IA-32/x64 processor sections, memory 2. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as acpi from '@rasvm/acpi';
import {
  type Encodable,
  GenericProcessorError,
  Ia32X64BusCheck,
  Ia32X64CacheCheck,
  Ia32X64ContextInformation,
  Ia32X64ErrorInformation,
  Ia32X64MsCheck,
  Ia32X64ProcessorError,
  Ia32X64TlbCheck,
  MemoryError2,
} from '@rasvm/acpi';
import { guidOf } from './guid.ts';
import { hex } from './hex.ts';

const unhex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const offsetsOf = (codec: { readonly fields: readonly { name: string; offset: number; size: number }[] }) =>
  Object.fromEntries(codec.fields.filter(({ size }) => size > 0).map(({ name, offset }) => [name, offset]));

test('section types and check types are the GUIDs of the specification', () => {
  for (const [found, expected] of [
    [
      acpi.PROCESSOR_GENERIC,
      '{0x9876CCAD, 0x47B4, 0x4bdb, {0xB6, 0x5E, 0x16, 0xF1, 0x93, 0xC4, 0xF3, 0xDB}}',
    ],
    [
      acpi.PROCESSOR_IA32_X64,
      '{0xDC3EA0B0, 0xA144, 0x4797, {0xB9, 0x5B, 0x53, 0xFA, 0x24, 0x2B, 0x6E, 0x1D}}',
    ],
    [acpi.PLATFORM_MEMORY2, '{0x61EC04FC, 0x48E6, 0xD813, {0x25, 0xC9, 0x8D, 0xAA, 0x44, 0x75, 0x0B, 0x12}}'],
    [acpi.CACHE_CHECK, '{0xA55701F5, 0xE3EF, 0x43de, {0xAC, 0x72, 0x24, 0x9B, 0x57, 0x3F, 0xAD, 0x2C}}'],
    [acpi.TLB_CHECK, '{0xFC06B535, 0x5E1F, 0x4562, {0x9F, 0x25, 0x0A, 0x3B, 0x9A, 0xDB, 0x63, 0xC3}}'],
    [acpi.BUS_CHECK, '{0x1CF3F8B3, 0xC5B1, 0x49a2, {0xAA, 0x59, 0x5E, 0xEF, 0x92, 0xFF, 0xA6, 0x3C}}'],
    [acpi.MS_CHECK, '{0x48AB7F57, 0xDC34, 0x4f6c, {0xA7, 0xD3, 0xB0, 0xB5, 0xB0, 0xA7, 0x43, 0x14}}'],
  ] as const)
    assert.equal(found, guidOf(expected));
});

test('the generic processor section is that of UEFI 2.11, N.2.4.1', () => {
  assert.equal(GenericProcessorError.size, 192);
  assert.deepEqual(offsetsOf(GenericProcessorError), {
    validationBits: 0,
    processorType: 8,
    isa: 9,
    errorType: 10,
    operation: 11,
    flags: 12,
    level: 13,
    reserved: 14,
    cpuVersion: 16,
    cpuBrand: 24,
    processorId: 152,
    targetAddress: 160,
    requestorId: 168,
    responderId: 176,
    instructionPointer: 184,
  });
});

test('a generic processor section, byte by byte', () => {
  const value: Encodable<typeof GenericProcessorError> = {
    processorType: acpi.ProcessorType.Arm,
    isa: acpi.ProcessorIsa.ArmA64,
    errorType: acpi.ProcessorErrorType.Bus,
    operation: acpi.GenericProcessorOperation.DataWrite,
    flags: { restartable: true, preciseIp: false, overflow: false, corrected: true },
    level: 1,
    cpuVersion: 0x410f_d0c0n,
    cpuBrand: 'Cortex',
    processorId: 0x8000_0002n,
    targetAddress: 3n,
    requestorId: 4n,
    responderId: 5n,
    instructionPointer: 6n,
  };
  const text = [
    'ff1f000000000000 02 04 04 02 09 01 0000 c0d00f4100000000',
    `${Buffer.from('Cortex').toString('hex')}${'00'.repeat(122)}`,
    '0200008000000000 0300000000000000 0400000000000000 0500000000000000 0600000000000000',
  ].join('');
  assert.equal(hex(GenericProcessorError.encode(value)), text.replaceAll(' ', ''));
  assert.deepEqual(GenericProcessorError.decode(unhex(text)), value);
});

test('memory section 2 is that of UEFI 2.11, N.2.6', () => {
  assert.equal(MemoryError2.size, 96);
  assert.deepEqual(offsetsOf(MemoryError2), {
    validationBits: 0,
    errorStatus: 8,
    physicalAddress: 16,
    physicalAddressMask: 24,
    node: 32,
    card: 34,
    module: 36,
    bank: 38,
    bankAddress: 38,
    bankGroup: 39,
    device: 40,
    row: 44,
    column: 48,
    rank: 52,
    bitPosition: 56,
    chipId: 60,
    errorType: 61,
    status: 62,
    reserved: 63,
    requestorId: 64,
    responderId: 72,
    targetId: 80,
    cardHandle: 88,
    moduleHandle: 92,
  });
  const bits = Object.fromEntries(
    MemoryError2.fields.flatMap(({ name, validBit }) => (validBit === undefined ? [] : [[name, validBit]])),
  );
  assert.deepEqual(bits, {
    errorStatus: 0,
    physicalAddress: 1,
    physicalAddressMask: 2,
    node: 3,
    card: 4,
    module: 5,
    bank: 6,
    device: 7,
    row: 8,
    column: 9,
    rank: 10,
    bitPosition: 11,
    chipId: 12,
    errorType: 13,
    status: 14,
    requestorId: 15,
    responderId: 16,
    targetId: 17,
    cardHandle: 18,
    moduleHandle: 19,
    bankGroup: 20,
    bankAddress: 21,
  });
});

test('a memory section 2, byte by byte', () => {
  const value: Encodable<typeof MemoryError2> = {
    physicalAddress: 0x4000_5000n,
    bankAddress: 2,
    bankGroup: 1,
    row: 0x1_2345,
    chipId: 7,
    errorType: acpi.MemoryErrorType.ScrubUncorrected,
    status: { uncorrected: true },
    moduleHandle: 0x11,
  };
  const text = [
    '0271380000000000 0000000000000000 0050004000000000 0000000000000000',
    '0000 0000 0000 02 01 00000000 45230100 00000000 00000000 00000000 07 0e 01 00',
    '00'.repeat(24),
    '00000000 11000000',
  ].join('');
  assert.equal(hex(MemoryError2.encode(value)), text.replaceAll(' ', ''));
  assert.deepEqual(MemoryError2.decode(unhex(text)), value);
});

test('check information has its bits where the specification has them', () => {
  type Check = { encode(value: never): Uint8Array };
  const cases: [Check, object, number, number, number][] = [];
  for (const check of [Ia32X64CacheCheck, Ia32X64TlbCheck, Ia32X64BusCheck])
    cases.push(
      [check, { transactionType: 3 }, 0, 16, 17],
      [check, { operation: 15 }, 1, 18, 21],
      [check, { level: 7 }, 2, 22, 24],
      [check, { processorContextCorrupt: true }, 3, 25, 25],
      [check, { uncorrected: true }, 4, 26, 26],
      [check, { preciseIp: true }, 5, 27, 27],
      [check, { restartableIp: true }, 6, 28, 28],
      [check, { overflow: true }, 7, 29, 29],
    );
  cases.push(
    [Ia32X64BusCheck, { participationType: 3 }, 8, 30, 31],
    [Ia32X64BusCheck, { timeOut: true }, 9, 32, 32],
    [Ia32X64BusCheck, { addressSpace: 3 }, 10, 33, 34],
    [Ia32X64MsCheck, { errorType: 7 }, 0, 16, 18],
    [Ia32X64MsCheck, { processorContextCorrupt: true }, 1, 19, 19],
    [Ia32X64MsCheck, { uncorrected: true }, 2, 20, 20],
    [Ia32X64MsCheck, { preciseIp: true }, 3, 21, 21],
    [Ia32X64MsCheck, { restartableIp: true }, 4, 22, 22],
    [Ia32X64MsCheck, { overflow: true }, 5, 23, 23],
  );
  for (const [check, value, valid, first, last] of cases) {
    const bytes = check.encode(value as never);
    assert.equal(bytes.length, 8);
    const mask = ((1n << BigInt(last - first + 1)) - 1n) << BigInt(first);
    const found = new DataView(bytes.buffer).getBigUint64(0, true);
    assert.equal(found, mask | (1n << BigInt(valid)), Object.keys(value)[0]);
  }
});

const section: Encodable<typeof Ia32X64ProcessorError> = {
  localApicId: 5n,
  cpuid: { eax: 0x000906ean, ebx: 1n, ecx: 2n, edx: 3n },
  errorInformation: [
    { kind: 'tlb', checkInformation: { operation: 3, level: 1 }, targetId: 0x1000n },
    {
      kind: 'other',
      errorType: '01234567-89ab-cdef-0123-456789abcdef',
      checkInformation: 0x1122_3344_5566_7788n,
      instructionPointer: 9n,
    },
  ],
  contextInformation: [{ kind: 'msrs', msrAddress: 0x400, registers: [0x0102_0304_0506_0708n] }],
};
const sectionHex = [
  '0b01000000000000 0500000000000000', // both valid, 2 << 2, 1 << 8
  'ea06090000000000 0100000000000000 0200000000000000 0300000000000000',
  '00'.repeat(16),
  '35b506fc 1f5e 6245 9f250a3b9adb63c3 0300000000000000 06004c0000000000 0010000000000000',
  '00'.repeat(24),
  '67452301 ab89 efcd 0123456789abcdef 1100000000000000 8877665544332211',
  '00'.repeat(24),
  '0900000000000000',
  '0100 0800 00040000 0000000000000000 0807060504030201 0000000000000000',
]
  .join('')
  .replaceAll(' ', '');

test('an IA-32/x64 section, byte by byte; the counts stand in the validation bits', () => {
  assert.equal(Ia32X64ProcessorError.size, 64);
  assert.equal(hex(Ia32X64ProcessorError.encode(section)), sectionHex);
  assert.deepEqual(Ia32X64ProcessorError.decode(unhex(sectionHex)), {
    ...section,
    contextInformation: section.contextInformation,
  });
});

test('reserved bits beside the counts are not lost, counts beyond 63 or the section refused', () => {
  const bytes = Ia32X64ProcessorError.encode({ localApicId: 1n });
  bytes[2] = 0x80;
  bytes[5] = 1;
  const value = Ia32X64ProcessorError.decode(bytes);
  assert.deepEqual([value.reserved, value.reserved2], [0x200, 0x100]);
  assert.equal(hex(Ia32X64ProcessorError.encode(value)), hex(bytes));
  const errorInformation = new Array(64).fill({ kind: 'cache' });
  assert.throws(() => Ia32X64ProcessorError.encode({ errorInformation }), {
    code: 'VALUE',
    field: 'errorInformationCount',
  });
  bytes[0] = 4;
  assert.throws(() => Ia32X64ProcessorError.decode(bytes), { code: 'TRUNCATED' });
});

test('each kind of check has its GUID, and 64 bytes', () => {
  for (const [kind, guid] of [
    ['cache', 'f50157a5efe3de43ac72249b573fad2c'],
    ['tlb', '35b506fc1f5e62459f250a3b9adb63c3'],
    ['bus', 'b3f8f31cb1c5a249aa595eef92ffa63c'],
    ['microArchitectural', '577fab4834dc6c4fa7d3b0b5b0a74314'],
  ] as const) {
    const bytes = Ia32X64ErrorInformation.encode({ kind });
    assert.equal(hex(bytes), guid + '00'.repeat(48));
    assert.deepEqual(Ia32X64ErrorInformation.decode(bytes), { kind });
  }
});

test('contexts have the registers that the specification lists', () => {
  const sizes: [string, number, number][] = [
    ['ia32', 2, 92],
    ['x64', 3, 244],
    ['ia32Debug', 5, 8 * 4],
    ['x64Debug', 6, 8 * 8],
  ];
  for (const [kind, type, size] of sizes) {
    const bytes = Ia32X64ContextInformation.encode({ kind } as never);
    const view = new DataView(bytes.buffer);
    assert.equal(view.getUint16(0, true), type, kind);
    assert.equal(view.getUint16(2, true), size, kind);
    assert.equal(bytes.length, Math.ceil((16 + size) / 16) * 16, kind);
  }
  const ia32 = (name: never) => acpi.Ia32Context.field(name).offset - 16;
  assert.deepEqual(
    ['esp', 'cs', 'gs', 'eflags', 'eip', 'cr4', 'gdtr', 'idtr', 'ldtr', 'tr'].map((n) => ia32(n as never)),
    [28, 32, 42, 44, 48, 68, 72, 80, 88, 90],
  );
  const x64 = (name: never) => acpi.X64Context.field(name).offset - 16;
  assert.deepEqual(
    ['r15', 'cs', 'gs', 'rflags', 'rip', 'cr0', 'cr8', 'gdtr', 'idtr', 'ldtr', 'tr'].map((n) =>
      x64(n as never),
    ),
    [120, 128, 138, 144, 152, 160, 200, 208, 224, 240, 242],
  );
});
