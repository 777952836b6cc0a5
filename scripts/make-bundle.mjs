/** `npm run bundle -- --arch arm64 --out DIR`: a self-contained folder for a host of that architecture. */

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleTo, setup } from './setup.mjs';

const { values } = parseArgs({
  options: { arch: { type: 'string', default: process.arch }, out: { type: 'string' } },
});
if (values.out === undefined || !['x64', 'arm64'].includes(values.arch)) {
  console.error('usage: npm run bundle -- --arch arm64|x64 --out DIR');
  process.exit(2);
}
try {
  setup(['system', 'npm', values.arch === process.arch ? 'addon' : 'addon-arm64']);
  bundleTo(values.arch, resolve(values.out));
  console.log(`${resolve(values.out)}/bin/rasvm is ready`);
} catch (error) {
  console.error(`\nbundle: ${error.message}`);
  process.exit(1);
}
