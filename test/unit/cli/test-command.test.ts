/** `rasvm test` before any guest runs: exit statuses, and what is handed over to the lab. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runProgram } from '../../../src/cli/program.ts';
import { testCommand } from '../../../src/cli/test/test.ts';
import { handOver, plannedCases, takeOver, testPlan } from '../../../src/cli/test/test-plan.ts';
import { toTestRequest } from '../../../src/cli/test/test-request.ts';
import { RasvmError } from '../../../src/core/errors.ts';
import { KernelConfig } from '../../../src/scenario/kernel/ras-config.ts';
import { readScenario } from '../../../src/scenario/language/load.ts';

const root = mkdtempSync(join(tmpdir(), 'rasvm-test-'));
after(() => rmSync(root, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(root, name);
  writeFileSync(path, content);
  return path;
}

/** What of an Image is looked at. */
function image(name: string, release: string): string {
  const bytes = Buffer.alloc(4096);
  bytes.writeBigUInt64LE(4096n, 16);
  bytes.write('ARM\x64', 56, 'latin1');
  bytes.write(`Linux version ${release} (someone@somewhere) #1 SMP`, 1024);
  return file(name, bytes);
}

/** @returns exit status */
async function run(...argv: string[]): Promise<unknown> {
  const before = process.exitCode;
  const write = process.stderr.write;
  process.stderr.write = () => true;
  try {
    await runProgram(argv);
    return process.exitCode;
  } finally {
    process.stderr.write = write;
    process.exitCode = before;
  }
}

test('whatever keeps it from testing ends with 125, as git bisect run wants it', async () => {
  const scenario = file('wrong.yaml', 'id: Wrong\n');
  const matrix = file('wrong-matrix.yaml', 'kernel: []\n');
  for (const argv of [
    ['test', '--no-such-option'],
    ['--debug', 'test', '--kernel'],
    ['test', '--jobs', '0'],
    ['test', '--repeat', 'x'],
    ['test', '--report', 'pdf:x'],
    ['test', '--lab', 'perhaps'],
    ['test', '--keep-in', join(root, 'no', 'where')],
    ['test', '--lab', 'always', scenario],
    ['test', '--lab', 'always', '--matrix', matrix],
    ['test', '--lab', 'always', '--kernel', join(root, 'nowhere')],
    ['test', join(root, 'nowhere.yaml'), '--lab', 'always'],
  ])
    assert.equal(await run(...argv), 125, argv.join(' '));
  assert.equal(await run('list', '--no-such-option'), 2);
  assert.equal(await run('cper', 'test', '--no-such-option'), 2);
});

/** What a command line asks for. */
function requestOf(...argv: string[]) {
  const command = testCommand();
  command.parseOptions(argv);
  return toTestRequest(command.opts());
}

test('filters add up', () => {
  assert.equal(
    requestOf('--filter', 'late-*,record-*', '--filter', '!late-a').filter,
    'late-*,record-*,!late-a',
  );
  assert.equal(requestOf().filter, undefined);
});

test('a filter that leaves nothing is told before a lab is started', async () => {
  const request = requestOf('--kernel', image('Image', '6.12.0'), '--filter', 'x*,!xyz');
  const wanted = await testPlan(request);
  const scenarios = (...ids: string[]) =>
    ids.map((id) => ({ ...readScenario(`${id}.yaml`, scenarioText(id)), path: `${id}.yaml` }));
  assert.deepEqual(
    plannedCases(scenarios('xy', 'xyz', 'z'), wanted, request).cases.map(({ scenario }) => scenario.id),
    ['xy'],
  );
  assert.throws(() => plannedCases(scenarios('xyz', 'z'), wanted, request), {
    code: 'USAGE',
    message: '--filter x*,!xyz: it leaves no scenario',
  });
});

const scenarioText = (id: string) =>
  `id: ${id}\ntitle: X\nwhy: Because.\nreferences: [here]\nsteps:\n  - sleep: 1s\n`;

test('kernels of the command line and of the matrix add up; one named twice is one', async () => {
  const [a, b] = [image('a', '6.1.0'), image('b', '6.12.0')];
  const matrix = file('m.yaml', 'kernels: [b, mine=b]\nvariants: { default: {}, smp: { cpus: 2 } }\n');
  const plan = await testPlan({ kernel: [`a=${a}`, `a=${a}`], matrix });
  assert.deepEqual(
    plan.kernels.map(({ name, image: path, release }) => [name, path, release]),
    [
      ['a', a, '6.1.0'],
      ['b', b, '6.12.0'],
      ['mine', b, '6.12.0'],
    ],
  );
  assert.equal(plan.variants!.length, 2);
  await assert.rejects(
    testPlan({ kernel: [`x=${a}`, `x=${b}`] }),
    (error) => error instanceof RasvmError && error.code === 'USAGE' && /both named x/.test(error.message),
  );
  await assert.rejects(
    testPlan({ matrix: file('gone.yaml', 'kernels: [gone]') }),
    (error) =>
      error instanceof RasvmError && /gone\.yaml: .*\/gone: there is no such file/.test(error.message),
  );
});

test('more words for command lines are in every variant, whatever it is called', async () => {
  const kernel = [`a=${image('a', '6.1.0')}`];
  assert.deepEqual((await testPlan({ kernel, append: 'hest_disable' })).variants, [
    { name: 'default', machine: { append: 'hest_disable' } },
  ]);
  const matrix = file('v.yaml', 'variants: { default: {}, slow: { append: maxcpus=1, cpus: 2 } }\n');
  assert.deepEqual((await testPlan({ kernel, matrix, append: 'quiet' })).variants, [
    { name: 'default', machine: { append: 'quiet' } },
    { name: 'slow', machine: { append: 'maxcpus=1 quiet', cpus: 2 } },
  ]);
});

test('the lab gets what was found out here, with its own paths', () => {
  const config = new KernelConfig('CONFIG_A=y\n');
  const plan = {
    kernels: [
      { name: 'mine', image: '/here/Image', again: '/here/Image', release: '6.12.0', config },
      { name: 'other', image: '/there/Image' },
    ],
    variants: [{ name: 'smp', machine: { cpus: 2 } }],
    exclude: [{ kernel: 'other' }],
  };
  const path = file('plan.json', handOver(plan, ['/share/Image', '/kernels/Image']));
  assert.deepEqual(takeOver(path), {
    ...plan,
    kernels: [
      { ...plan.kernels[0], image: '/share/Image' },
      { name: 'other', image: '/kernels/Image' },
    ],
  });
});
