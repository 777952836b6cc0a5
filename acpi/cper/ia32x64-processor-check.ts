/** Check information of IA-32/x64 processors: UEFI 2.11, appendix N.2.4.2.2 to N.2.4.2.5. */

import { type Codec, flag, guid, partOf, range, struct, u16, u32, u64, union } from '../struct.ts';
import { ParticipationType, ProcessorOperation, TransactionType } from './processor-check.ts';

export const CACHE_CHECK = 'a55701f5-e3ef-43de-ac72-249b573fad2c';
export const TLB_CHECK = 'fc06b535-5e1f-4562-9f25-0a3b9adb63c3';
export const BUS_CHECK = '1cf3f8b3-c5b1-49a2-aa59-5eef92ffa63c';
export const MS_CHECK = '48ab7f57-dc34-4f6c-a7d3-b0b5b0a74314';

export const Ia32X64CacheOperation = { ...ProcessorOperation, Eviction: 7, Snoop: 8 } as const;
export const Ia32X64AddressSpace = { Memory: 0, Io: 2, Other: 3 } as const;
export const MsCheckErrorType = {
  NoError: 0,
  Unclassified: 1,
  MicrocodeRomParity: 2,
  External: 3,
  Frc: 4,
  InternalUnclassified: 5,
} as const;

const validationBits = u16.validation().doc('Which members hold something');

/** Flags that every check has, one after another from this bit on. */
function common(firstBit: number, firstValid: number) {
  const bit = (index: number, text: string) =>
    partOf(64, flag(firstBit + index))
      .at(0)
      .validBy(firstValid + index)
      .doc(text);
  return {
    processorContextCorrupt: bit(0, 'The context may be corrupt'),
    uncorrected: bit(1, 'The error was not corrected'),
    preciseIp: bit(2, 'The instruction pointer is that of the error'),
    restartableIp: bit(3, 'The program can go on from there'),
    overflow: bit(4, 'Another error came before this one was read'),
  };
}

/** What cache, TLB and bus checks have in common. */
function transaction(operations: Readonly<Record<string, number>>, level: string) {
  return {
    transactionType: partOf(64, range(16, 17, '', TransactionType))
      .at(0)
      .validBy(0)
      .doc('What was accessed'),
    operation: partOf(64, range(18, 21, '', operations))
      .at(0)
      .validBy(1)
      .doc('What was being done'),
    level: partOf(64, range(22, 24)).at(0).validBy(2).doc(level),
    ...common(25, 3),
  };
}

const high = u32.at(4).reserved();

/** Cache check, 64 bits. */
export const Ia32X64CacheCheck = struct(
  'IA-32/x64 cache check',
  {
    validationBits,
    ...transaction(Ia32X64CacheOperation, 'Level of the cache'),
    reserved: partOf(64, range(30, 31)).at(0).reserved(),
    reserved2: high,
  },
  { source: 'UEFI 2.11, N.2.4.2.2' },
);

/** TLB check, 64 bits. */
export const Ia32X64TlbCheck = struct(
  'IA-32/x64 TLB check',
  {
    validationBits,
    ...transaction(ProcessorOperation, 'Level of the TLB'),
    reserved: partOf(64, range(30, 31)).at(0).reserved(),
    reserved2: high,
  },
  { source: 'UEFI 2.11, N.2.4.2.3' },
);

/** Bus check, 64 bits. */
export const Ia32X64BusCheck = struct(
  'IA-32/x64 bus check',
  {
    validationBits,
    ...transaction(ProcessorOperation, 'Level in the hierarchy of buses'),
    participationType: partOf(64, range(30, 31, '', ParticipationType))
      .at(0)
      .validBy(8)
      .doc('Part that the processor had'),
    timeOut: partOf(64, flag(32)).at(0).validBy(9).doc('The request timed out'),
    addressSpace: partOf(64, range(33, 34, '', Ia32X64AddressSpace))
      .at(0)
      .validBy(10)
      .doc('What was addressed'),
    reserved: partOf(64, range(35, 63)).at(0).reserved(),
  },
  { source: 'UEFI 2.11, N.2.4.2.4' },
);

/** Micro-architecture specific check, 64 bits. */
export const Ia32X64MsCheck = struct(
  'IA-32/x64 micro-architecture check',
  {
    validationBits,
    errorType: partOf(64, range(16, 18, '', MsCheckErrorType))
      .at(0)
      .validBy(0)
      .doc('Kind of error'),
    ...common(19, 1),
    reserved: partOf(64, range(24, 31)).at(0).reserved(),
    reserved2: high,
  },
  { source: 'UEFI 2.11, N.2.4.2.5' },
);

const identifiers = {
  targetId: u64.validBy(1).doc('Target of the access'),
  requestorId: u64.validBy(2).doc('Who asked'),
  responderId: u64.validBy(3).doc('Who answered'),
  instructionPointer: u64.validBy(4).doc('Instruction at the error'),
};
const informationValidation = u64.validation().doc('Which members hold something');
const SOURCE = { source: 'UEFI 2.11, N.2.4.2.1' };

/** Error information of this type: 64 bytes, with 8 that say more in a form of the type's own. */
function information<Out, In>(name: string, type: string, check: Codec<Out, In>) {
  return struct(
    name,
    {
      errorType: guid.constant(type).doc('GUID of the kind of check'),
      validationBits: informationValidation,
      checkInformation: check.validBy(0).doc('What the check found'),
      ...identifiers,
    },
    SOURCE,
  );
}

export const Ia32X64CacheInformation = information('IA-32/x64 cache error', CACHE_CHECK, Ia32X64CacheCheck);
export const Ia32X64TlbInformation = information('IA-32/x64 TLB error', TLB_CHECK, Ia32X64TlbCheck);
export const Ia32X64BusInformation = information('IA-32/x64 bus error', BUS_CHECK, Ia32X64BusCheck);
export const Ia32X64MsInformation = information(
  'IA-32/x64 micro-architecture error',
  MS_CHECK,
  Ia32X64MsCheck,
);
/** Error information of any other type. */
export const Ia32X64OtherInformation = struct(
  'IA-32/x64 error of another kind',
  {
    errorType: guid.doc('GUID of the kind of check'),
    validationBits: informationValidation,
    checkInformation: u64.validBy(0).doc('What the check found'),
    ...identifiers,
  },
  SOURCE,
);

/** By `kind`; `other` has its type. */
export const Ia32X64ErrorInformation = union(
  'IA-32/x64 processor error information',
  { tag: 16, otherwise: 'other' },
  {
    cache: Ia32X64CacheInformation,
    tlb: Ia32X64TlbInformation,
    bus: Ia32X64BusInformation,
    microArchitectural: Ia32X64MsInformation,
    other: Ia32X64OtherInformation,
  },
);
