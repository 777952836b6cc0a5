/** The KVM VM of one boot: vCPUs, interrupt controller, PMU. It has no memory yet, no devices, and nothing runs. */

import type { Region } from '../core/region.ts';
import { CAP } from '../kvm/abi.ts';
import { createGic } from '../kvm/gic.ts';
import { createVm } from '../kvm/requirements.ts';
import type { EventQueue, Kvm, Vcpu, Vm } from '../native/binding.ts';
import { ADDRESS_MAP, GIC_INTERRUPTS } from '../platform/address-map.ts';
import { createProcessors, startPmus } from './processors.ts';

export interface AssembledVm {
  readonly vm: Vm;
  readonly vcpus: readonly Vcpu[];
  /** The vCPUs have a performance monitor. */
  readonly pmu: boolean;
}

/**
 * @param ram all of the guest's memory
 * @throws RasvmError KVM_CAPABILITY, MEMORY for what this host's KVM cannot do
 */
export function assembleVm(kvm: Kvm, queue: EventQueue, vcpuCount: number, ram: Region): AssembledVm {
  const vm = createVm(kvm, queue, ram);
  try {
    // A guest's SEA that the host's own firmware tables do not claim comes here, and is not an SError for the guest.
    if (kvm.checkExtension(CAP.ARM_SEA_TO_USER) > 0) vm.enableCap(CAP.ARM_SEA_TO_USER);
    const vcpus = createProcessors(kvm, vm, vcpuCount);
    createGic(vm, {
      distributor: ADDRESS_MAP.gicDistributor,
      redistributors: ADDRESS_MAP.gicRedistributors,
      its: ADDRESS_MAP.gicIts,
      interrupts: GIC_INTERRUPTS,
    });
    return { vm, vcpus, pmu: startPmus(kvm, vcpus) };
  } catch (error) {
    vm.close();
    throw error;
  }
}
