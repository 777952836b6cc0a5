/** `npm start`: sets up what is missing, then shows a real guest losing one page of memory, and living. */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { READY, root, setup } from './setup.mjs';

try {
  setup(READY);
} catch (error) {
  console.error(`\nsetup: ${error.message}`);
  process.exit(1);
}
console.log();
const child = spawn(join(root, 'dist/bin/rasvm'), ['demo', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (status, signal) => process.exit(status ?? (signal === 'SIGINT' ? 130 : 1)));
