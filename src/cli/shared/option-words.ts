/** Options as words of a command line. */

import { LAB_OPTIONS } from '../lab/lab-choice.ts';

/** Those that choose the lab are left out, and those without a value or of which it is false. */
export function flags(values: object): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (name in LAB_OPTIONS || value === undefined || value === false) return [];
    return [value].flat().map((each) => (each === true ? `--${name}` : `--${name}=${each}`));
  });
}
