/**
 * Makes a self-contained rasvm: bundled JavaScript, the addon, the guest's initramfs; no node_modules.
 *
 *   bin/rasvm   lib/main.cjs   lib/rasvm.cjs ...   lib/rasvm.node   share/guest-initramfs.cpio
 *   share/scenarios
 *
 * The JavaScript is CommonJS, which Node.js starts 50 ms sooner than ESM (in the lab's instruction count), in one file
 * for `rasvm run` up to the guest's first instruction, and one for each part that is loaded when it is needed.
 */

import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build, type Plugin } from 'esbuild';
import { buildInitramfs, SHIPPED_INITRAMFS } from '../src/scenario/guest/initramfs.ts';
import { SHIPPED_SUITE } from '../src/scenario/language/load.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const ARCHES = ['x64', 'arm64'];

/** Modules that most starts of `rasvm run` need later or never: a file each, loaded when they are imported. */
const PARTS = {
  program: 'src/cli/program.ts',
  'in-lab': 'src/cli/lab/in-lab.ts',
  'debian-kernel': 'src/cli/shared/debian-kernel.ts',
  acceptor: 'src/control/acceptor.ts',
  'acpi-tables': 'src/firmware/acpi-tables.ts',
  'metrics-server': 'src/observe/metrics-server.ts',
  'events-file': 'src/observe/events-file.ts',
  'run-file': 'src/cli/run/run-file.ts',
};
const PACKAGES = ['pino'];

const { values } = parseArgs({
  options: {
    arch: { type: 'string', default: process.arch },
    out: { type: 'string', default: join(root, 'dist') },
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

/** Imports of a part from outside of it become a require of its file. */
const separateParts: Plugin = {
  name: 'parts',
  setup({ onResolve, initialOptions }) {
    const own = Object.keys(initialOptions.entryPoints as Record<string, string>);
    onResolve({ filter: /^\./ }, ({ kind, path }) => {
      const name = basename(path, '.ts');
      if (kind !== 'dynamic-import' || !(name in PARTS) || own.includes(name)) return undefined;
      return { path: `./${name}.cjs`, external: true };
    });
    onResolve({ filter: new RegExp(`^(${PACKAGES.join('|')})$`) }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: `./${path}.cjs`, external: true } : undefined,
    );
  },
};

async function bundle(name: string, entry: string, define: Record<string, string> = {}): Promise<void> {
  await build({
    entryPoints: { [name]: entry },
    outdir: join(staging, 'lib'),
    outExtension: { '.js': '.cjs' },
    absWorkingDir: root,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // import() would need a loader that code from a cache does not have.
    supported: { 'dynamic-import': false },
    conditions: ['rasvm-source'],
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    define: { 'import.meta.url': 'rasvmModuleUrl', 'import.meta.dirname': '__dirname', ...define },
    banner: { js: "const rasvmModuleUrl='file://'+encodeURI(__filename);" },
    plugins: [separateParts],
    logLevel: 'warning',
  });
}

/** Of all that has been bundled: what one build keeps, such as a guest's tables, no other takes. */
function idOfParts(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(join(staging, 'lib')).sort())
    hash.update(readFileSync(join(staging, 'lib', name)));
  return hash.digest('hex').slice(0, 16);
}

await bundle('rasvm', join(root, 'src/cli/main.ts'));
for (const [name, entry] of Object.entries(PARTS)) await bundle(name, join(root, entry));
for (const name of PACKAGES) await bundle(name, name);
await bundle('main', join(root, 'src/cli/loader.ts'), { RASVM_BUILD: JSON.stringify(idOfParts()) });

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
copyFileSync(join(root, 'build', values.arch, 'Release/rasvm.node'), join(staging, 'lib/rasvm.node'));
writeFileSync(join(staging, 'package.json'), `${JSON.stringify({ name: 'rasvm', version })}\n`);
copyFileSync(join(root, 'LICENSE'), join(staging, 'LICENSE'));
// Guests run on arm64 hosts only; elsewhere the lab has the arm64 bundle, and no cross compiler is asked for here.
if (values.arch === 'arm64') {
  copyFileSync(await buildInitramfs(join(root, 'native/guest')), join(staging, SHIPPED_INITRAMFS));
}
cpSync(join(root, 'src/scenario/suite'), join(staging, SHIPPED_SUITE), { recursive: true });

const launcher = join(staging, 'bin/rasvm');
copyFileSync(join(root, 'scripts/launcher.sh'), launcher);
chmodSync(launcher, 0o755);

// The folder itself stays: a lab that is up shares it.
mkdirSync(out, { recursive: true });
for (const name of readdirSync(out)) rmSync(join(out, name), { recursive: true, force: true });
for (const name of readdirSync(staging)) renameSync(join(staging, name), join(out, name));
rmSync(staging, { recursive: true });
