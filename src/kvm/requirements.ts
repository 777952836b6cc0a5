/**
 * All that a guest needs of the host's KVM, in one list, asked for before anything of the guest is made:
 * `rasvm run` refuses for it, and `rasvm doctor` reports it.
 */

import { RasvmError } from '../core/errors.ts';
import { GiB, type Region } from '../core/region.ts';
import type { EventQueue, Kvm, Vm } from '../native/binding.ts';
import { CAP, DEVICE_TYPE } from './abi.ts';

interface Requirement {
  has(kvm: Kvm, vm: Vm): boolean;
  /** What is missing, and what to do. */
  lack: string;
}

const capability = (cap: number) => (kvm: Kvm) => kvm.checkExtension(cap) > 0;
const device = (type: number) => (_: Kvm, vm: Vm) => vm.hasDevice(type);

const REQUIREMENTS: readonly Requirement[] = [
  {
    has: device(DEVICE_TYPE.ARM_VGIC_V3),
    lack:
      "the host's KVM has no virtual GICv3 (KVM_DEV_TYPE_ARM_VGIC_V3), as on hosts with a GICv2 alone, such as a " +
      'Raspberry Pi 4 or 5: take a host with a GICv3, or the lab',
  },
  {
    has: device(DEVICE_TYPE.ARM_VGIC_ITS),
    lack: "the host's KVM has no virtual ITS (KVM_DEV_TYPE_ARM_VGIC_ITS): take a kernel of Linux 4.8 or later",
  },
  {
    has: capability(CAP.ARM_PSCI_0_2),
    lack: "the host's KVM has no PSCI 0.2 (KVM_CAP_ARM_PSCI_0_2): take a kernel of Linux 3.16 or later",
  },
  {
    has: capability(CAP.IMMEDIATE_EXIT),
    lack: "the host's KVM has no KVM_CAP_IMMEDIATE_EXIT: take a kernel of Linux 4.11 or later",
  },
];

/** What the host's KVM lacks for any guest, a sentence each. */
export function kvmLacks(kvm: Kvm, vm: Vm): string[] {
  return REQUIREMENTS.filter(({ has }) => !has(kvm, vm)).map(({ lack }) => lack);
}

/** Bits of a guest's physical addresses that KVM gives by default; before Linux 4.20 there are no others. */
const DEFAULT_IPA_BITS = 40;

/** Bits that a guest's physical addresses may have. */
export function ipaLimit(kvm: Kvm): number {
  return kvm.checkExtension(CAP.ARM_VM_IPA_SIZE) || DEFAULT_IPA_BITS;
}

/** A VM to ask what it can do. */
export function createBareVm(kvm: Kvm, queue: EventQueue): Vm {
  return createWith(kvm, queue, Math.min(ipaLimit(kvm), DEFAULT_IPA_BITS));
}

function createWith(kvm: Kvm, queue: EventQueue, bits: number): Vm {
  // 0 is understood by every kernel.
  return kvm.createVm(bits === DEFAULT_IPA_BITS ? 0 : bits, queue);
}

/**
 * A VM with addresses for `ram`, on a host that has all that a guest needs.
 *
 * @param ram GPA and size of guest RAM; nothing of the guest stands behind it
 * @throws RasvmError KVM_CAPABILITY for what the host lacks, MEMORY where RAM ends beyond its addresses
 */
export function createVm(kvm: Kvm, queue: EventQueue, { base, size }: Region): Vm {
  const limit = ipaLimit(kvm);
  const bits = Math.max(Math.ceil(Math.log2(base + size)), Math.min(limit, DEFAULT_IPA_BITS));
  if (bits > limit) {
    const most = Math.floor((2 ** limit - base) / GiB);
    throw new RasvmError(
      'MEMORY',
      `${size / GiB} GiB of guest RAM end beyond the addresses of ${limit} bits that the host's KVM has for a guest: ` +
        `give --memory ${most}G or less`,
    );
  }
  const vm = createWith(kvm, queue, bits);
  const [first, ...more] = kvmLacks(kvm, vm);
  if (first === undefined) return vm;
  vm.close();
  throw new RasvmError('KVM_CAPABILITY', first, { more });
}
