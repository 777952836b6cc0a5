/** Arm processor error section: UEFI 2.11, appendix N.2.4.4. */

import { bits, bytes, flag, list, partOf, range, rest, struct, u8, u16, u32, u64 } from '../struct.ts';
import { ArmContextInformation } from './arm-processor-context.ts';
import { ParticipationType, ProcessorOperation, TransactionType } from './processor-check.ts';

export const PROCESSOR_ARM = 'e19e3d16-bc11-11e4-9caa-c2051d5d46b0';

/** Bits of the error type, of which several may be set, as UEFI 2.9A and 2.10 have them, and Linux and QEMU. */
export const ArmErrorType = { Cache: 2, Tlb: 4, Bus: 8, MicroArchitectural: 16 } as const;
/** The same from bit 0 on, as libcper has them: specifications before 2.9A name the types and no bits. */
export const ArmErrorTypeFromZero = { Cache: 1, Tlb: 2, Bus: 4, MicroArchitectural: 8 } as const;

export const ArmCacheOperation = {
  ...ProcessorOperation,
  Eviction: 7,
  Snooping: 8,
  Snooped: 9,
  Management: 10,
} as const;
export const ArmTlbOperation = {
  ...ProcessorOperation,
  LocalManagement: 7,
  ExternalManagement: 8,
} as const;

export const ArmAddressSpace = { External: 0, Internal: 1, Device: 3 } as const;
export const ArmAccessMode = { Secure: 0, Normal: 1 } as const;

/**
 * Cache, TLB and bus errors: 64 bits, laid out alike, of which a cache's and a TLB's end with bit 28. So this holds
 * whichever revision the error's type is told by. A micro-architectural error's 64 bits are the vendor's own.
 */
export const ArmErrorInformation = struct(
  'Arm error information',
  {
    validationBits: u16.validation().doc('Which members hold something'),
    transactionType: partOf(64, range(16, 17, '', TransactionType))
      .at(0)
      .validBy(0)
      .doc('What was accessed'),
    operation: partOf(64, range(18, 21, '', ProcessorOperation))
      .at(0)
      .validBy(1)
      .doc('What was being done; from 7 on, a cache has other values than a TLB'),
    level: partOf(64, range(22, 24))
      .at(0)
      .validBy(2)
      .doc('Level of the cache or TLB; of a bus, the affinity level'),
    processorContextCorrupt: partOf(64, flag(25)).at(0).validBy(3).doc('The context may be corrupt'),
    corrected: partOf(64, flag(26)).at(0).validBy(4).doc('The error was corrected'),
    precisePc: partOf(64, flag(27)).at(0).validBy(5).doc('The program counter is that of the error'),
    restartablePc: partOf(64, flag(28)).at(0).validBy(6).doc('The program can go on from there'),
    participationType: partOf(64, range(29, 30, '', ParticipationType))
      .at(0)
      .validBy(7)
      .doc('Part that the processor had (bus)'),
    timeOut: partOf(64, flag(31)).at(0).validBy(8).doc('The request timed out (bus)'),
    addressSpace: partOf(64, range(32, 33, '', ArmAddressSpace))
      .at(0)
      .validBy(9)
      .doc('What was addressed (bus)'),
    memoryAttributes: partOf(64, range(34, 42))
      .at(0)
      .validBy(10)
      .doc('Memory attributes of the access (bus)'),
    accessMode: partOf(64, range(43, 43, '', ArmAccessMode))
      .at(0)
      .validBy(11)
      .doc('Secure or not (bus)'),
    reserved: partOf(64, range(44, 63)).at(0).reserved(),
  },
  { source: 'UEFI 2.11, N.2.4.4.1' },
);

/** 32 bytes. */
export const ArmErrorInformationEntry = struct(
  'Arm processor error information',
  {
    version: u8.usually(0).doc('Revision of this structure'),
    length: u8.usually(32).doc('Bytes of this structure'),
    validationBits: u16.validation().doc('Which members hold something'),
    type: u8.values(ArmErrorType).doc('Kinds of error, a bit each; some makers have them one bit lower'),
    multipleError: u16
      .values({ Single: 0, Multiple: 1 })
      .validBy(0)
      .doc('One error, several, or how many from 2 on'),
    flags: bits(8, {
      first: flag(0, 'The first error is captured'),
      last: flag(1, 'The last error is captured'),
      propagated: flag(2, 'The error has propagated'),
      overflow: flag(3, 'Errors were lost'),
    })
      .validBy(1)
      .doc('More about the error'),
    errorInformation: ArmErrorInformation.validBy(2).doc('What is known, by the type of error'),
    virtualFaultAddress: u64.validBy(3).doc('Virtual address of the error'),
    physicalFaultAddress: u64.validBy(4).doc('Physical address of the error'),
  },
  { source: 'UEFI 2.11, N.2.4.4.1' },
);

/** 40 bytes, then the structures. What is given is marked valid. */
export const ArmProcessorError = struct(
  'Arm processor error',
  {
    validationBits: u32.validation().doc('Which members hold something'),
    errorInformationCount: u16.countOf('errorInformation').doc('Number of error information structures'),
    contextInformationCount: u16.countOf('contextInformation').doc('Number of context structures'),
    sectionLength: u32.statedLength().doc('Bytes of the section'),
    errorAffinityLevel: u8.validBy(1).doc('Affinity level that the error belongs to, 0 to 3'),
    reserved: bytes(3).reserved(),
    mpidr: u64.validBy(0).doc('MPIDR_EL1 of the processor'),
    midr: u64.default(0n).doc('MIDR_EL1 of the processor'),
    runningState: bits(32, { running: flag(0, 'The processor runs') })
      .validBy(2)
      .doc('Whether it runs'),
    psciState: u32.orZero().doc('PSCI state of a processor that does not run'),
    errorInformation: list(ArmErrorInformationEntry).doc('Errors, at least one'),
    contextInformation: list(ArmContextInformation).default([]).doc('Registers at the time of the error'),
    vendorInformation: rest.validBy(3).doc("The vendor's own"),
  },
  { source: 'UEFI 2.11, N.2.4.4' },
);

/** Arm processor error, by its type. */
export const ARM_PROCESSOR = { sectionType: PROCESSOR_ARM, codec: ArmProcessorError } as const;
