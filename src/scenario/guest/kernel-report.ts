/** What a Linux guest prints of a memory error: its APEI report and what memory_failure did with the page. */

import { parseKernelLine } from './console.ts';

/** One error status block, as printed by drivers/acpi/apei/ghes.c and drivers/firmware/efi/cper.c. */
export interface KernelReport {
  /** n of "{n}[Hardware Error]:"; counts the printed reports from 1. */
  number: number;
  /** Source id in the HEST. */
  source?: number;
  severity?: string;
  /** Of its (first) memory section. */
  physicalAddress?: number;
}

const REPORT_LINE = /^\{(\d+)\}\[Hardware Error\]: *(.*)$/;

/** Whether a console line is the first of a report. */
export function isReportHead(line: string): boolean {
  const match = REPORT_LINE.exec(parseKernelLine(line)?.text ?? '');
  return match?.[2]?.startsWith('Hardware error from APEI') ?? false;
}

/** The reports in console lines, oldest first. A guest that reboots counts anew. */
export function kernelReports(lines: readonly string[]): KernelReport[] {
  const reports: KernelReport[] = [];
  for (const line of lines) {
    const match = REPORT_LINE.exec(parseKernelLine(line)?.text ?? '');
    if (!match) continue;
    const [, digits, text] = match;
    const number = Number(digits);
    let report = reports.findLast((each) => each.number === number);
    const source = /^Hardware error from APEI Generic Hardware Error Source: (\d+)/.exec(text!);
    if (!report || (source && report.source !== undefined)) {
      report = { number };
      reports.push(report);
    }
    if (source) report.source = Number(source[1]);
    const severity = /^event severity: (\w+)/.exec(text!);
    if (severity) report.severity ??= severity[1]!;
    const address = /^physical_address: (0x[0-9a-f]+)/.exec(text!);
    if (address) report.physicalAddress ??= Number(address[1]);
  }
  return reports;
}

/** "Memory failure: 0xPFN: recovery action for KIND: RESULT" (mm/memory-failure.c action_result). */
export interface RecoveryAction {
  frame: number;
  /** Such as "dirty LRU page". */
  page: string;
  /** Recovered, Delayed, Ignored or Failed. */
  result: string;
}

export function recoveryActions(lines: readonly string[]): RecoveryAction[] {
  return lines.flatMap((line) => {
    const text = parseKernelLine(line)?.text ?? '';
    const match = /^Memory failure: (0x[0-9a-f]+): recovery action for (.+): (\w+)$/.exec(text);
    return match ? [{ frame: Number(match[1]), page: match[2]!, result: match[3]! }] : [];
  });
}

/** Linux prints at most two reports of uncorrected errors in five seconds (ghes.c ghes_print_estatus). */
export const PRINTED_REPORTS = { most: 2, window: 5000 } as const;

/**
 * How long to wait until the guest kernel prints the next report.
 *
 * @param printed when its reports were printed, in ms.
 */
export function untilNextReport(printed: readonly number[], now: number): number {
  // One at the edge of its window may still count there: half a second of margin.
  const next = (printed.at(-PRINTED_REPORTS.most) ?? Number.NEGATIVE_INFINITY) + PRINTED_REPORTS.window + 500;
  return Math.max(0, next - now);
}
