/** Differences, as lines or as JSON. */

import { type Difference, printJson, type Side } from '@rasvm/acpi';

/** A table or record, and how it differs; `only` says which side alone has it. */
export interface Compared {
  readonly title: string;
  readonly only?: 'a' | 'b';
  readonly differences: readonly Difference[];
}

/** Prints what differs; the exit status is 1 if anything does. */
export function reportDifferences(compared: readonly Compared[], json: boolean): void {
  const found = compared.filter(({ only, differences }) => only !== undefined || differences.length > 0);
  process.stdout.write(json ? `${printJson(found as never)}\n` : found.map(textOf).join(''));
  if (found.length > 0) process.exitCode = 1;
}

function textOf({ title, only, differences }: Compared): string {
  if (only !== undefined) return `${title}: only in ${only === 'a' ? 'the first' : 'the second'}\n`;
  return `${title}\n${differences.map(({ field, a, b }) => `  ${field}: ${sideText(a)} -> ${sideText(b)}\n`).join('')}`;
}

function sideText(side: Side | undefined): string {
  if (side === undefined) return '(none)';
  return side.text === '' ? '(there)' : side.text;
}
