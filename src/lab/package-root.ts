/** Where rasvm itself is: the checkout, or the installed package. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RasvmError } from '../core/errors.ts';

/** Found upwards from this module, wherever it was bundled to. @throws RasvmError LAB */
export function packageRoot(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let at = here; ; at = dirname(at)) {
    if (existsSync(join(at, 'native', 'lab', 'agent.c'))) return at;
    if (at === dirname(at))
      throw new RasvmError('LAB', `native/lab is missing above ${here}: install rasvm again`);
  }
}
