/** IA-32/x64 processor error as cper_print_proc_ia has it on x86-64 (drivers/firmware/efi/cper-x86.c). */

import type { Decoded } from '../../struct.ts';
import { Ia32X64Cpuid, Ia32X64ProcessorError } from '../ia32x64-processor.ts';
import {
  Ia32X64BusCheck,
  Ia32X64CacheCheck,
  type Ia32X64ErrorInformation,
  Ia32X64MsCheck,
  Ia32X64TlbCheck,
} from '../ia32x64-processor-check.ts';
import { Ia32X64ContextInformation } from '../ia32x64-processor-context.ts';
import { addMember, addRegisters, addUnvalidated, rawOf } from './generic.ts';
import { hex, hex64, type Lines, named } from './lines.ts';
import { PROCESSOR_ERROR_TYPES } from './processor-error-types.ts';

const TRANSACTION_TYPES = ['Instruction', 'Data Access', 'Generic'];
const OPERATIONS = [
  'generic error',
  'generic read',
  'generic write',
  'data read',
  'data write',
  'instruction fetch',
  'prefetch',
];
const CACHE_OPERATIONS = [...OPERATIONS, 'eviction', 'snoop'];
const PARTICIPATION_TYPES = [
  'Local Processor originated request',
  'Local Processor responded to request',
  'Local Processor observed',
  'Generic',
];
const ADDRESS_SPACES = ['Memory Access', 'Reserved', 'I/O', 'Other Transaction'];
const MS_ERROR_TYPES = [
  'No Error',
  'Unclassified',
  'Microcode ROM Parity Error',
  'External Error',
  'FRC Error',
  'Internal Unclassified',
];
const CONTEXT_TYPES = [
  'Unclassified Data',
  'MSR Registers (Machine Check and other MSRs)',
  '32-bit Mode Execution Context',
  '64-bit Mode Execution Context',
  'FXSAVE Context',
  '32-bit Mode Debug Registers (DR0-DR7)',
  '64-bit Mode Debug Registers (DR0-DR7)',
  'Memory Mapped Registers',
];
const MSRS = 1;
const MEMORY_MAPPED = 7;
/** Bytes of a context before its registers. */
const CONTEXT_HEADER = 16;

/** Kinds of error information in the order of their words. */
const KINDS = ['cache', 'tlb', 'bus', 'microArchitectural'];

const CHECKS = {
  cache: Ia32X64CacheCheck,
  tlb: Ia32X64TlbCheck,
  bus: Ia32X64BusCheck,
  microArchitectural: Ia32X64MsCheck,
} as const;

type Information = Decoded<typeof Ia32X64ErrorInformation>;

export function ia32x64ProcessorText(out: Lines, section: Decoded<typeof Ia32X64ProcessorError>): void {
  const { localApicId, cpuid, errorInformation, contextInformation } = section;
  if (localApicId !== undefined) out.say(`Local APIC_ID: 0x${hex(localApicId, 1)}`);
  if (cpuid !== undefined) {
    out.say('CPUID Info:');
    out.dump(Ia32X64Cpuid.encode(cpuid));
  }
  for (const [index, information] of errorInformation.entries()) {
    out.say(`Error Information Structure ${index}:`);
    out.inside(() => informationText(out, information));
  }
  for (const [index, context] of contextInformation.entries()) {
    out.say(`Context Information Structure ${index}:`);
    out.inside(() => contextText(out, Ia32X64ContextInformation.encode(context)));
    out.inside(() => out.inside(() => addRegisters(out, Ia32X64ContextInformation, context)));
  }
  addUnvalidated(out, section);
  addMember(out, Ia32X64ProcessorError, section, 'trailing');
}

function informationText(out: Lines, information: Information): void {
  // The union has no length that an unknown variant could have.
  if (information.kind === 'unknown') return;
  out.say(`Error Structure Type: ${PROCESSOR_ERROR_TYPES[KINDS.indexOf(information.kind)] ?? 'unknown'}`);
  if (information.kind === 'other') out.say(`Error Structure Type: ${information.errorType}`);
  if (information.checkInformation !== undefined) checkText(out, information);
  sayWord(out, 'Target Identifier', information.targetId);
  sayWord(out, 'Requestor Identifier', information.requestorId);
  sayWord(out, 'Responder Identifier', information.responderId);
  sayWord(out, 'Instruction Pointer', information.instructionPointer);
  addUnvalidated(out, information);
}

function sayWord(out: Lines, label: string, value: bigint | undefined): void {
  if (value !== undefined) out.say(`${label}: ${hex64(value)}`);
}

function checkText(out: Lines, information: Exclude<Information, { kind: 'unknown' }>): void {
  if (information.kind === 'other') {
    sayWord(out, 'Check Information', information.checkInformation);
    return;
  }
  const codec = CHECKS[information.kind];
  const check = information.checkInformation!;
  out.say(`Check Information: ${hex64(rawOf(codec as never, check))}`);
  out.inside(() => {
    if ('errorType' in check) sayNamed(out, 'Error Type', check.errorType, MS_ERROR_TYPES);
    if (information.kind !== 'microArchitectural') {
      const { transactionType, operation, level } = information.checkInformation!;
      sayNamed(out, 'Transaction Type', transactionType, TRANSACTION_TYPES);
      sayNamed(out, 'Operation', operation, information.kind === 'cache' ? CACHE_OPERATIONS : OPERATIONS);
      if (level !== undefined) out.say(`Level: ${level}`);
    }
    sayFlag(out, 'Processor Context Corrupt', check.processorContextCorrupt);
    sayFlag(out, 'Uncorrected', check.uncorrected);
    sayFlag(out, 'Precise IP', check.preciseIp);
    sayFlag(out, 'Restartable IP', check.restartableIp);
    sayFlag(out, 'Overflow', check.overflow);
    if (information.kind !== 'bus') return;
    const { participationType, timeOut, addressSpace } = information.checkInformation!;
    sayNamed(out, 'Participation Type', participationType, PARTICIPATION_TYPES);
    sayFlag(out, 'Time Out', timeOut);
    sayNamed(out, 'Address Space', addressSpace, ADDRESS_SPACES);
  });
}

function sayNamed(out: Lines, label: string, value: number | undefined, names: readonly string[]): void {
  if (value !== undefined) out.say(`${label}: ${named(value, names)}`);
}

function sayFlag(out: Lines, label: string, value: boolean | undefined): void {
  if (value !== undefined) out.say(`${label}: ${value}`);
}

/** @param context its bytes, with the header */
function contextText(out: Lines, context: Uint8Array): void {
  const view = new DataView(context.buffer, context.byteOffset, context.byteLength);
  const type = view.getUint16(0, true);
  const size = view.getUint16(2, true);
  out.say(`Register Context Type: ${CONTEXT_TYPES[type] ?? 'unknown'}`);
  out.say(`Register Array Size: 0x${hex(size, 4)}`);
  if (type === MSRS) out.say(`MSR Address: 0x${hex(view.getUint32(4, true), 8)}`);
  if (type === MEMORY_MAPPED) out.say(`MM Register Address: ${hex64(view.getBigUint64(8, true))}`);
  out.say('Register Array:');
  out.dump(context.subarray(CONTEXT_HEADER, CONTEXT_HEADER + size), { group: type === MSRS ? 8 : 4 });
}
