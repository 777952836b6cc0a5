/** --keep of `rasvm test`: directories of cases that did not pass. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkKeep, defaultKeep, keeper } from '../../../src/cli/test/test-keep.ts';
import { RasvmError } from '../../../src/core/errors.ts';
import type { Case } from '../../../src/scenario/run/case.ts';
import type { CaseResult } from '../../../src/scenario/run/result.ts';
import { qemuCommand } from '../../../src/scenario/vmm/qemu-command.ts';
import { sampleRun } from '../scenario/report-sample.ts';

const HOST = { kernel: '6.12.1', rasvm: '0.1.0' };

function scratch(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'rasvm-keep-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function failedCase(directory: string): { each: Case; result: CaseResult } {
  const sample = sampleRun().cases.find(({ outcome }) => outcome === 'failed')!;
  const scenario = join(directory, 'late.yaml');
  writeFileSync(scenario, 'id: late\n');
  const initrd = join(directory, 'guest.cpio');
  writeFileSync(initrd, 'archive');
  const command = [
    'node',
    'main.ts',
    'run',
    '--kernel',
    '/kernels/Image',
    '--initrd',
    initrd,
    '--name',
    'guest-1',
  ];
  return {
    each: {
      id: sample.id,
      scenario: { path: scenario } as Case['scenario'],
      kernel: { name: sample.kernel.name, image: '/kernels/Image', again: "/home/o'neil/Image" },
      variant: { name: 'default', machine: {} },
    },
    result: {
      ...sample,
      id: 'late@../linux: mine',
      machine: {
        command: [
          ...command,
          '--serial',
          'unix:/tmp/x/agent',
          '--cpus',
          '2',
          '--append',
          'loglevel=5 a',
          '--shared',
        ],
        log: [{ at: 1500, text: 'a warning', ras: false }],
      },
    },
  };
}

test('what is kept of a case that failed; the same machine is started again by its script', (t) => {
  const directory = scratch(t);
  const kept = join(directory, 'kept');
  const { each, result } = failedCase(directory);
  const keep = keeper(kept);
  keep(each, { ...result, outcome: 'passed' }, HOST);
  keep(each, { ...result, outcome: 'skipped' }, HOST);
  assert.ok(!existsSync(kept));

  keep(each, result, HOST);
  keep(each, result, HOST);
  assert.deepEqual(readdirSync(kept).sort(), [
    'initramfs.cpio',
    'late@.._linux__mine',
    'late@.._linux__mine_2',
  ]);
  const own = join(kept, 'late@.._linux__mine');
  const read = (file: string) => readFileSync(join(own, file), 'utf8');
  assert.deepEqual(readdirSync(own).sort(), [
    ...[
      'agent.log',
      'cmdline',
      'console.log',
      'events.jsonl',
      'late.yaml',
      'rasvm.log',
      'report.txt',
      'run.sh',
    ],
  ]);
  assert.equal(read('cmdline'), 'loglevel=5 a\n');
  assert.equal(read('rasvm.log'), '    1.500 a warning\n');
  const lines = (file: string) => read(file).split('\n').length - 1;
  assert.deepEqual([lines('console.log'), lines('agent.log')], [result.log.length - 1, 1]);
  assert.match(read('agent.log'), /^ {4}0\.900 rasvm-guest: ready/);
  const events = read('events.jsonl').trimEnd().split('\n');
  assert.equal(events.length, result.timeline.filter(({ event }) => event).length);
  for (const line of events) assert.ok(JSON.parse(line).kind);
  assert.match(read('report.txt'), /FAILED/);

  const bin = join(directory, 'rasvm');
  writeFileSync(bin, '#!/bin/sh\npwd\nfor each; do echo "$each"; done\n');
  chmodSync(bin, 0o755);
  const { stdout } = spawnSync(join(own, 'run.sh'), ['--log-level=debug'], {
    encoding: 'utf8',
    env: { PATH: `${directory}:${process.env.PATH}` },
  });
  assert.deepEqual(stdout.trimEnd().split('\n'), [
    own,
    'run',
    "--kernel=/home/o'neil/Image",
    '--initrd=../initramfs.cpio',
    '--cpus=2',
    '--append=loglevel=5 a',
    '--shared',
    '--log-level=debug',
  ]);
});

test('a case without a guest; a directory that cannot be had is told before the run', (t) => {
  const directory = scratch(t);
  const { each, result } = failedCase(directory);
  const { machine: _machine, ...broken } = { ...result, outcome: 'broken' as const };
  keeper(directory)(each, broken, HOST);
  assert.ok(existsSync(join(directory, 'late@.._linux__mine', 'report.txt')));

  assert.equal(defaultKeep(new Date('2026-03-04T05:06:07.089Z')), 'rasvm-test-20260304T050607');
  checkKeep(join(directory, 'new'));
  for (const bad of [join(directory, 'late.yaml'), join(directory, 'no', 'where')])
    assert.throws(
      () => checkKeep(bad),
      (error) => error instanceof RasvmError && error.code === 'FILE',
    );
});

test('of a case in QEMU its script starts QEMU, without the sockets of the case', (t) => {
  const directory = scratch(t);
  const kept = join(directory, 'kept');
  const { each, result } = failedCase(directory);
  const request = {
    kernel: '/kernels/Image',
    initrd: join(directory, 'guest.cpio'),
    firmware: '/efi.fd',
    machine: { memory: '256M', cpus: 2 },
    append: 'loglevel=5 a',
  };
  const command = qemuCommand(request, { agent: '/tmp/x/agent', monitor: '/tmp/x/monitor' });
  const scenario = { ...each.scenario, machine: { cpus: 2 } };
  const machine = { command, log: result.machine!.log };
  keeper(kept)({ ...each, scenario, vmm: 'qemu' }, { ...result, vmm: 'qemu', machine }, HOST);

  const own = join(kept, 'late@.._linux__mine');
  assert.equal(readFileSync(join(own, 'qemu.log'), 'utf8'), '    1.500 a warning\n');
  assert.equal(readFileSync(join(own, 'cmdline'), 'utf8'), 'loglevel=5 a\n');
  const bin = join(directory, 'qemu-system-aarch64');
  writeFileSync(bin, '#!/bin/sh\nfor each; do echo "$each"; done\n');
  chmodSync(bin, 0o755);
  const { stdout } = spawnSync(join(own, 'run.sh'), ['-S'], {
    encoding: 'utf8',
    env: { PATH: `${directory}:${process.env.PATH}` },
  });
  const again = qemuCommand({ ...request, initrd: '../initramfs.cpio' }).slice(1);
  assert.deepEqual(stdout.trimEnd().split('\n'), [...again, '-S']);
});
