/**
 * Runs test/lab/ where KVM is: here on an arm64 host, else in labs, one for each kind of host. The tests are bundled and
 * run by node:test there. The totals of all go to the file $RASVM_TEST_TOTALS.
 *
 *   node ... scripts/lab-tests.ts [--only PART-OF-A-FILE-NAME] [--kernels 6.1,6.12,7.2]
 *     [--host 6.12]      the series of the lab's own kernel
 */

import { spawn } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { guestKernelNamed } from '../src/debian/kernel-cache.ts';
import { DEFAULT_KERNEL_SERIES, KERNEL_SERIES, kernel } from '../src/debian/kernels.ts';
import { terminalProgress } from '../src/host/progress.ts';
import { needsLab } from '../src/lab/decide.ts';
import { Lab } from '../src/lab/lab.ts';
import { DEFAULT_CPU } from '../src/lab/options.ts';
import { guestInitramfs, SHIPPED_INITRAMFS } from '../src/scenario/guest/initramfs.ts';
import { SHIPPED_SUITE } from '../src/scenario/language/load.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
/** Shared with the lab; outside of the checkout, so that the tests find the bundle and not the sources. */
const out = mkdtempSync(join(tmpdir(), 'rasvm-lab-tests-'));
process.on('exit', () => rmSync(out, { recursive: true, force: true }));
// Who is over the limit is asked to end.
process.on('SIGTERM', () => process.exit(1));
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    kernels: { type: 'string', default: KERNEL_SERIES.join(',') },
    host: { type: 'string', default: DEFAULT_KERNEL_SERIES },
  },
});

/** A kind of host, and which tests are about it. */
interface HostKind {
  name: string;
  cpu: string;
  takes(file: string): boolean;
}

const NO_RAS = 'no-ras-extension.test.mjs';
const HOSTS: readonly HostKind[] = [
  { name: 'a host with the RAS extension', cpu: DEFAULT_CPU, takes: (file) => file !== NO_RAS },
  { name: 'a host without the RAS extension', cpu: 'cortex-a57', takes: (file) => file === NO_RAS },
];

/** A guest for each scenario again: by name alone. */
const MUTATIONS = 'mutations.test.ts';

/**
 * What has the host's huge pages for itself comes while the suite does not run yet, as that would have it wait for its end.
 * Then the suite, which takes longest, and the others beside it.
 */
const ORDER = ['left-out.test.mjs', 'doctor.test.mjs', 'suite.test.mjs', '*'];

function inOrder(files: readonly string[]): string[] {
  const place = (file: string) => ORDER.indexOf(ORDER.includes(file) ? file : '*');
  return [...files].sort((one, other) => place(one) - place(other) || one.localeCompare(other));
}

/** @returns the names of the bundled test files */
async function bundleTests(): Promise<string[]> {
  const directory = join(root, 'test/lab');
  const files = readdirSync(directory).filter(
    (name) =>
      name.endsWith('.test.ts') && (values.only === '' ? name !== MUTATIONS : name.includes(values.only)),
  );
  await build({
    entryPoints: files.map((name) => join(directory, name)),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['rasvm-source'],
    sourcemap: 'inline',
    banner: {
      js: "import{createRequire as rasvmRequire}from'node:module';const require=rasvmRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  copyFileSync(join(root, 'scripts/test-reporter.mjs'), join(out, 'reporter.mjs'));
  mkdirSync(join(out, 'share'));
  copyFileSync(await guestInitramfs(), join(out, SHIPPED_INITRAMFS));
  cpSync(join(root, 'src/scenario/suite'), join(out, SHIPPED_SUITE), { recursive: true });
  cpSync(join(root, 'test/mutations'), join(out, 'mutations'), { recursive: true });
  return inOrder(files.map((name) => name.replace(/\.ts$/, '.mjs')));
}

/** A command line for node:test; `at` is where the bundled tests are seen. */
function testCommand(at: string, files: readonly string[]): string[] {
  return [
    '--enable-source-maps',
    '--test',
    // The suite has as many guests as there are cores; most other files have one, which often waits.
    '--test-concurrency=2',
    `--test-reporter=${at}/reporter.mjs`,
    '--test-reporter-destination=stdout',
    ...files.map((name) => `${at}/${name}`),
  ];
}

async function runHere(files: readonly string[], env: Record<string, string>): Promise<number> {
  const child = spawn(process.execPath, testCommand(out, files), {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env, PATH: `${join(root, 'dist/bin')}:${process.env.PATH}` },
  });
  return new Promise((resolveStatus) => child.on('exit', (status) => resolveStatus(status ?? 1)));
}

/** What the host's kernel said last: where a VM dies it may know why. */
async function printHostLog(lab: Lab): Promise<void> {
  const log = lab.exec(['sh', '-c', 'dmesg | tail -n 60'], { cwd: '/' });
  log.stdin.end();
  log.stderr.resume();
  console.log("--- the host's kernel log");
  await pipeline(log.stdout, process.stdout, { end: false });
  await log.exit;
}

async function runInLab(
  host: HostKind,
  files: readonly string[],
  env: Record<string, string>,
): Promise<number> {
  const lab = await Lab.start(
    { kernel: values.host, cpu: host.cpu, share: out, bundleDir: join(root, 'dist-arm64') },
    terminalProgress(),
  );
  try {
    const running = lab.exec(['node', ...testCommand('/share', files)], { cwd: '/share', env });
    running.stdin.end();
    await Promise.all([
      pipeline(running.stdout, process.stdout, { end: false }),
      pipeline(running.stderr, process.stderr, { end: false }),
    ]);
    const { status } = await running.exit;
    if (status !== 0) await printHostLog(lab);
    return status;
  } finally {
    await lab.stop();
  }
}

const files = await bundleTests();
const totals = { passed: 0, failed: 0, skipped: 0, failures: [] as string[], leftOut: [] as string[] };
const local = !needsLab('auto');
const progress = terminalProgress();
const kernels: string[] = [];
for (const name of values.kernels.split(',')) {
  const { series, flavour } = guestKernelNamed(name);
  const { version, image } = await kernel(series, progress, flavour);
  kernels.push(`${name}=${local ? image : `/kernels/${version}/Image`}`);
}
progress.end();

for (const host of HOSTS) {
  const chosen = files.filter((file) => host.takes(file));
  if (chosen.length === 0) continue;
  console.log(`\n# On ${local ? 'this host' : host.name}`);
  const totalsFile = join(out, 'totals.json');
  rmSync(totalsFile, { force: true });
  const env = {
    RASVM_GUEST_KERNELS: kernels.join(','),
    RASVM_TEST_VERBOSE: '1',
    ...asked(),
    RASVM_TEST_TOTALS: local ? totalsFile : '/share/totals.json',
  };
  const status = local ? await runHere(chosen, env) : await runInLab(host, chosen, env);
  const got = readTotals(totalsFile);
  totals.passed += got.passed;
  totals.skipped += got.skipped;
  totals.failures.push(...got.failures);
  totals.leftOut.push(...got.leftOut);
  totals.failed += got.failed;
  if (status !== 0 && got.failed === 0) {
    totals.failed++;
    totals.failures.push(`✗ on ${host.name} the run ended with status ${status}, outside any test\n`);
  }
}
if (process.env.RASVM_TEST_TOTALS) writeFileSync(process.env.RASVM_TEST_TOTALS, JSON.stringify(totals));
else console.log(totals);
process.exitCode = totals.failed === 0 ? 0 : 1;

/** What whoever runs the tests asked of them. */
function asked(): Record<string, string> {
  const names = ['MUTATIONS', 'SCENARIOS', 'ALL_KERNELS', 'FULL'].map((name) => `RASVM_TEST_${name}`);
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function readTotals(file: string): typeof totals {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, skipped: 0, failures: [], leftOut: [] };
  }
}
