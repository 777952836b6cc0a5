/**
 * When the guest kernel prints a record: two in five seconds of each class (ghes.c ghes_print_estatus), and
 * not one that it printed ten seconds ago or less (ghes_estatus_cached). So whoever reports a record waits
 * here before.
 */

import { type ConsoleLine, parseKernelLine, printedLines } from './console.ts';
import { isReportHead, PRINTED_REPORTS } from './kernel-report.ts';

/** Corrected and informational records are counted apart from all others. */
export type ReportClass = 'corrected' | 'uncorrected';

/** ms in which the same record is not printed again. */
const SAME_RECORD = 10_000;

/** One at the edge of its window may still count in the guest. */
const MARGIN = 500;

interface Printed {
  at: number;
  class: ReportClass;
}

/** The reports in a console's lines. */
export function printedReports(lines: readonly ConsoleLine[]): Printed[] {
  const printed: Printed[] = [];
  for (const { at, text } of printedLines(lines)) {
    if (isReportHead(text)) printed.push({ at, class: 'uncorrected' });
    const severity = /\[Hardware Error\]: event severity: (\w+)/.exec(parseKernelLine(text)?.text ?? '')?.[1];
    if ((severity === 'corrected' || severity === 'info') && printed.length > 0)
      printed.at(-1)!.class = 'corrected';
  }
  return printed;
}

export class Throttle {
  readonly #reported = new Map<string, number>();
  readonly #console: { readonly items: readonly ConsoleLine[] };

  /** @param console of the guest, from its boot on */
  constructor(console: { readonly items: readonly ConsoleLine[] }) {
    this.#console = console;
  }

  /**
   * @param count of records that will be reported at once
   * @param same what is the same for the same record; left out: there is none like it
   * @returns ms to wait until all of them will be printed; those beyond two at once will not be in any case
   */
  wait(
    now: number,
    { count = 1, class: kind = 'uncorrected', same }: { count?: number; class?: ReportClass; same?: string },
  ): number {
    const printed = printedReports(this.#console.items)
      .filter((each) => each.class === kind)
      .map(({ at }) => at);
    const room = PRINTED_REPORTS.most - Math.min(count, PRINTED_REPORTS.most);
    const window = (printed.at(-1 - room) ?? Number.NEGATIVE_INFINITY) + PRINTED_REPORTS.window;
    const again = (same === undefined ? undefined : this.#reported.get(same)) ?? Number.NEGATIVE_INFINITY;
    return Math.max(0, Math.max(window, again + SAME_RECORD) + MARGIN - now);
  }

  reported(same: string, now: number): void {
    this.#reported.set(same, now);
  }
}
