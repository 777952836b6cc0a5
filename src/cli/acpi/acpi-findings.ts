/** Findings of a check, as lines or as JSON, printed as they are made. */

import { escaped, FINDINGS, type Finding, type FindingSeverity, printJsonLine } from '@rasvm/acpi';
import { Option } from 'commander';
import { TextOutput } from './acpi-output.ts';

export interface FindingsOptions {
  readonly json?: true;
  readonly notes?: true;
  readonly explain?: true;
}

/** Options of every command that checks. */
export function findingsOptions(): Option[] {
  return [
    new Option('--notes', 'show notes too; without it they are only counted'),
    new Option('--explain', 'say below each finding what it means'),
    new Option('--json', 'an array of objects, notes among them').conflicts(['notes', 'explain']),
  ];
}

/** Prints findings, and in the end how many there are; the exit status is 1 if one is an error. */
export class FindingsReport {
  readonly #out = new TextOutput();
  readonly #options: FindingsOptions;
  readonly #counts: Record<FindingSeverity, number> = { error: 0, warning: 0, note: 0 };
  #hidden = 0;
  #checked = 0;
  #empty = true;

  constructor(options: FindingsOptions) {
    this.#options = options;
  }

  /**
   * What was found in the table or record of this name.
   * @param options `counts`: is it one of those that are counted (default true)
   */
  async add(name: string, findings: readonly Finding[], { counts = true } = {}): Promise<void> {
    if (counts) this.#checked++;
    for (const finding of findings) {
      this.#counts[finding.severity]++;
      if (this.#options.json) {
        await this.#out.write(`${this.#empty ? '[' : ','}\n  ${printJsonLine({ name, ...finding })}`);
        this.#empty = false;
      } else if (isShown(finding, this.#options)) await this.#out.write(this.#textOf(name, finding));
      else this.#hidden++;
    }
  }

  /** @param what is counted: `table`, `record` */
  async end(what: string): Promise<void> {
    if (this.#options.json) await this.#out.write(this.#empty ? '[]\n' : '\n]\n');
    else await this.#out.write(this.#summary(what));
    await this.flush();
    if (this.#counts.error > 0) process.exitCode = 1;
  }

  async flush(): Promise<void> {
    await this.#out.flush();
  }

  #textOf(name: string, finding: Finding): string {
    const meaning = FINDINGS[finding.code]?.meaning;
    const explained = this.#options.explain && finding.rules !== 'effect' && meaning !== undefined;
    return `${escaped(name)}: ${findingText(finding, meaning)}\n${explained ? `    ${meaning}.\n` : ''}`;
  }

  #summary(what: string): string {
    const { error, warning, note } = this.#counts;
    const all = [counted(error, 'error'), counted(warning, 'warning'), counted(note, 'note')].join(', ');
    return `${all} in ${counted(this.#checked, what)}${this.#hidden > 0 ? '; --notes shows the notes' : ''}\n`;
  }
}

/** What a guest will do is what was asked, of whatever severity it is. */
function isShown({ severity, rules }: Finding, { notes }: FindingsOptions): boolean {
  return severity !== 'note' || rules === 'effect' || notes === true;
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** `error CODE field (offset 0x10): what is wrong here [source; Linux 6.1 to 7.3]` */
function findingText(finding: Finding, meaning: string | undefined): string {
  const { severity, code, field, offset, reason, rules, source, kernels } = finding;
  const place = offset === undefined ? '' : `offset 0x${offset.toString(16)}`;
  const where = field === '' ? place && `(${place})` : place === '' ? field : `${field} (${place})`;
  const origin = kernels === undefined ? source : `${source}; Linux ${kernels}`;
  // Of an effect the meaning is what happens.
  const said = rules === 'effect' && meaning !== undefined ? `${reason}. ${meaning}` : reason;
  return `${severity} ${code}${where === '' ? '' : ` ${where}`}: ${escaped(said)} [${origin}]`;
}
