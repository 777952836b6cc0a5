/** Scenarios that cannot be run in each VMM. */

import { actionOf, type Scenario } from '../language/schema.ts';
import type { Action } from '../language/verbs/index.ts';
import type { VmmName } from './names.ts';

/**
 * What of a scenario the VMM cannot do, in words, before a guest is started for it; undefined: it can do all.
 */
export function lackOf(vmm: VmmName, scenario: Pick<Scenario, 'steps' | 'machine'>): string | undefined {
  return vmm === 'qemu' ? lackOfQemu(scenario) : undefined;
}

function lackOfQemu({ steps, machine }: Pick<Scenario, 'steps' | 'machine'>): string | undefined {
  if (machine?.['no-acpi-policy'] !== undefined || /notify=|on-error=/.test(machine?.ras ?? ''))
    return 'QEMU has no choice of what its guest gets (no-acpi-policy, and notify and on-error of ras)';
  for (const step of steps) {
    const lack = lackOfStep(actionOf(step));
    if (lack !== undefined) return lack;
  }
  return undefined;
}

function lackOfStep({ verb, what }: Action): string | undefined {
  if (verb === 'inject' && (what.serror ?? what.sea) !== undefined)
    return 'QEMU has no command that gives a vCPU an exception (inject)';
  // inject-ghes-v2-error, of 10.2 and later, is unstable.
  if (verb === 'inject') return 'QEMU has no stable command that tells its guest a record (inject)';
  if (verb === 'poison' && what.via === 'record')
    return 'QEMU cannot tell its guest of a page that is not lost (via: record)';
  if (verb === 'poison' && what.via === 'uffd') return 'QEMU has no poison by userfaultfd (via: uffd)';
  if (verb === 'poison' && what.size !== undefined) return "pages of QEMU's guest are lost one by one (size)";
  if (verb === 'stop') return "it is about rasvm's own stop";
  if (verb === 'expect' && typeof what.guest === 'object' && 'endsWith' in what.guest)
    return "it is about rasvm's exit status (endsWith)";
  return undefined;
}
