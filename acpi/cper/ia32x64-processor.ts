/** IA-32/x64 processor error section: UEFI 2.11, appendix N.2.4.2. */

import { bytes, list, partOf, range, rest, struct, u32, u64 } from '../struct.ts';
import { Ia32X64ErrorInformation } from './ia32x64-processor-check.ts';
import { Ia32X64ContextInformation } from './ia32x64-processor-context.ts';

export const PROCESSOR_IA32_X64 = 'dc3ea0b0-a144-4797-b95b-53fa242b6e1d';

/** What CPUID gives for leaf 1: 48 bytes, the registers 8 of them each. */
export const Ia32X64Cpuid = struct(
  'IA-32/x64 CPUID information',
  {
    eax: u64.default(0n).doc('EAX: family, model, stepping'),
    ebx: u64.default(0n).doc('EBX'),
    ecx: u64.default(0n).doc('ECX'),
    edx: u64.default(0n).doc('EDX'),
    reserved: bytes(16).reserved(),
  },
  { source: 'UEFI 2.11, N.2.4.2' },
);

/** 64 bytes, then the structures, at most 63 of each kind. What is given is marked valid. */
export const Ia32X64ProcessorError = struct(
  'IA-32/x64 processor error',
  {
    validationBits: partOf(64, range(0, 1)).validation().doc('Which members hold something'),
    errorInformationCount: partOf(64, range(2, 7))
      .at(0)
      .countOf('errorInformation')
      .doc('Number of error information structures'),
    contextInformationCount: partOf(64, range(8, 13))
      .at(0)
      .countOf('contextInformation')
      .doc('Number of context structures'),
    reserved: partOf(64, range(14, 31)).at(0).reserved(),
    reserved2: u32.at(4).reserved(),
    localApicId: u64.validBy(0).doc('Local APIC id of the processor'),
    cpuid: Ia32X64Cpuid.validBy(1).doc('CPUID leaf 1 of the processor'),
    errorInformation: list(Ia32X64ErrorInformation).default([]).doc('Errors'),
    contextInformation: list(Ia32X64ContextInformation).default([]).doc('Registers at the time of the error'),
    trailing: rest.orZero().doc('Bytes after the section, as they are'),
  },
  { source: 'UEFI 2.11, N.2.4.2' },
);

/** IA-32/x64 processor error, by its type. */
export const IA32_X64_PROCESSOR = {
  sectionType: PROCESSOR_IA32_X64,
  codec: Ia32X64ProcessorError,
} as const;
