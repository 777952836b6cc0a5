import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as acpi from '@rasvm/acpi';
import {
  ArmCacheOperation,
  ArmContextInformation,
  ArmErrorInformation,
  ArmErrorInformationEntry,
  ArmErrorType,
  ArmErrorTypeFromZero,
  ArmMiscRegisters,
  ArmProcessorError,
  ArmTlbOperation,
  type Encodable,
  PROCESSOR_ARM,
} from '@rasvm/acpi';
import { guidOf } from './guid.ts';
import { hex } from './hex.ts';

const unhex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const offsetsOf = (codec: { readonly fields: readonly { name: string; offset: number; size: number }[] }) =>
  codec.fields.filter(({ size }) => size > 0).map(({ name, offset }) => [name, offset]);

test('the section is that of UEFI 2.11, N.2.4.4', () => {
  assert.equal(
    PROCESSOR_ARM,
    guidOf('{0xE19E3D16, 0xBC11, 0x11E4, {0x9C, 0xAA, 0xC2, 0x05, 0x1D, 0x5D, 0x46, 0xB0}}'),
  );
  assert.equal(ArmProcessorError.size, 40);
  assert.deepEqual(offsetsOf(ArmProcessorError), [
    ['validationBits', 0],
    ['errorInformationCount', 4],
    ['contextInformationCount', 6],
    ['sectionLength', 8],
    ['errorAffinityLevel', 12],
    ['reserved', 13],
    ['mpidr', 16],
    ['midr', 24],
    ['runningState', 32],
    ['psciState', 36],
  ]);
  assert.equal(ArmErrorInformationEntry.size, 32);
  assert.deepEqual(offsetsOf(ArmErrorInformationEntry), [
    ['version', 0],
    ['length', 1],
    ['validationBits', 2],
    ['type', 4],
    ['multipleError', 5],
    ['flags', 7],
    ['errorInformation', 8],
    ['virtualFaultAddress', 16],
    ['physicalFaultAddress', 24],
  ]);
});

test('each validation bit of section and error information is its own', () => {
  const bits = (value: Omit<Encodable<typeof ArmProcessorError>, 'errorInformation'>) =>
    new DataView(ArmProcessorError.encode({ errorInformation: [], ...value }).buffer).getUint32(0, true);
  assert.equal(bits({ mpidr: 0n }), 1);
  assert.equal(bits({ errorAffinityLevel: 0 }), 2);
  assert.equal(bits({ runningState: {} }), 4);
  assert.equal(bits({ vendorInformation: new Uint8Array(0) }), 8);
  const entry = (value: Omit<Encodable<typeof ArmErrorInformationEntry>, 'type'>) =>
    new DataView(ArmErrorInformationEntry.encode({ type: 1, ...value }).buffer).getUint16(2, true);
  assert.equal(entry({ multipleError: 0 }), 1);
  assert.equal(entry({ flags: {} }), 2);
  assert.equal(entry({ errorInformation: {} }), 4);
  assert.equal(entry({ virtualFaultAddress: 0n }), 8);
  assert.equal(entry({ physicalFaultAddress: 0n }), 16);
});

test('bits of the error information stand where the specification has them', () => {
  const wide = (value: Encodable<typeof ArmErrorInformation>) =>
    new DataView(ArmErrorInformation.encode(value).buffer).getBigUint64(0, true);
  const ones: [Encodable<typeof ArmErrorInformation>, number, number, number][] = [
    [{ transactionType: 3 }, 0, 16, 17],
    [{ operation: 15 }, 1, 18, 21],
    [{ level: 7 }, 2, 22, 24],
    [{ processorContextCorrupt: true }, 3, 25, 25],
    [{ corrected: true }, 4, 26, 26],
    [{ precisePc: true }, 5, 27, 27],
    [{ restartablePc: true }, 6, 28, 28],
    [{ participationType: 3 }, 7, 29, 30],
    [{ timeOut: true }, 8, 31, 31],
    [{ addressSpace: 3 }, 9, 32, 33],
    [{ memoryAttributes: 0x1ff }, 10, 34, 42],
    [{ accessMode: 1 }, 11, 43, 43],
  ];
  for (const [value, valid, first, last] of ones) {
    const mask = ((1n << BigInt(last - first + 1)) - 1n) << BigInt(first);
    assert.equal(wide(value), mask | (1n << BigInt(valid)), Object.keys(value)[0]);
    assert.deepEqual(ArmErrorInformation.decode(ArmErrorInformation.encode(value)), value);
  }
});

test('values of the specification', () => {
  // Linux: include/linux/cper.h, CPER_ARM_CACHE_ERROR to CPER_ARM_VENDOR_ERROR.
  assert.deepEqual(ArmErrorType, { Cache: 1 << 1, Tlb: 1 << 2, Bus: 1 << 3, MicroArchitectural: 1 << 4 });
  assert.deepEqual(ArmErrorTypeFromZero, { Cache: 1, Tlb: 2, Bus: 4, MicroArchitectural: 8 });
  assert.deepEqual(Object.keys(ArmCacheOperation), [
    'Generic',
    'GenericRead',
    'GenericWrite',
    'DataRead',
    'DataWrite',
    'InstructionFetch',
    'Prefetch',
    'Eviction',
    'Snooping',
    'Snooped',
    'Management',
  ]);
  assert.deepEqual(Object.values(ArmCacheOperation), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.deepEqual([ArmTlbOperation.LocalManagement, ArmTlbOperation.ExternalManagement], [7, 8]);
});

const section: Encodable<typeof ArmProcessorError> = {
  mpidr: 0x8000_0001n,
  midr: 0x410f_d0c0n,
  errorAffinityLevel: 1,
  runningState: { running: true },
  errorInformation: [
    {
      type: ArmErrorType.Cache,
      multipleError: 1,
      flags: { last: true, propagated: true },
      errorInformation: {
        transactionType: 1,
        operation: ArmCacheOperation.Eviction,
        level: 2,
        processorContextCorrupt: false,
        corrected: false,
        precisePc: true,
        restartablePc: true,
      },
      virtualFaultAddress: 0xffff_0000_1234_5678n,
      physicalFaultAddress: 0x4000_5000n,
    },
  ],
  contextInformation: [
    { kind: 'aarch32Secure', sctlrS: 0x11223344, spsrMon: 0x55667788 },
    {
      kind: 'misc',
      registers: [{ mrs: { op2: 5, crm: 0, crn: 0, op1: 0, o0: 1 }, value: 0x80000001n }],
    },
  ],
  vendorInformation: unhex('c0ffee'),
};
const sectionHex = [
  '0f000000 0100 0200 7b000000 01 000000', // 123 bytes
  '0100008000000000 c0d00f4100000000 01000000 00000000',
  '00 20 1f00 02 0100 06',
  // Valid 0x7f; data access 1, eviction 7 << 2, level 2 << 6, precise and restartable in bits 27 and 28
  '7f00 9d18 00000000',
  '785634120000ffff 0050004000000000',
  '0000 0300 08000000 44332211 88776655',
  // 18 bytes, filled up to 32
  `0000 0800 0a000000 0540 0100008000000000 ${'00'.repeat(14)}`,
  'c0ffee',
]
  .join('')
  .replaceAll(' ', '');

test('a section, byte by byte', () => {
  assert.equal(hex(ArmProcessorError.encode(section)), sectionHex);
  const { errorInformation, contextInformation, vendorInformation } = ArmProcessorError.decode(
    unhex(sectionHex),
  );
  assert.deepEqual(
    errorInformation,
    section.errorInformation!.map((entry) => ({
      ...entry,
      flags: { first: false, last: true, propagated: true, overflow: false },
    })),
  );
  assert.deepEqual(contextInformation, section.contextInformation);
  assert.deepEqual(vendorInformation, section.vendorInformation);
});

test('contexts have the registers that the specification lists, and are filled up to 16 bytes', () => {
  const sizes: [string, number, number][] = [
    ['aarch32Gpr', 0, 16 * 4],
    ['aarch32El1', 1, 24 * 4],
    ['aarch32El2', 2, 16 * 4],
    ['aarch32Secure', 3, 2 * 4],
    ['aarch64Gpr', 4, 32 * 8],
    ['aarch64El1', 5, 17 * 8],
    ['aarch64El2', 6, 15 * 8],
    ['aarch64El3', 7, 10 * 8],
    ['ttbr128', 9, 6 * 16],
  ];
  for (const [kind, type, size] of sizes) {
    const bytes = ArmContextInformation.encode({ kind } as never);
    const view = new DataView(bytes.buffer);
    assert.equal(view.getUint16(2, true), type, kind);
    assert.equal(view.getUint32(4, true), size, kind);
    assert.equal(bytes.length, Math.ceil((8 + size) / 16) * 16, kind);
  }
});

test('registers stand where the specification has them', () => {
  const at = (codec: { field(name: never): { offset: number } }, name: string) =>
    codec.field(name as never).offset - 8;
  const places: [{ field(name: never): { offset: number } }, string, number][] = [
    [acpi.ArmAarch32Gpr, 'sp', 52],
    [acpi.ArmAarch32Gpr, 'pc', 60],
    [acpi.ArmAarch32El1, 'midr', 24],
    [acpi.ArmAarch32El1, 'sctlrNs', 40],
    [acpi.ArmAarch32El1, 'spsrUnd', 64],
    [acpi.ArmAarch32El1, 'dacr', 92],
    [acpi.ArmAarch32El2, 'hcr2', 16],
    [acpi.ArmAarch32El2, 'hsr', 32],
    [acpi.ArmAarch32El2, 'dacr32El2', 60],
    [acpi.ArmAarch32Secure, 'spsrMon', 4],
    [acpi.ArmAarch64Gpr, 'x30', 240],
    [acpi.ArmAarch64Gpr, 'sp', 248],
    [acpi.ArmAarch64El1, 'esrEl1', 8],
    [acpi.ArmAarch64El1, 'mpidrEl1', 48],
    [acpi.ArmAarch64El1, 'tpidrroEl0', 112],
    [acpi.ArmAarch64El1, 'ttbr1El1', 128],
    [acpi.ArmAarch64El2, 'hpfarEl2', 40],
    [acpi.ArmAarch64El2, 'vttbrEl2', 112],
    [acpi.ArmAarch64El3, 'spsrEl3', 48],
    [acpi.ArmAarch64El3, 'ttbr0El3', 72],
    [acpi.ArmTtbr128, 'ttbr1El1', 48],
    [acpi.ArmTtbr128, 'vttbrEl2', 80],
  ];
  for (const [codec, name, offset] of places) assert.equal(at(codec, name), offset, name);
});

test('a register is documented by its name in the specification', () => {
  assert.equal(acpi.ArmAarch64El1.field('tpidrroEl0').text, 'TPIDRRO_EL0');
  assert.equal(acpi.ArmAarch32El1.field('spsrAbt').text, 'SPSR_ABT');
});

test('miscellaneous registers are 10 bytes each; what does not make one is kept', () => {
  const bytes = unhex('0000 0800 0c000000 0180 0200000000000000 0304 00000000 00000000 0000');
  const value = ArmMiscRegisters.decode(bytes.subarray(0, 32));
  assert.deepEqual(value, {
    registers: [{ mrs: { op2: 1, crm: 0, crn: 0, op1: 0, o0: 0, reserved: 0x8000n }, value: 2n }],
    trailing: unhex('0304'),
    padding: unhex(''),
  });
  assert.equal(hex(ArmMiscRegisters.encode(value)), hex(bytes.subarray(0, 20)));
});

test('contexts that are not filled up are read all the same', () => {
  const gprs = ArmContextInformation.encode({ kind: 'aarch32Gpr', r0: 7 });
  assert.equal(gprs.length, 80);
  const head = ArmProcessorError.encode({ errorInformation: [{ type: 1 }], contextInformation: [] });
  const bytes = new Uint8Array([...head, ...gprs.subarray(0, 72), 1, 2, 3]);
  const view = new DataView(bytes.buffer);
  view.setUint16(6, 1, true);
  view.setUint32(0, 8, true);
  view.setUint32(8, bytes.length, true);
  const decoded = ArmProcessorError.decode(bytes);
  assert.deepEqual((decoded.contextInformation[0] as { padding?: Uint8Array }).padding, unhex(''));
  assert.deepEqual(decoded.vendorInformation, unhex('010203'));
  assert.equal(hex(ArmProcessorError.encode(decoded)), hex(bytes));
});

test('contexts of other types, or shorter than theirs, are kept byte by byte', () => {
  for (const text of ['0000 0a00 08000000 0102030405060708', '0000 0400 08000000 0102030405060708']) {
    const value = ArmContextInformation.decode(unhex(text));
    assert.deepEqual(value, { kind: 'unknown', data: unhex(text) });
  }
});

test('a section length that is wrong is told, and not gone by', () => {
  const bytes = ArmProcessorError.encode(section);
  new DataView(bytes.buffer).setUint32(8, 40, true);
  const decoded = ArmProcessorError.decode(bytes);
  assert.equal(decoded.sectionLength, 40);
  assert.equal(decoded.errorInformation.length, 1);
  assert.equal(hex(ArmProcessorError.encode(decoded)), hex(bytes));
});

test('counts beyond the section, and sizes near 2^32, are errors', () => {
  const bytes = ArmProcessorError.encode({ ...section, vendorInformation: undefined });
  const view = new DataView(bytes.buffer);
  view.setUint16(4, 0xffff, true);
  assert.throws(() => ArmProcessorError.decode(bytes), { code: 'TRUNCATED', field: 'errorInformation[2]' });
  view.setUint16(4, 1, true);
  view.setUint16(6, 0xffff, true);
  assert.throws(() => ArmProcessorError.decode(bytes), { name: 'AcpiError', field: /^contextInformation/ });
  view.setUint16(6, 2, true);
  view.setUint32(40 + 32 + 4, 0xffff_ffff, true);
  assert.throws(() => ArmProcessorError.decode(bytes), {
    code: 'TRUNCATED',
    field: /^contextInformation\[0\]/,
  });
});
