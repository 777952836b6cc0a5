/** The options of a machine: what stands on the command line, and behind it what stands in its file. */

import type { RunValues } from './run-options.ts';

/** @param read loads the reader of files only where there is one. @throws RasvmError FILE */
export async function givenValues(
  values: RunValues,
  read = async (path: string) => (await import('./run-file.ts')).readRunFile(path),
): Promise<RunValues> {
  const { machine, ...given } = values;
  return machine === undefined ? values : { ...(await read(machine)), ...given };
}
