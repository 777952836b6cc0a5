/** What --ras comes to with this guest. */

import { RasvmError } from '../errors.ts';
import type { RunOptions } from './options.ts';

export type RasMode =
  /** HEST, records, notifications. */
  | { resolved: 'on' }
  /** No HEST: a touch of a lost page is a plain SEA. `reason` is for the log. */
  | { resolved: 'off'; reason: string };

/** @throws RasvmError KVM_CAPABILITY where `--ras on` cannot be had. */
export function resolveRas({ ras, acpi }: Pick<RunOptions, 'ras' | 'acpi'>): RasMode {
  if (ras.mode === 'off') return { resolved: 'off', reason: '--ras off' };
  if (acpi) return { resolved: 'on' };
  if (ras.mode === 'on') {
    throw new RasvmError(
      'USAGE',
      '--ras on needs ACPI, whose HEST says where error records stand: leave out --acpi off, or take --ras auto',
    );
  }
  return { resolved: 'off', reason: 'a guest without ACPI has no HEST' };
}
