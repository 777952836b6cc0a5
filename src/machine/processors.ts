/** The guest's vCPUs: features, PMU, and the state in which the boot CPU enters the kernel. */

import { CAP, VCPU_FEATURE, VCPU_PMU } from '../kvm/abi.ts';
import { REG, x } from '../kvm/registers.ts';
import type { Kvm, Vcpu, Vm } from '../native/binding.ts';
import { INTERRUPT } from '../platform/address-map.ts';

/** MPIDR_EL1's affinity fields: what MADT, device tree and PSCI know a CPU by. */
const AFFINITY = 0xff_00ff_ffffn;

/** PSTATE at entry: EL1h, all exceptions masked (Documentation/arch/arm64/booting.rst). */
const ENTRY_PSTATE = 0x3c5n;

/** Makes the vCPUs with every feature that the host's KVM has for a guest. All but the first are off. */
export function createProcessors(kvm: Kvm, vm: Vm, count: number): Vcpu[] {
  const { target, features } = vm.preferredTarget();
  const has = (cap: number) => kvm.checkExtension(cap) > 0;
  let wanted = VCPU_FEATURE.PSCI_0_2;
  if (has(CAP.ARM_PMU_V3)) wanted |= VCPU_FEATURE.PMU_V3;
  if (has(CAP.ARM_PTRAUTH_ADDRESS) && has(CAP.ARM_PTRAUTH_GENERIC)) {
    wanted |= VCPU_FEATURE.PTRAUTH_ADDRESS | VCPU_FEATURE.PTRAUTH_GENERIC;
  }
  return Array.from({ length: count }, (_, index) => {
    const vcpu = vm.createVcpu(index);
    const own = features.slice();
    own[0] = (own[0] ?? 0) | wanted | (index === 0 ? 0 : VCPU_FEATURE.POWER_OFF);
    vcpu.init(target, own);
    return vcpu;
  });
}

/** To be called when the GIC exists: a PMU that interrupts needs it. @returns whether there is one */
export function startPmus(kvm: Kvm, vcpus: readonly Vcpu[]): boolean {
  if (kvm.checkExtension(CAP.ARM_PMU_V3) <= 0) return false;
  const irq = new Uint8Array(4);
  new DataView(irq.buffer).setUint32(0, INTERRUPT.pmu, true);
  for (const vcpu of vcpus) {
    vcpu.setAttr(VCPU_PMU.GROUP, VCPU_PMU.IRQ, irq);
    vcpu.setAttr(VCPU_PMU.GROUP, VCPU_PMU.INIT);
  }
  return true;
}

/** A vCPU's affinity as the guest sees it. */
export function mpidrOf(vcpu: Vcpu): bigint {
  return vcpu.getReg(REG.MPIDR_EL1) & AFFINITY;
}

/** The boot protocol: PC at the Image, x0 the device tree's GPA, x1 to x3 zero. */
export function enterKernel(vcpu: Vcpu, entry: number, dtb: number): void {
  vcpu.setReg(x(0), BigInt(dtb));
  for (const n of [1, 2, 3]) vcpu.setReg(x(n), 0n);
  vcpu.setReg(REG.PSTATE, ENTRY_PSTATE);
  vcpu.setReg(REG.PC, BigInt(entry));
}
