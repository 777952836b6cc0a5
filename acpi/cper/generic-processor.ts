/** Generic processor error section: UEFI 2.11, appendix N.2.4.1. */

import { ascii, bits, flag, rest, struct, u8, u16, u64 } from '../struct.ts';

export const PROCESSOR_GENERIC = '9876ccad-47b4-4bdb-b65e-16f193c4f3db';

export const ProcessorType = { Ia32X64: 0, Ia64: 1, Arm: 2 } as const;
export const ProcessorIsa = { Ia32: 0, Ia64: 1, X64: 2, ArmA32T32: 3, ArmA64: 4 } as const;
export const ProcessorErrorType = { Unknown: 0, Cache: 1, Tlb: 2, Bus: 4, MicroArchitectural: 8 } as const;
export const GenericProcessorOperation = {
  Generic: 0,
  DataRead: 1,
  DataWrite: 2,
  InstructionExecution: 3,
} as const;

/** 192 bytes. */
export const GenericProcessorError = struct(
  'Generic processor error',
  {
    validationBits: u64.validation().doc('Which members hold something'),
    processorType: u8.values(ProcessorType).validBy(0).doc('Architecture of the processor'),
    isa: u8.values(ProcessorIsa).validBy(1).doc('Instruction set in use at the error'),
    errorType: u8.values(ProcessorErrorType).validBy(2).doc('Kind of error'),
    operation: u8.values(GenericProcessorOperation).validBy(3).doc('What was being done'),
    flags: bits(8, {
      restartable: flag(0, 'The program can go on after the error'),
      preciseIp: flag(1, 'The instruction pointer is that of the error'),
      overflow: flag(2, 'Another error came before this one was read'),
      corrected: flag(3, 'Hardware or firmware corrected it'),
    })
      .validBy(4)
      .doc('More about the error'),
    level: u8.validBy(5).doc('Level of the structure in error, 0 the lowest cache'),
    reserved: u16.reserved(),
    cpuVersion: u64.validBy(6).doc('CPUID leaf 1 EAX; MIDR_EL1 of an Arm processor'),
    cpuBrand: ascii(128).validBy(7).doc('Brand string'),
    processorId: u64.validBy(8).doc('Local APIC id; MPIDR_EL1 of an Arm processor'),
    targetAddress: u64.validBy(9).doc('Address that was meant'),
    requestorId: u64.validBy(10).doc('Who asked'),
    responderId: u64.validBy(11).doc('Who answered'),
    instructionPointer: u64.validBy(12).doc('Instruction pointer at the error'),
    trailing: rest.orZero().doc('Bytes after the section, as they are'),
  },
  { source: 'UEFI 2.11, N.2.4.1' },
);

/** Generic processor error, by its type. */
export const GENERIC_PROCESSOR = { sectionType: PROCESSOR_GENERIC, codec: GenericProcessorError } as const;
