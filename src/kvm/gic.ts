/** The guest's interrupt controller: KVM's GICv3 with an ITS. */

import type { Region } from '../core/region.ts';
import type { Vm } from '../native/binding.ts';
import { DEVICE_TYPE, VGIC } from './abi.ts';

export interface GicOptions {
  distributor: Region;
  redistributors: Region;
  its: Region;
  /** Interrupts in all, SGIs and PPIs included; a multiple of 32. */
  interrupts: number;
}

/** To be called when every vCPU exists, and before the first one runs. The VM owns the devices. */
export function createGic(vm: Vm, { distributor, redistributors, its, interrupts }: GicOptions): void {
  const gic = vm.createDevice(DEVICE_TYPE.ARM_VGIC_V3);
  gic.setAttr(VGIC.GROUP_ADDR, VGIC.ADDR_DIST, u64(distributor.base));
  gic.setAttr(VGIC.GROUP_ADDR, VGIC.ADDR_REDIST, u64(redistributors.base));
  const count = new Uint8Array(4);
  new DataView(count.buffer).setUint32(0, interrupts, true);
  gic.setAttr(VGIC.GROUP_NR_IRQS, 0n, count);
  gic.setAttr(VGIC.GROUP_CTRL, VGIC.CTRL_INIT);

  const translator = vm.createDevice(DEVICE_TYPE.ARM_VGIC_ITS);
  translator.setAttr(VGIC.GROUP_ADDR, VGIC.ADDR_ITS, u64(its.base));
  translator.setAttr(VGIC.GROUP_CTRL, VGIC.CTRL_INIT);
}

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}
