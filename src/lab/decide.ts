/** Whether a command that needs an arm64 KVM host runs here or in the lab (`--lab auto|never|always`). */

import { accessSync, constants, existsSync } from 'node:fs';
import { RasvmError } from '../core/errors.ts';

export const LAB_MODES = ['auto', 'never', 'always'] as const;
export type LabMode = (typeof LAB_MODES)[number];

/** What the decision looks at; given by tests. */
export interface Host {
  readonly arch: string;
  readonly hasKvm: boolean;
  readonly mayUseKvm: boolean;
}

/**
 * True when the lab is needed: this machine is no arm64 KVM host, or `always` was said.
 * @throws RasvmError NO_KVM or KVM_PERMISSION when it is needed and `never` was said.
 */
export function needsLab(mode: LabMode, host: Host = thisHost()): boolean {
  if (mode === 'always') return true;
  if (host.arch === 'arm64' && host.mayUseKvm) return false;
  if (mode === 'auto') return true;
  if (host.arch !== 'arm64')
    throw new RasvmError(
      'NO_KVM',
      `this is no arm64 machine (${host.arch}): leave out --lab never to use the lab`,
    );
  if (!host.hasKvm)
    throw new RasvmError('NO_KVM', '/dev/kvm is missing: load KVM, or leave out --lab never to use the lab');
  throw new RasvmError(
    'KVM_PERMISSION',
    '/dev/kvm may not be opened: join the group kvm, or leave out --lab never to use the lab',
  );
}

function thisHost(): Host {
  return { arch: process.arch, hasKvm: existsSync('/dev/kvm'), mayUseKvm: mayOpen('/dev/kvm') };
}

function mayOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
