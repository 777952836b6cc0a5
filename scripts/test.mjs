/**
 * `npm test`: formatting, types, unit tests, and the lab tests on real KVM (in the lab, where this machine is no arm64
 * host). `npm test -- static`, `-- unit`, `-- lab` run a part, `-- mutations` the mutations of the scenarios; with `full`
 * among the words the lab tests run on each guest kernel, and `-- full` alone is all that there is. The lab tests and the
 * others run side by side. The last line is `N passed, N failed`.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { READY, setup } from './setup.mjs';
import { endParts, runPart } from './test-part.mjs';

const words = process.argv.slice(2);
const KNOWN = ['static', 'unit', 'lab', 'mutations', 'full'];
const unknown = words.filter((word) => !KNOWN.includes(word));
if (unknown.length > 0) {
  console.error(`npm test: ${unknown.join(', ')}: give some of ${KNOWN.join(', ')}, or none`);
  process.exit(2);
}
const full = words.includes('full');
const parts = words.filter((word) => word !== 'full');
const wants = (part) => parts.includes(part) || (parts.length === 0 && (full || part !== 'mutations'));

const MINUTE = 60_000;
/** ms. Several times what each takes on two cores (docs/develop.md). */
const LIMIT = {
  static: 8 * MINUTE,
  unit: 20 * MINUTE,
  lab: (full ? 240 : 52) * MINUTE,
  mutations: 120 * MINUTE,
  all: (full || wants('mutations') ? 400 : 57) * MINUTE,
};

const totals = { passed: 0, failed: 0, skipped: 0 };
/** Said again at the end, where a log that was cut still has them. */
const failures = [];
const leftOut = [];
/** How long each part took. */
const times = [];
let began;

function count({ passed = 0, failed = 0, skipped = 0, failures: said = [], leftOut: without = [] }) {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
  failures.push(...said);
  leftOut.push(...without);
}

function fail(what) {
  console.log(`✗ ${what}`);
  count({ failed: 1, failures: [`✗ ${what}\n`] });
}

const minutes = (ms) => `${(ms / MINUTE).toFixed(1)} min`;

/** Runs a part within its limit and what is left of the limit of all. */
async function timed(title, ownLimit, command, args, options) {
  const start = performance.now();
  const limit = Math.max(0, Math.min(ownLimit, began + LIMIT.all - start));
  const result = await runPart(command, args, { ...options, limit });
  const took = performance.now() - start;
  times.push(`${title} ${minutes(took)}`);
  if (result.tooLong) result.how = `was ended by its limit, after ${minutes(took)}`;
  return result;
}

/** A check that is one test: it passes if the command does. */
async function check(name, command, args, write) {
  const { status, how, lastWords } = await timed(name, LIMIT.static, command, args, { write });
  if (how) return fail([`${name} ${how}; its last words:`, ...lastWords].join('\n  '));
  write(`${status === 0 ? '✓' : '✗'} ${name}\n`);
  count(status === 0 ? { passed: 1 } : { failed: 1, failures: [`✗ ${name}\n`] });
}

/** Runs a test runner that keeps its totals in a file, and takes them over, also where its limit ended it. */
async function runner(name, limit, args, write, env = {}) {
  const file = join(scratch, `${name}.json`);
  const { status, how, lastWords } = await timed(name, limit, process.execPath, args, {
    write,
    env: { ...env, RASVM_TEST_TOTALS: file },
  });
  const got = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  count(got ?? {});
  if (how) {
    const inWhat = got?.running ? `it was in:${got.running.map((each) => `\n  ${each}`).join('')}` : '';
    fail([`${name} ${how}; ${inWhat}`, 'its last words:', ...lastWords].join('\n  '));
  } else if (got === undefined) fail(`${name} ended with status ${status} and no result`);
  else if (status !== 0 && got.failed === 0) fail(`${name} ended with status ${status}, outside any test`);
}

/** What needs no lab. */
async function here(write) {
  if (wants('static')) {
    write('\n# Formatting and types\n');
    await check('formatting and lint', 'node_modules/.bin/biome', ['check', '.'], write);
    await check('types', 'node_modules/.bin/tsc', ['-p', '.'], write);
  }
  if (wants('unit')) {
    write('\n# Unit tests\n');
    const { unitTestCommand } = await import('./unit-tests.mjs');
    await runner('Unit tests', LIMIT.unit, await unitTestCommand(), write);
  }
}

async function inLab(write) {
  const script = ['--conditions=rasvm-source', '--import', 'tsx', 'scripts/lab-tests.ts'];
  if (wants('lab')) {
    write('\n# Lab tests\n');
    await runner('Lab tests', LIMIT.lab, script, write, full ? { RASVM_TEST_FULL: '1' } : {});
  }
  if (wants('mutations')) {
    write('\n# Mutations of the scenarios\n');
    const only = ['--only', 'mutations', '--kernels', '6.12'];
    await runner('Mutations', LIMIT.mutations, [...script, ...only], write);
  }
}

try {
  setup(['system-test', ...READY.filter((step) => step !== 'system')]);
} catch (error) {
  console.error(`\nsetup: ${error.message}`);
  console.log('0 passed, 1 failed');
  process.exit(1);
}

const scratch = mkdtempSync(join(tmpdir(), 'rasvm-test-'));
process.on('exit', () => {
  endParts();
  rmSync(scratch, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

began = performance.now();
const live = (text) => process.stdout.write(text);
const usesLab = wants('lab') || wants('mutations');
/** Said in one piece where the lab tests' lines come meanwhile. */
let aside = '';
const beside = (text) => {
  aside += text;
};
/** What keeps a part from running at all is a failure of it. */
const cannot = (error) => fail(error.stack);
await Promise.all([
  here(usesLab ? beside : live)
    .finally(() => live(aside))
    .catch(cannot),
  usesLab && inLab(live).catch(cannot),
]);

if (wants('lab') && !full)
  leftOut.push(
    'other files of test/lab/ on guest kernels that they are about, but for one',
    'mutations of the scenarios',
  );
if (leftOut.length > 0)
  console.log(`\n# Left out; npm test -- full has it\n${leftOut.map((each) => `${each}\n`).join('')}`);
if (failures.length > 0) console.log(`\n# What failed\n${failures.join('')}`);
console.log(`\n${times.join(', ')}; all: ${minutes(performance.now() - began)}`);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);
