/** What `rasvm test` says at its end. */

import { terminalReport } from '../../scenario/report/terminal.ts';
import { colours, type Paint, plain } from '../../scenario/report/timeline.ts';
import type { RunResult } from '../../scenario/run/result.ts';
import { type ReportRequest, writeReports } from './test-reports.ts';

export function paintFor(stream: NodeJS.WriteStream): Paint {
  return stream.isTTY && !process.env.NO_COLOR ? colours : plain;
}

/** Tells what became of a run on standard output, and in files. @throws RasvmError FILE */
export async function conclude(run: RunResult, reports: readonly ReportRequest[]): Promise<void> {
  process.stdout.write(`\n${terminalReport(run, { paint: paintFor(process.stdout) })}`);
  await writeReports(run, reports);
}
