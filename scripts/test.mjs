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

function count({ passed = 0, failed = 0, skipped = 0 }) {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
}

/** A check that is one test: it passes if the command does. */
function check(name, command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  console.log(`${status === 0 ? '✓' : '✗'} ${name}`);
  count(status === 0 ? { passed: 1 } : { failed: 1 });
}

/** Runs a test runner that writes its totals to a file, and takes them over. */
function runner(command, args, file, env = {}) {
  rmSync(file, { force: true });
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env, RASVM_TEST_TOTALS: file },
  });
  if (!existsSync(file)) {
    console.log(`✗ the test runner ended with status ${status} and no result`);
    count({ failed: 1 });
    return;
  }
  const got = JSON.parse(readFileSync(file, 'utf8'));
  // A run that failed outside any test is a failure too.
  count(status !== 0 && got.failed === 0 ? { ...got, failed: 1 } : got);
}

function inLab(title, totalsFile, ...args) {
  mkdirSync(join(root, 'build'), { recursive: true });
  console.log(`\n# ${title}`);
  runner(
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

const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`\n${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);
