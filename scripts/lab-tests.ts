/**
 * Runs test/lab/ where KVM is: here on an arm64 host, else in labs, of each kind of host that tests are about; and on
 * machines that need the lab test/lab-host/, which is about labs that die. Each file is run by node:test, within a
 * limit, several labs side by side; the totals of all go to the file $RASVM_TEST_TOTALS as they come.
 *
 *   node ... scripts/lab-tests.ts [--only PART-OF-A-FILE-NAME] [--kernels 6.1,6.12,7.2]
 *     [--host 6.12]      the series of the lab's own kernel
 */

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { RasvmError } from '../src/core/errors.ts';
import { guestKernelNamed } from '../src/debian/kernel-cache.ts';
import { DEFAULT_KERNEL_SERIES, KERNEL_SERIES, kernel } from '../src/debian/kernels.ts';
import { terminalProgress } from '../src/host/progress.ts';
import { needsLab } from '../src/lab/decide.ts';
import { FILES_IN_FULL } from '../test/lab/core.ts';
import { bundled, bundleTests, testFiles } from './lab-tests/bundle.ts';
import { type HostKind, MUTATIONS } from './lab-tests/kinds.ts';
import { type Piece, pieceName, piecesOf, Queue, THIS_MACHINE } from './lab-tests/pieces.ts';
import { RUNNING_TOTALS, runPiece } from './lab-tests/run-piece.ts';
import { LabHost, type TestHost, thisMachine } from './lab-tests/test-host.ts';
import { noTotals, readTotals, TotalsFile } from './lab-tests/totals.ts';
import { Turns } from './lab-tests/turns.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
/** Shared with the labs; outside of the checkout, so that the tests find the bundle and not the sources. */
const out = mkdtempSync(join(tmpdir(), 'rasvm-lab-tests-'));
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    kernels: { type: 'string', default: KERNEL_SERIES.join(',') },
    host: { type: 'string', default: DEFAULT_KERNEL_SERIES },
  },
});
const inFull = process.env.RASVM_TEST_FULL !== undefined;
const isHost = !needsLab('auto');
const totals = new TotalsFile(process.env.RASVM_TEST_TOTALS);
const turns = new Turns((text) => process.stdout.write(text));
process.on('exit', () => {
  turns.flush();
  rmSync(out, { recursive: true, force: true });
});
for (const [number, signal] of [
  [2, 'SIGINT'],
  [15, 'SIGTERM'],
] as const)
  process.once(signal, () => {
    // What runs is ended with us: what it has come to counts.
    for (let worker = 0; worker < workers; worker++)
      totals.add(readTotals(join(directoryOf(worker), RUNNING_TOTALS)));
    process.exit(128 + number);
  });

const isWanted = (name: string) =>
  values.only === ''
    ? name !== MUTATIONS && (inFull || !FILES_IN_FULL.includes(name))
    : name.includes(values.only);
const files = testFiles(join(root, 'test/lab'), isWanted);
const aboutLabs = isHost ? [] : testFiles(join(root, 'test/lab-host'), isWanted);
const workers = isHost || inFull ? 1 : labsAtOnce();
const queue = new Queue(piecesOf(files, aboutLabs, workers));
const env = {
  RASVM_TEST_VERBOSE: '1',
  ...asked(),
  ...(hasOneThread() && { RASVM_TEST_JOBS: '1' }),
  RASVM_GUEST_KERNELS: (await guestKernels()).join(','),
};
await bundleTests(root, directoryOf(0), files);
for (let worker = 1; worker < workers; worker++)
  cpSync(directoryOf(0), directoryOf(worker), { recursive: true });

await Promise.all(Array.from({ length: workers }, (_, worker) => work(directoryOf(worker))));
if (values.only === '' && !inFull)
  totals.add({ ...noTotals(), leftOut: FILES_IN_FULL.map((file) => `test/lab/${file}`) });
totals.end();
process.exitCode = totals.sum.failed === 0 ? 0 : 1;

/** Takes pieces until none is left, with one host at a time. @param directory of the bundled tests, its own */
async function work(directory: string): Promise<void> {
  let had: HostKind | undefined;
  let host: TestHost | undefined;
  for (let piece = queue.take(had); piece; piece = queue.take(had)) {
    if (piece.kind !== had) {
      await host?.close();
      host = hostOf(piece.kind, directory);
      had = piece.kind;
    }
    await runOn(host!, piece, directory);
  }
  await host?.close();
}

async function runOn(host: TestHost, piece: Piece, directory: string): Promise<void> {
  const where = isHost ? 'this host' : piece.kind.name;
  const name = pieceName(piece, where);
  const voice = turns.voice();
  voice.write(`\n# ${name}\n`);
  totals.begins(name);
  try {
    await runPiece({
      piece,
      where,
      host,
      out: directory,
      env,
      totals,
      voice,
      args: argumentsFor(piece, host),
    });
  } catch (error) {
    const words = error instanceof RasvmError ? [error.message, ...error.more] : [String(error)];
    totals.fail([`${piece.file}: ${where} cannot be had:`, ...words].join('\n    '), voice);
    const rest = queue.drop(piece.kind);
    if (rest.length > 0)
      totals.fail(`not run on ${where}: ${rest.map(({ file }) => file).join(', ')}`, voice);
  } finally {
    totals.ends(name);
    voice.end();
  }
}

function argumentsFor({ kind, file }: Piece, { sees }: TestHost): string[] {
  if (kind !== THIS_MACHINE) return [join(sees, bundled(file))];
  return ['--conditions=rasvm-source', '--import', 'tsx', join(root, 'test/lab-host', file)];
}

function hostOf({ lab }: HostKind, share: string): TestHost {
  if (isHost || !lab) return thisMachine(share, join(root, 'dist/bin'), root);
  const bundleDir = join(root, 'dist-arm64');
  const memory = Math.min(4 * 2 ** 30, Math.floor(totalmem() / 2 / workers));
  return new LabHost({ kernel: values.host, ...lab, oneThread: hasOneThread(), memory, share, bundleDir });
}

function directoryOf(worker: number): string {
  return join(out, String(worker));
}

/** In full vCPUs run truly at the same time; it is two labs with one thread each that are quick. */
function hasOneThread(): boolean {
  return !isHost && !inFull;
}

/** One for each core, as far as there is memory; more than four have little left to share. */
function labsAtOnce(): number {
  const GIB = 2 ** 30;
  return Math.max(1, Math.min(4, availableParallelism(), Math.floor(totalmem() / (4 * GIB))));
}

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
