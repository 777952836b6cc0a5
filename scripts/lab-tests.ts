/**
 * Runs test/lab/ where KVM is: here on an arm64 host, else in labs, one for each kind of host; and on
 * machines that need the lab test/lab-host/, which is about labs that die. Each file is run by node:test,
 * one at a time, within a limit; the totals of all go to the file $RASVM_TEST_TOTALS as they come.
 *
 *   node ... scripts/lab-tests.ts [--only PART-OF-A-FILE-NAME] [--kernels 6.1,6.12,7.2]
 *     [--host 6.12]      the series of the lab's own kernel
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { guestKernelNamed } from '../src/debian/kernel-cache.ts';
import { DEFAULT_KERNEL_SERIES, KERNEL_SERIES, kernel } from '../src/debian/kernels.ts';
import { terminalProgress } from '../src/host/progress.ts';
import { needsLab } from '../src/lab/decide.ts';
import { FILES_IN_FULL } from '../test/lab/core.ts';
import { bundleTests, testFiles } from './lab-tests/bundle.ts';
import { HOSTS, MUTATIONS } from './lab-tests/kinds.ts';
import { runFiles } from './lab-tests/run-files.ts';
import { LabHost, thisMachine } from './lab-tests/test-host.ts';
import { noTotals, readTotals, TotalsFile } from './lab-tests/totals.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
/** Shared with the lab; outside of the checkout, so that the tests find the bundle and not the sources. */
const out = mkdtempSync(join(tmpdir(), 'rasvm-lab-tests-'));
process.on('exit', () => rmSync(out, { recursive: true, force: true }));
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    kernels: { type: 'string', default: KERNEL_SERIES.join(',') },
    host: { type: 'string', default: DEFAULT_KERNEL_SERIES },
  },
});
for (const [number, signal] of [
  [2, 'SIGINT'],
  [15, 'SIGTERM'],
] as const)
  process.once(signal, () => {
    // What runs is ended with us: what it has come to counts.
    totals.add(readTotals(join(out, 'totals.json')));
    process.exit(128 + number);
  });

const inFull = process.env.RASVM_TEST_FULL !== undefined;
const isWanted = (name: string) =>
  values.only === ''
    ? name !== MUTATIONS && (inFull || !FILES_IN_FULL.includes(name))
    : name.includes(values.only);
const files = await bundleTests(root, out, testFiles(join(root, 'test/lab'), isWanted));
const aboutLabs = testFiles(join(root, 'test/lab-host'), isWanted);
const isHost = !needsLab('auto');
const here = thisMachine(out, join(root, 'dist/bin'), root);
const totals = new TotalsFile(process.env.RASVM_TEST_TOTALS);
const env = {
  RASVM_TEST_VERBOSE: '1',
  ...asked(),
  RASVM_GUEST_KERNELS: (await guestKernels()).join(','),
};

for (const { name, lab, takes } of HOSTS) {
  const chosen = files.filter((file) => takes(file));
  if (chosen.length === 0) continue;
  const where = isHost ? 'this host' : name;
  console.log(`\n# On ${where}`);
  const host = isHost
    ? here
    : new LabHost({ kernel: values.host, ...lab, share: out, bundleDir: join(root, 'dist-arm64') });
  await runFiles({ name: where, host, files: chosen, out, env, totals });
  await host.close();
}
if (!isHost && aboutLabs.length > 0) {
  console.log('\n# On this machine, about labs that die');
  const source = {
    at: join(root, 'test/lab-host'),
    options: ['--conditions=rasvm-source', '--import', 'tsx'],
  };
  await runFiles({ name: 'this machine', host: here, files: aboutLabs, out, env, totals, source });
}
if (values.only === '' && !inFull)
  totals.add({ ...noTotals(), leftOut: FILES_IN_FULL.map((file) => `test/lab/${file}`) });
totals.end();
process.exitCode = totals.sum.failed === 0 ? 0 : 1;

/** As the tests want them: series=path,... */
async function guestKernels(): Promise<string[]> {
  const progress = terminalProgress();
  const found: string[] = [];
  for (const name of values.kernels.split(',')) {
    const { series, flavour } = guestKernelNamed(name);
    const { version, image } = await kernel(series, progress, flavour);
    found.push(`${name}=${isHost ? image : `/kernels/${version}/Image`}`);
  }
  progress.end();
  return found;
}

/** What whoever runs the tests asked of them. */
function asked(): Record<string, string> {
  const names = ['MUTATIONS', 'SCENARIOS', 'ALL_KERNELS', 'FULL'].map((name) => `RASVM_TEST_${name}`);
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
