/** Context information of IA-32/x64 processors: UEFI 2.11, appendix N.2.4.2.6. */

import { array, bytes, list, type Members, rest, struct, u16, u32, u64, union } from '../struct.ts';
import { registers } from './registers.ts';

const SOURCE = { source: 'UEFI 2.11, N.2.4.2.6' };

const registerArraySize = u16.byteLength(16).doc('Bytes of the registers');
const msrAddress = u32.orZero().doc('Address of the first MSR, where these are MSRs');
const mmRegisterAddress = u64.orZero().doc('Address of the first register, where these are in memory');
const trailing = rest.orZero().doc('Bytes after the registers that this type has');
const padding = rest.paddingTo(16).doc('Zeros up to a multiple of 16 bytes; given where there are none');

/** A context of this type: a header of 16 bytes, the registers, and zeros up to a multiple of 16 bytes. */
function context<const R extends Members>(name: string, type: number, content: R) {
  const registerContextType = u16.constant(type).doc('Which registers these are');
  return struct(
    name,
    {
      registerContextType,
      registerArraySize,
      msrAddress,
      mmRegisterAddress,
      ...content,
      trailing,
      padding,
    },
    SOURCE,
  );
}

const GPR_32 = ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp', 'esp'] as const;
const GPR_64 = [
  'rax',
  'rbx',
  'rcx',
  'rdx',
  'rsi',
  'rdi',
  'rbp',
  'rsp',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'r13',
  'r14',
  'r15',
] as const;
const SEGMENTS = ['cs', 'ds', 'ss', 'es', 'fs', 'gs'] as const;
const SYSTEM_SEGMENTS = ['ldtr', 'tr'] as const;
const DEBUG = ['dr0', 'dr1', 'dr2', 'dr3', 'dr4', 'dr5', 'dr6', 'dr7'] as const;

/** Type 0. */
export const Ia32X64Unclassified = struct(
  'IA-32/x64 unclassified data',
  {
    registerContextType: u16.constant(0).doc('Which registers these are'),
    registerArraySize,
    msrAddress,
    mmRegisterAddress,
    data: rest.doc('What the platform gives'),
    padding,
  },
  SOURCE,
);
/** Type 1. */
export const Ia32X64Msrs = context('IA-32/x64 MSRs', 1, {
  registers: list(u64).doc('MSRs, from the first address on'),
});
/** Type 2: 92 bytes of registers. */
export const Ia32Context = context('32-bit mode execution context', 2, {
  ...registers(u32, 0, GPR_32),
  ...registers(u16, 0, SEGMENTS),
  ...registers(u32, 0, ['eflags', 'eip', 'cr0', 'cr1', 'cr2', 'cr3', 'cr4']),
  ...registers(u64, 0n, ['gdtr', 'idtr']),
  ...registers(u16, 0, SYSTEM_SEGMENTS),
});
/** Type 3: 244 bytes of registers. */
export const X64Context = context('64-bit mode execution context', 3, {
  ...registers(u64, 0n, GPR_64),
  ...registers(u16, 0, SEGMENTS),
  reserved: u32.reserved(),
  ...registers(u64, 0n, ['rflags', 'rip', 'cr0', 'cr1', 'cr2', 'cr3', 'cr4', 'cr8']),
  ...registers(array(u64, 2), [0n, 0n], ['gdtr', 'idtr']),
  ...registers(u16, 0, SYSTEM_SEGMENTS),
});
/** Type 4. */
export const Ia32X64Fxsave = context('FXSAVE context', 4, {
  area: bytes(512).doc('What FXSAVE writes'),
});
/** Type 5. */
export const Ia32DebugRegisters = context('32-bit mode debug registers', 5, registers(u32, 0, DEBUG));
/** Type 6. */
export const X64DebugRegisters = context('64-bit mode debug registers', 6, registers(u64, 0n, DEBUG));
/** Type 7. */
export const Ia32X64MemoryMapped = context('IA-32/x64 memory mapped registers', 7, {
  registers: list(u64).doc('Registers, from the first address on'),
});

/** By `kind`; types that are not known are kept byte by byte. */
export const Ia32X64ContextInformation = union(
  'IA-32/x64 processor context information',
  { tag: 2, length: { at: 2, size: 2, less: 16, padding: 16 } },
  {
    unclassified: Ia32X64Unclassified,
    msrs: Ia32X64Msrs,
    ia32: Ia32Context,
    x64: X64Context,
    fxsave: Ia32X64Fxsave,
    ia32Debug: Ia32DebugRegisters,
    x64Debug: X64DebugRegisters,
    memoryMapped: Ia32X64MemoryMapped,
  },
);
