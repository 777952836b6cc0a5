/** How an error ends a command: one line on stderr, and the exit status of its code. */

import { escaped } from '@rasvm/acpi/text/escape';
import { EXIT_STATUS, RasvmError } from '../../core/errors.ts';

/** Errors are printed with their causes and stacks from now on (--debug, RASVM_DEBUG=1), in the lab as well. */
export function enableDebug(): void {
  process.env.RASVM_DEBUG = '1';
}

/** Prints the error; gives the exit status. */
export function reportError(error: unknown): number {
  const debug = process.env.RASVM_DEBUG === '1';
  const known = error instanceof RasvmError;
  const message = error instanceof Error ? error.message : String(error);
  const hint = known || debug ? '' : '; this is a bug of rasvm: --debug shows where';
  process.stderr.write(`rasvm: ${known ? '' : 'internal error: '}${oneLine(message)}${hint}\n`);
  if (known) for (const line of error.more) process.stderr.write(`rasvm: ${oneLine(line)}\n`);
  if (debug)
    for (let each = error; each instanceof Error; each = each.cause) process.stderr.write(`${each.stack}\n`);
  return known ? error.exitStatus : EXIT_STATUS.INTERNAL;
}

/** A message may quote what a file or a guest says. */
function oneLine(text: string): string {
  return escaped(text.trim().replace(/\s*\n\s*/g, ' '));
}

/** A reader that leaves (`rasvm events vm | head`) ends the command, without a word. */
export function leaveOnClosedOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw new RasvmError('FILE', `standard output cannot be written: ${error.message}`, { cause: error });
  });
}
