/**
 * `npm test`: formatting, types, unit tests, and the lab tests on real KVM (in the lab, where this machine is no arm64
 * host). `npm test -- unit`, `-- lab`, `-- static` run a part, `-- mutations` the
 * mutations of the scenarios, which are not in the whole. The last line is `N passed, N failed`.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { READY, root, setup } from './setup.mjs';

const parts = process.argv.slice(2);
const wants = (part) => parts.length === 0 || parts.includes(part);
const totals = { passed: 0, failed: 0, skipped: 0 };
/** Said again at the end, where a log that was cut still has them. */
const failures = [];

function count({ passed = 0, failed = 0, skipped = 0, failures: said = [] }) {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
  failures.push(...said);
}

/** A check that is one test: it passes if the command does. */
function check(name, command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  console.log(`${status === 0 ? '✓' : '✗'} ${name}`);
  count(status === 0 ? { passed: 1 } : { failed: 1, failures: [`✗ ${name}\n`] });
}

/** Runs a test runner that writes its totals to a file, and takes them over. */
function runner(name, command, args, file) {
  rmSync(file, { force: true });
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, RASVM_TEST_TOTALS: file },
  });
  if (!existsSync(file)) {
    const said = `✗ ${name} ended with status ${status} and no result`;
    console.log(said);
    count({ failed: 1, failures: [`${said}\n`] });
    return;
  }
  const got = JSON.parse(readFileSync(file, 'utf8'));
  count(got);
  if (status !== 0 && got.failed === 0)
    count({ failed: 1, failures: [`✗ ${name} ended with status ${status}, outside any test\n`] });
}

function inLab(title, totalsFile, ...args) {
  mkdirSync(join(root, 'build'), { recursive: true });
  console.log(`\n# ${title}`);
  runner(
    title,
    process.execPath,
    ['--conditions=rasvm-source', '--import', 'tsx', 'scripts/lab-tests.ts', ...args],
    join(scratch, totalsFile),
  );
}

function testFiles(directory) {
  return readdirSync(join(root, directory), { withFileTypes: true }).flatMap((entry) => {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) return testFiles(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

try {
  setup(['system-test', ...READY.filter((step) => step !== 'system')]);
} catch (error) {
  console.error(`\nsetup: ${error.message}`);
  console.log('0 passed, 1 failed');
  process.exit(1);
}

const scratch = mkdtempSync(join(tmpdir(), 'rasvm-test-'));
if (wants('static')) {
  console.log('\n# Formatting and types');
  check('formatting and lint', 'node_modules/.bin/biome', ['check', '.']);
  check('types', 'node_modules/.bin/tsc', ['-p', '.']);
}
if (wants('unit')) {
  console.log('\n# Unit tests');
  runner(
    'Unit tests',
    process.execPath,
    [
      '--conditions=rasvm-source',
      '--import',
      'tsx',
      '--test',
      `--test-reporter=${join(root, 'scripts/test-reporter.mjs')}`,
      '--test-reporter-destination=stdout',
      ...testFiles('test/unit').sort(),
    ],
    join(scratch, 'unit.json'),
  );
}
if (wants('lab')) inLab('Lab tests', 'lab.json');
if (parts.includes('mutations'))
  inLab('Mutations of the scenarios', 'mutations.json', '--only', 'mutations', '--kernels', '6.12');
rmSync(scratch, { recursive: true, force: true });

if (failures.length > 0) console.log(`\n# What failed\n${failures.join('')}`);
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);
