/** `npm run bench -- [OPTIONS]`: sets up what is missing, then measures rasvm beside QEMU (test/bench/, docs/bench.md). */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { READY, root, setup } from './setup.mjs';

try {
  setup(READY);
} catch (error) {
  console.error(`\nsetup: ${error.message}`);
  process.exit(1);
}
const child = spawn(
  process.execPath,
  [
    '--conditions=rasvm-source',
    '--import',
    'tsx',
    join(root, 'test/bench/main.ts'),
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (status, signal) => process.exit(status ?? (signal === 'SIGINT' ? 130 : 1)));
