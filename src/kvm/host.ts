/** Opening the host's KVM, with an error that says what to do where it cannot be used. */

import { RasvmError } from '../core/errors.ts';
import type { Addon, Kvm, NativeError } from '../native/binding.ts';
import { CAP, KVM_API_VERSION } from './abi.ts';

const DEVICE = '/dev/kvm';

export function openKvm(addon: Addon): Kvm {
  if (process.arch !== 'arm64') {
    throw new RasvmError(
      'NO_KVM',
      `this machine is ${process.arch}: arm64 guests need an arm64 host with KVM. ` +
        'Use the lab, an emulated one: rasvm lab exec -- rasvm run ...',
    );
  }
  let kvm: Kvm;
  try {
    kvm = new addon.Kvm(DEVICE);
  } catch (cause) {
    const { code } = cause as NativeError;
    if (code === 'EACCES' || code === 'EPERM') {
      throw new RasvmError(
        'KVM_PERMISSION',
        `${DEVICE} may not be opened: add the user to the group kvm, or run as root`,
        { cause },
      );
    }
    throw new RasvmError(
      'NO_KVM',
      `${DEVICE} cannot be opened (${code}): this needs a Linux kernel with KVM, started at EL2. ` +
        'Without one use the lab: rasvm lab exec -- rasvm run ...',
      { cause },
    );
  }
  if (kvm.apiVersion !== KVM_API_VERSION) {
    throw new RasvmError('KVM_CAPABILITY', `KVM's API version is ${kvm.apiVersion}, not ${KVM_API_VERSION}`);
  }
  return kvm;
}

/** What this host's KVM can do for RAS. */
export interface RasCapabilities {
  /** KVM injects a synchronous external data abort. */
  injectsDataAbort: boolean;
  /** A vCPU can be given an SError (Linux 4.19). */
  serror: boolean;
  /** One with a syndrome: the host's CPU has the RAS extension. */
  serrorSyndrome: boolean;
  /** An abort that the host's own firmware tables do not claim comes to the VMM (KVM_EXIT_ARM_SEA). */
  seaToUser: boolean;
}

export function rasCapabilities(kvm: Kvm): RasCapabilities {
  return {
    injectsDataAbort: kvm.checkExtension(CAP.ARM_INJECT_EXT_DABT) > 0,
    serror: kvm.checkExtension(CAP.VCPU_EVENTS) > 0,
    serrorSyndrome: kvm.checkExtension(CAP.ARM_INJECT_SERROR_ESR) > 0,
    seaToUser: kvm.checkExtension(CAP.ARM_SEA_TO_USER) > 0,
  };
}
