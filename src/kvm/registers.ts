/** Identifiers of arm64 registers for KVM_GET_ONE_REG (arch/arm64/include/uapi/asm/kvm.h). */

const KVM_REG_ARM64 = 0x6000_0000_0000_0000n;
const KVM_REG_SIZE_U64 = 0x0030_0000_0000_0000n;
const KVM_REG_ARM_CORE = 0x0010_0000n;
const KVM_REG_ARM64_SYSREG = 0x0013_0000n;

/** A field of struct kvm_regs by its byte offset. */
function core(offset: number): bigint {
  return KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | BigInt(offset / 4);
}

function sysreg(op0: number, op1: number, crn: number, crm: number, op2: number): bigint {
  const encoding = (op0 << 14) | (op1 << 11) | (crn << 7) | (crm << 3) | op2;
  return KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM64_SYSREG | BigInt(encoding);
}

/** General register `n`, 0 to 30. */
export function x(n: number): bigint {
  return core(8 * n);
}

export const REG = {
  SP: core(248),
  PC: core(256),
  PSTATE: core(264),
  SP_EL1: core(272),
  ELR_EL1: core(280),
  SPSR_EL1: core(288),
  MPIDR_EL1: sysreg(3, 0, 0, 0, 5),
  SCTLR_EL1: sysreg(3, 0, 1, 0, 0),
  TTBR0_EL1: sysreg(3, 0, 2, 0, 0),
  TTBR1_EL1: sysreg(3, 0, 2, 0, 1),
  TCR_EL1: sysreg(3, 0, 2, 0, 2),
  ESR_EL1: sysreg(3, 0, 5, 2, 0),
  FAR_EL1: sysreg(3, 0, 6, 0, 0),
  VBAR_EL1: sysreg(3, 0, 12, 0, 0),
  DISR_EL1: sysreg(3, 0, 12, 1, 1),
  CNTV_CTL_EL0: sysreg(3, 3, 14, 3, 1),
  /** KVM_REG_ARM_TIMER_CVAL and _CNT: by a mistake of old each has the encoding of the other. */
  CNTV_CVAL_EL0: sysreg(3, 3, 14, 0, 2),
  CNTVCT_EL0: sysreg(3, 3, 14, 3, 2),
} as const;
