/** Runs a test file, or its part, on a host; if the host dies in it, it is run once more, and what is done is done. */

import { appendFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RasvmError } from '../../src/core/errors.ts';
import { deathLine } from '../../src/scenario/run/journal.ts';
import { reporting } from './bundle.ts';
import { deathsOf, limitOf } from './kinds.ts';
import { type Piece, pieceName } from './pieces.ts';
import { type TestHost, TooLong } from './test-host.ts';
import { readTotals, type TotalsFile } from './totals.ts';
import type { Voice } from './turns.ts';

export interface PieceRun {
  readonly piece: Piece;
  /** Of the host, for what is said. */
  readonly where: string;
  readonly host: TestHost;
  /** The directory of the bundled tests, as this machine sees it. */
  readonly out: string;
  readonly env: Readonly<Record<string, string>>;
  readonly totals: TotalsFile;
  readonly voice: Voice;
  /** Arguments of Node.js by which the file is run. */
  readonly args: readonly string[];
}

/** Where the totals of what runs now come, in the directory of the bundled tests. */
export const RUNNING_TOTALS = 'totals.json';

/** @throws RasvmError where there is no host for it */
export async function runPiece({
  piece,
  where,
  host,
  out,
  env,
  totals,
  voice,
  args,
}: PieceRun): Promise<void> {
  const { file, part } = piece;
  const name = pieceName(piece, where);
  const report = join(out, RUNNING_TOTALS);
  const journal = join(out, 'journal');
  rmSync(journal, { force: true });
  const asked = {
    ...env,
    ...(part && { RASVM_TEST_PART: part }),
    RASVM_TEST_TOTALS: `${host.sees}/${RUNNING_TOTALS}`,
    RASVM_TEST_JOURNAL: `${host.sees}/journal`,
  };
  for (let deaths = 1; ; deaths++) {
    rmSync(report, { force: true });
    try {
      const status = await host.run([...reporting(host.sees), ...args], asked, limitOf(file), voice);
      const got = readTotals(report);
      totals.add(got);
      if (status !== 0 && got.failed === 0)
        totals.fail(`${name} ended with status ${status}, outside any test`, voice);
      return;
    } catch (error) {
      const got = readTotals(report);
      const inWhat = got.running.length > 0 ? `; it was in: ${got.running.join(', ')}` : '';
      if (error instanceof TooLong) {
        totals.add(got);
        totals.fail(`${name}: ${error.message}${inWhat}`, voice);
        return;
      }
      if (!(error instanceof RasvmError && error.code === 'LAB_DIED')) throw error;
      const words = [error.message, ...error.more].join('\n    ');
      if (deaths === deathsOf(file)) {
        totals.add(got);
        totals.fail(`${name}: the host died while it ran, ${deaths} times${inWhat}:\n    ${words}`, voice);
        return;
      }
      if (existsSync(journal))
        appendFileSync(journal, deathLine({ message: error.message, words: error.more }));
      voice.write(`--- the host died while ${file} ran${inWhat}; it is run once more:\n    ${words}\n`);
    } finally {
      rmSync(report, { force: true });
    }
  }
}
