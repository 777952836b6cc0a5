/** What a case must know of each VMM. */

import type { InjectMemoryRequest } from '../../api/inject.ts';
import type { MachineRequest } from '../language/schema.ts';
import type { Exit } from './child.ts';
import type { VmmName } from './names.ts';

export interface Vmm {
  readonly name: VmmName;
  /** In a sentence. */
  readonly title: string;
  /** It reports its events and status: what a scenario expects of them is expected of it. */
  readonly reports: boolean;
  /** The one way by which it loses pages, whatever the scenario says; left out: any. */
  readonly means?: InjectMemoryRequest['via'];
  /** Its status when the guest panics; left out: it has none, and the console says it. */
  readonly panicStatus?: number;
}

export const VMMS: Readonly<Record<VmmName, Vmm>> = {
  rasvm: { name: 'rasvm', title: 'rasvm', reports: true, panicStatus: 3 },
  qemu: { name: 'qemu', title: 'QEMU', reports: false, means: 'hwpoison' },
};

export function isPanic({ panicStatus }: Vmm, { status, panic }: Exit): boolean {
  return panicStatus === undefined ? panic !== undefined : status === panicStatus;
}

/** What a case requests of a VMM. */
export interface GuestRequest {
  vmm: VmmName;
  /** Path of an arm64 Image. */
  kernel: string;
  machine: MachineRequest & { memory: string };
}

/**
 * More words for a test guest's kernel. Debian's lets but a few SysRq keys through. The self-tests of its crypto API are a third
 * of its boot, and no part of RAS.
 */
export const TEST_GUEST_WORDS = 'loglevel=5 printk.time=1 sysrq_always_enabled cryptomgr.notests=1';
