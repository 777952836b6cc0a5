/**
 * Why a case did not pass, where the guest's kernel is at fault as a whole: its handling of memory errors is
 * off or missing.
 */

import type { Cause } from '../run/result.ts';
import { CAUSES } from './diagnosis-causes.ts';
import type { Facts } from './diagnosis-facts.ts';

/** The first that fits of {@link CAUSES}; undefined: the case stands for itself. */
export function diagnose(facts: Facts): Cause | undefined {
  for (const { code, reference, says } of CAUSES) {
    const text = says(facts);
    if (text !== undefined) return { code, text, reference };
  }
  return undefined;
}
