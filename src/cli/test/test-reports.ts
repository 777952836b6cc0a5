/** `--report FORMAT:FILE` of `rasvm test`: what became of a run, in the forms that others read. */

import { statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CANNOT_TEST, RasvmError } from '../../core/errors.ts';
import type { RunResult } from '../../scenario/run/result.ts';

const WRITERS = {
  junit: async () => (await import('../../scenario/report/junit.ts')).junitReport,
  ktap: async () => (await import('../../scenario/report/ktap.ts')).ktapReport,
  json: async () => (await import('../../scenario/report/json.ts')).jsonReport,
  html: async () => (await import('../../scenario/report/html.ts')).htmlReport,
} as const;

export type ReportFormat = keyof typeof WRITERS;

export interface ReportRequest {
  format: ReportFormat;
  path: string;
}

/**
 * Before the run: nobody wants to hear after it that there is no place for its report.
 * @throws RasvmError USAGE, FILE
 */
export function parseReport(text: string): ReportRequest {
  const [, format, path] = /^(\w+):(.+)$/s.exec(text) ?? [];
  if (format === undefined || path === undefined || !Object.hasOwn(WRITERS, format))
    throw new RasvmError(
      'USAGE',
      `--report ${text}: give FORMAT:FILE with one of the formats ${Object.keys(WRITERS).join(', ')}`,
    );
  if (!statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory())
    throw new RasvmError('FILE', `--report ${text}: there is no such directory`);
  return { format: format as ReportFormat, path };
}

/** Writes each that can be. @throws RasvmError FILE with those that cannot */
export async function writeReports(run: RunResult, requests: readonly ReportRequest[]): Promise<void> {
  const faults: string[] = [];
  for (const { format, path } of requests) {
    try {
      const write = await WRITERS[format]();
      writeFileSync(path, write(run));
    } catch (cause) {
      faults.push(`--report ${format}:${path} cannot be written: ${(cause as Error).message}`);
    }
  }
  const [fault, ...more] = faults;
  if (fault !== undefined) throw new RasvmError('FILE', fault, { more });
}

/** The exit status that tells what became of a run. */
export function testStatus({ cases }: RunResult): number {
  const count = (outcome: string) => cases.filter((each) => each.outcome === outcome).length;
  if (count('failed') > 0) return 1;
  return count('broken') > 0 || count('passed') === 0 ? CANNOT_TEST : 0;
}
