/** KVM's numbers that rasvm uses (include/uapi/linux/kvm.h, arch/arm64/include/uapi/asm/kvm.h). */

export const KVM_API_VERSION = 12;

export const CAP = {
  ARM_PSCI_0_2: 102,
  ARM_PMU_V3: 126,
  ARM_INJECT_SERROR_ESR: 158,
  IMMEDIATE_EXIT: 136,
  ARM_VM_IPA_SIZE: 165,
  ARM_PTRAUTH_ADDRESS: 171,
  ARM_PTRAUTH_GENERIC: 172,
  ARM_INJECT_EXT_DABT: 178,
  ARM_SEA_TO_USER: 245,
  VCPU_EVENTS: 41,
  MAX_VCPUS: 66,
} as const;

/** Bits of kvm_vcpu_init.features[0]. */
export const VCPU_FEATURE = {
  POWER_OFF: 1 << 0,
  PSCI_0_2: 1 << 2,
  PMU_V3: 1 << 3,
  SVE: 1 << 4,
  PTRAUTH_ADDRESS: 1 << 5,
  PTRAUTH_GENERIC: 1 << 6,
} as const;

export const DEVICE_TYPE = { ARM_VGIC_V3: 7, ARM_VGIC_ITS: 8 } as const;

/** Groups and attributes of the GICv3 and ITS devices (Documentation/virt/kvm/devices/arm-vgic-v3.rst). */
export const VGIC = {
  GROUP_ADDR: 0,
  GROUP_NR_IRQS: 3,
  GROUP_CTRL: 4,
  ADDR_DIST: 2n,
  ADDR_REDIST: 3n,
  ADDR_ITS: 4n,
  CTRL_INIT: 0n,
} as const;

/** Groups and attributes of a vCPU's PMU (Documentation/virt/kvm/devices/vcpu.rst). */
export const VCPU_PMU = { GROUP: 0, IRQ: 0n, INIT: 1n } as const;

/** The SMCCC filter, an attribute of the VM (Documentation/virt/kvm/devices/vm.rst). */
export const SMCCC_FILTER = { GROUP: 0, FILTER: 0n } as const;

/** KVM_GET_MP_STATE (KVM_MP_STATE_*), as arm64 has it: on, off by PSCI, suspended by PSCI. */
export const MP_STATE = { RUNNABLE: 0, STOPPED: 5, SUSPENDED: 10 } as const;

/** KVM_EXIT_SYSTEM_EVENT's types. */
export const SYSTEM_EVENT = { SHUTDOWN: 1, RESET: 2, CRASH: 3 } as const;

/** KVM_IRQ_LINE's number for a shared peripheral interrupt given as GSIV (32 and up). */
export function spi(gsiv: number): number {
  const KVM_ARM_IRQ_TYPE_SPI = 1;
  return (KVM_ARM_IRQ_TYPE_SPI << 24) | gsiv;
}
