/** Findings of a check, as lines or as JSON. */

import { FINDINGS, type Finding, printJson } from '@rasvm/acpi';

/** What was checked, and what was found. */
export interface Checked {
  readonly name: string;
  readonly findings: readonly Finding[];
}

/** Prints the findings; the exit status is 1 if one is an error. */
export function reportFindings(checked: readonly Checked[], json: boolean): void {
  process.stdout.write(json ? jsonText(checked) : checked.map(textOf).join(''));
  if (checked.some(({ findings }) => findings.some(({ severity }) => severity === 'error')))
    process.exitCode = 1;
}

function jsonText(checked: readonly Checked[]): string {
  const all = checked.flatMap(({ name, findings }) => findings.map((finding) => ({ name, ...finding })));
  return `${printJson(all as never)}\n`;
}

function textOf({ name, findings }: Checked): string {
  if (findings.length === 0) return `${name}: nothing found\n`;
  return findings.map((finding) => `${name}: ${findingText(finding)}\n`).join('');
}

/** `error CODE field (offset 0x10): what is wrong here. What that means. [source; Linux 6.1 to 7.3]` */
function findingText({ severity, code, field, offset, reason, source, kernels }: Finding): string {
  const place = offset === undefined ? '' : `offset 0x${offset.toString(16)}`;
  const where = field === '' ? place : place === '' ? field : `${field} (${place})`;
  const origin = kernels === undefined ? source : `${source}; Linux ${kernels}`;
  const meaning = FINDINGS[code]?.meaning;
  const said = [reason, meaning]
    .filter((text) => text !== undefined)
    .map((text) => text.replace(/\.?$/, '.'));
  return `${severity} ${code}${where === '' ? '' : ` ${where}`}: ${said.join(' ')} [${origin}]`;
}
