/** Notification by a synchronous external abort (ACPI 6.5, table 18.14, type 8). */

import { injectSea } from '../vcpu/inject-sea.ts';
import type { ReadDescriptor } from '../vcpu/stage1.ts';
import { viewVcpu } from '../vcpu/vcpu-view.ts';
import type { SynchronousNotification } from './notification.ts';

/**
 * ms for a record's acknowledgement, by the exception level that the abort was taken from. Linux looks at its sources for
 * one of a process, when its thread has the CPU again; for one in kernel mode only on few paths, and at once
 * (arch/arm64/mm/fault.c do_sea).
 */
export const SEA_PATIENCE = { user: 10_000, kernel: 2000 } as const;

/** @param kvmInjects KVM_CAP_ARM_INJECT_EXT_DABT */
export function seaNotification(read: ReadDescriptor, kvmInjects: boolean): SynchronousNotification {
  return {
    name: 'SEA',
    enter(vcpu, lost) {
      const view = viewVcpu(vcpu);
      return { view, sea: injectSea(vcpu, view, lost, read, { kvmInjects }) };
    },
    patience(level, ignored) {
      return level === 0 && !ignored ? SEA_PATIENCE.user : SEA_PATIENCE.kernel;
    },
  };
}
