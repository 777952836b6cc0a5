/**
 * The rasvm command. A plain `rasvm run` goes straight to the machine; all else goes by commander, which loads
 * the one command that is asked for.
 */

import { readRunArguments } from './run/run-options.ts';
import { startRun } from './run/start-run.ts';
import { enableDebug, reportError } from './shared/report.ts';

async function main(argv: readonly string[]): Promise<void> {
  const run = argv[0] === 'run' ? readRunArguments(argv.slice(1)) : undefined;
  if (!run) {
    const { runProgram } = await import('./program.ts');
    return runProgram(argv);
  }
  if (run.debug) enableDebug();
  process.exitCode = await startRun(run);
}

process.on('uncaughtException', (error) => process.exit(reportError(error)));

main(process.argv.slice(2))
  .catch((error: unknown) => {
    process.exitCode = reportError(error);
  })
  // Whatever a command left open must not keep it from ending.
  .finally(() => process.exit());
