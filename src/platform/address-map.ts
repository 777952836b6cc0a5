/** Where what is no device stands in the guest's address space, and which interrupt it has. Devices: virt.ts. */

import { KiB, MiB } from '../core/region.ts';

/** As on QEMU's virt machine. */
export const ADDRESS_MAP = {
  gicDistributor: { base: 0x0800_0000, size: 64 * KiB },
  gicIts: { base: 0x0808_0000, size: 128 * KiB },
  /** 128 KiB a vCPU. */
  gicRedistributors: { base: 0x080a_0000, size: 64 * 128 * KiB },
  /** read_ack registers of the GHESv2 sources, 8 bytes each. */
  readAck: { base: 0x0908_0000, size: 4 * KiB },
  ram: { base: 0x4000_0000 },
} as const;

/** Where devices stand that have no place by habit. */
export const DEVICES = {
  window: { base: 0x0910_0000, size: 15 * MiB },
  gsivs: { first: 48, count: 48 },
} as const;

export const MAX_VCPUS = 64;

/** SGIs, PPIs and SPIs together. */
export const GIC_INTERRUPTS = 96;

/** GSIVs: SPIs count from 32, PPIs from 16. */
export const INTERRUPT = {
  gedHardwareError: 41,
  timerSecure: 29,
  timerNonSecure: 30,
  timerVirtual: 27,
  timerHypervisor: 26,
  pmu: 23,
  gicMaintenance: 25,
} as const;
