/** Where everything stands in the guest's physical address space, and which interrupt it has. */

import { KiB } from '../core/region.ts';

/** As on QEMU's virt machine, so that habits like earlycon=pl011,0x9000000 hold. */
export const ADDRESS_MAP = {
  gicDistributor: { base: 0x0800_0000, size: 64 * KiB },
  gicIts: { base: 0x0808_0000, size: 128 * KiB },
  /** 128 KiB a vCPU. */
  gicRedistributors: { base: 0x080a_0000, size: 64 * 128 * KiB },
  uart: { base: 0x0900_0000, size: 4 * KiB },
  rtc: { base: 0x0901_0000, size: 4 * KiB },
  gpio: { base: 0x0903_0000, size: 4 * KiB },
  /** The second serial port, where a machine has one. */
  uart1: { base: 0x0904_0000, size: 4 * KiB },
  /** read_ack registers of the GHESv2 sources, 8 bytes each. */
  readAck: { base: 0x0908_0000, size: 4 * KiB },
  ram: { base: 0x4000_0000 },
} as const;

export const MAX_VCPUS = 64;

/** SGIs, PPIs and SPIs together. */
export const GIC_INTERRUPTS = 96;

/** GSIVs: SPIs count from 32, PPIs from 16. */
export const INTERRUPT = {
  uart: 33,
  rtc: 34,
  gpio: 39,
  gedPower: 40,
  gedHardwareError: 41,
  uart1: 42,
  timerSecure: 29,
  timerNonSecure: 30,
  timerVirtual: 27,
  timerHypervisor: 26,
  pmu: 23,
  gicMaintenance: 25,
} as const;
