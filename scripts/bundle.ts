/**
 * Makes a self-contained rasvm: bundled JavaScript, the addon, the guest's initramfs; no node_modules.
 *
 *   bin/rasvm   lib/*.js   lib/rasvm.node   share/guest-initramfs.cpio
 */

import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { buildInitramfs, SHIPPED_INITRAMFS } from '../src/scenario/initramfs.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const ARCHES = ['x64', 'arm64'];

const { values } = parseArgs({
  options: {
    arch: { type: 'string', default: process.arch },
    out: { type: 'string', default: join(root, 'dist') },
    tests: { type: 'boolean', default: false },
  },
});
if (!ARCHES.includes(values.arch)) {
  console.error(`bundle: --arch ${values.arch}: only ${ARCHES.join(' and ')} are built`);
  process.exit(2);
}

const out = resolve(values.out);
const staging = `${out}.new`;
rmSync(staging, { recursive: true, force: true });
mkdirSync(join(staging, 'bin'), { recursive: true });
mkdirSync(join(staging, 'lib'));
mkdirSync(join(staging, 'share'));

const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version as string;

await build({
  entryPoints: [join(root, 'src/cli/main.ts')],
  outdir: join(staging, 'lib'),
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  conditions: ['rasvm-source'],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  chunkNames: '[name]-[hash]',
  define: { 'process.env.RASVM_VERSION': JSON.stringify(version) },
  // CommonJS packages in an ESM bundle still call require for Node's own modules.
  banner: {
    js: "import{createRequire as rasvmRequire}from'node:module';const require=rasvmRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

copyFileSync(join(root, 'build', values.arch, 'Release/rasvm.node'), join(staging, 'lib/rasvm.node'));
writeFileSync(
  join(staging, 'package.json'),
  `${JSON.stringify({ name: 'rasvm', version, type: 'module' })}\n`,
);
copyFileSync(join(root, 'LICENSE'), join(staging, 'LICENSE'));

copyFileSync(await buildInitramfs(join(root, 'native/guest')), join(staging, SHIPPED_INITRAMFS));

const launcher = join(staging, 'bin/rasvm');
copyFileSync(join(root, 'scripts/launcher.sh'), launcher);
chmodSync(launcher, 0o755);

// The folder itself stays: a lab that is up shares it.
mkdirSync(out, { recursive: true });
for (const name of readdirSync(out)) rmSync(join(out, name), { recursive: true, force: true });
for (const name of readdirSync(staging)) renameSync(join(staging, name), join(out, name));
rmSync(staging, { recursive: true });
