/** Context information of Arm processors: UEFI 2.11, appendix N.2.4.4.2. */

import { array, bits, list, type Members, range, rest, struct, u16, u32, u64, union } from '../struct.ts';
import { registers } from './registers.ts';

const SOURCE = { source: 'UEFI 2.11, N.2.4.4.2' };

const version = u16.usually(0).doc('Revision of this structure');
const registerArraySize = u32.byteLength(8).doc('Bytes of the registers');
const trailing = rest.orZero().doc('Bytes after the registers that this type has');
const padding = rest.paddingTo(16).doc('Zeros up to a multiple of 16 bytes; given where there are none');

/** A context of this type: a header of 8 bytes, the registers, and zeros up to a multiple of 16 bytes. */
function context<const R extends Members>(name: string, type: number, content: R) {
  const registerContextType = u16.constant(type).doc('Which registers these are');
  return struct(
    name,
    { version, registerContextType, registerArraySize, ...content, trailing, padding },
    SOURCE,
  );
}

const AARCH32_GPR = [
  'r0',
  'r1',
  'r2',
  'r3',
  'r4',
  'r5',
  'r6',
  'r7',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'sp',
  'lr',
  'pc',
] as const;

const AARCH32_EL1 = [
  'dfar',
  'dfsr',
  'ifar',
  'isr',
  'mair0',
  'mair1',
  'midr',
  'mpidr',
  'nmrr',
  'prrr',
  'sctlrNs',
  'spsr',
  'spsrAbt',
  'spsrFiq',
  'spsrIrq',
  'spsrSvc',
  'spsrUnd',
  'tpidrprw',
  'tpidruro',
  'tpidrurw',
  'ttbcr',
  'ttbr0',
  'ttbr1',
  'dacr',
] as const;

const AARCH32_EL2 = [
  'elrHyp',
  'hamair0',
  'hamair1',
  'hcr',
  'hcr2',
  'hdfar',
  'hifar',
  'hpfar',
  'hsr',
  'htcr',
  'htpidr',
  'httbr',
  'spsrHyp',
  'vtcr',
  'vttbr',
  'dacr32El2',
] as const;

const AARCH64_GPR = [
  'x0',
  'x1',
  'x2',
  'x3',
  'x4',
  'x5',
  'x6',
  'x7',
  'x8',
  'x9',
  'x10',
  'x11',
  'x12',
  'x13',
  'x14',
  'x15',
  'x16',
  'x17',
  'x18',
  'x19',
  'x20',
  'x21',
  'x22',
  'x23',
  'x24',
  'x25',
  'x26',
  'x27',
  'x28',
  'x29',
  'x30',
  'sp',
] as const;

const AARCH64_EL1 = [
  'elrEl1',
  'esrEl1',
  'farEl1',
  'isrEl1',
  'mairEl1',
  'midrEl1',
  'mpidrEl1',
  'sctlrEl1',
  'spEl0',
  'spEl1',
  'spsrEl1',
  'tcrEl1',
  'tpidrEl0',
  'tpidrEl1',
  'tpidrroEl0',
  'ttbr0El1',
  'ttbr1El1',
] as const;

const AARCH64_EL2 = [
  'elrEl2',
  'esrEl2',
  'farEl2',
  'hacrEl2',
  'hcrEl2',
  'hpfarEl2',
  'mairEl2',
  'sctlrEl2',
  'spEl2',
  'spsrEl2',
  'tcrEl2',
  'tpidrEl2',
  'ttbr0El2',
  'vtcrEl2',
  'vttbrEl2',
] as const;

const AARCH64_EL3 = [
  'elrEl3',
  'esrEl3',
  'farEl3',
  'mairEl3',
  'sctlrEl3',
  'spEl3',
  'spsrEl3',
  'tcrEl3',
  'tpidrEl3',
  'ttbr0El3',
] as const;

const TTBR_128 = ['ttbr0El1', 'ttbr0El2', 'ttbr0El3', 'ttbr1El1', 'ttbr1El2', 'vttbrEl2'] as const;

/** Type 0. */
export const ArmAarch32Gpr = context('AArch32 GPRs', 0, registers(u32, 0, AARCH32_GPR));
/** Type 1. */
export const ArmAarch32El1 = context('AArch32 EL1 context', 1, registers(u32, 0, AARCH32_EL1));
/** Type 2. */
export const ArmAarch32El2 = context('AArch32 EL2 context', 2, registers(u32, 0, AARCH32_EL2));
/** Type 3. */
export const ArmAarch32Secure = context(
  'AArch32 secure context',
  3,
  registers(u32, 0, ['sctlrS', 'spsrMon']),
);
/** Type 4. */
export const ArmAarch64Gpr = context('AArch64 GPRs', 4, registers(u64, 0n, AARCH64_GPR));
/** Type 5. */
export const ArmAarch64El1 = context('AArch64 EL1 context', 5, registers(u64, 0n, AARCH64_EL1));
/** Type 6. */
export const ArmAarch64El2 = context('AArch64 EL2 context', 6, registers(u64, 0n, AARCH64_EL2));
/** Type 7. */
export const ArmAarch64El3 = context('AArch64 EL3 context', 7, registers(u64, 0n, AARCH64_EL3));

/** A system register by the operands of MRS: 10 bytes. */
export const ArmSystemRegister = struct(
  'Arm system register',
  {
    mrs: bits(16, {
      op2: range(0, 2, 'Op2'),
      crm: range(3, 6, 'CRm'),
      crn: range(7, 10, 'CRn'),
      op1: range(11, 13, 'Op1'),
      o0: range(14, 14, 'O0, the low bit of Op0'),
    }).doc('Encoding of the register in MRS'),
    value: u64.doc('What it held'),
  },
  SOURCE,
);

/** Type 8. */
export const ArmMiscRegisters = context('Arm system registers', 8, {
  registers: list(ArmSystemRegister).doc('Registers, each with its encoding'),
});

/** Type 9, registers of 128 bits: the low half, then the high; all ones where a register is not valid. */
export const ArmTtbr128 = context(
  'Arm 128-bit translation table base registers',
  9,
  registers(array(u64, 2), [0n, 0n], TTBR_128),
);

/** By `kind`; types that are not known are kept byte by byte. */
export const ArmContextInformation = union(
  'Arm processor context information',
  { tag: 2, tagAt: 2, length: { at: 4, size: 4, less: 8, padding: 16 } },
  {
    aarch32Gpr: ArmAarch32Gpr,
    aarch32El1: ArmAarch32El1,
    aarch32El2: ArmAarch32El2,
    aarch32Secure: ArmAarch32Secure,
    aarch64Gpr: ArmAarch64Gpr,
    aarch64El1: ArmAarch64El1,
    aarch64El2: ArmAarch64El2,
    aarch64El3: ArmAarch64El3,
    misc: ArmMiscRegisters,
    ttbr128: ArmTtbr128,
  },
);
