/**
 * Runs test files one after the other on a host; a file that the host died in is run once more, and what is
 * done is done.
 */

import { appendFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RasvmError } from '../../src/core/errors.ts';
import { deathLine } from '../../src/scenario/run/journal.ts';
import { reporting } from './bundle.ts';
import { deathsOf, limitOf } from './kinds.ts';
import { type TestHost, TooLong } from './test-host.ts';
import { readTotals, type TotalsFile } from './totals.ts';

export interface FilesRun {
  /** Of the host, for what is said. */
  readonly name: string;
  readonly host: TestHost;
  /** Names in the directory of the bundled tests. */
  readonly files: readonly string[];
  /** The directory, as this machine sees it. */
  readonly out: string;
  readonly env: Readonly<Record<string, string>>;
  readonly totals: TotalsFile;
  /** Before a file's name: where it is, and options of Node.js; left out: bundled. */
  readonly source?: { readonly at: string; readonly options: readonly string[] };
}

export async function runFiles(run: FilesRun): Promise<void> {
  for (const [index, file] of run.files.entries()) {
    run.totals.runs(`${file} on ${run.name}`);
    try {
      await runFile(run, file);
    } catch (error) {
      const words = error instanceof RasvmError ? [error.message, ...error.more] : [String(error)];
      const rest = run.files.slice(index + 1);
      run.totals.fail([`${file}: ${run.name} cannot be had:`, ...words].join('\n    '));
      if (rest.length > 0) run.totals.fail(`not run on ${run.name}: ${rest.join(', ')}`);
      return;
    }
  }
}

/** @throws RasvmError where there is no host for it */
async function runFile({ name, host, out, env, totals, source }: FilesRun, file: string): Promise<void> {
  const report = join(out, 'totals.json');
  const journal = join(out, 'journal');
  rmSync(journal, { force: true });
  const at = source?.at ?? host.sees;
  const args = [...(source?.options ?? []), ...reporting(host.sees), join(at, file)];
  const asked = {
    ...env,
    RASVM_TEST_TOTALS: `${host.sees}/totals.json`,
    RASVM_TEST_JOURNAL: `${host.sees}/journal`,
  };
  for (let deaths = 1; ; deaths++) {
    rmSync(report, { force: true });
    try {
      const status = await host.run(args, asked, limitOf(file));
      const got = readTotals(report);
      totals.add(got);
      if (status !== 0 && got.failed === 0)
        totals.fail(`${file} on ${name} ended with status ${status}, outside any test`);
      return;
    } catch (error) {
      const got = readTotals(report);
      const inWhat = got.running.length > 0 ? `; it was in: ${got.running.join(', ')}` : '';
      if (error instanceof TooLong) {
        totals.add(got);
        totals.fail(`${file} on ${name}: ${error.message}${inWhat}`);
        return;
      }
      if (!(error instanceof RasvmError && error.code === 'LAB_DIED')) throw error;
      const words = [error.message, ...error.more].join('\n    ');
      if (deaths === deathsOf(file)) {
        totals.add(got);
        totals.fail(`${file}: the host died while it ran, ${deaths} times${inWhat}:\n    ${words}`);
        return;
      }
      if (existsSync(journal))
        appendFileSync(journal, deathLine({ message: error.message, words: error.more }));
      console.log(`--- the host died while ${file} ran${inWhat}; it is run once more:\n    ${words}`);
    }
  }
}
