/** Files that a command is given to read. */

import { statSync } from 'node:fs';
import { RasvmError } from '../../core/errors.ts';

/** Tells of a wrong path before anything slow is started for it. @throws RasvmError FILE */
export function checkInput(option: string, path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  const why = !stats ? 'there is no such file' : !stats.isFile() ? 'it is not a file' : undefined;
  if (why) throw new RasvmError('FILE', `${option} ${path}: ${why}`);
}
