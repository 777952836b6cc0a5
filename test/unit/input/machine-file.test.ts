import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RasvmError } from '../../../src/core/errors.ts';
import { machineText, readMachine } from '../../../src/input/machine-file.ts';

const example = readFileSync(join(import.meta.dirname, '../../../docs/examples/server.yaml'), 'utf8');

test('the example of the documents is a machine', () => {
  const machine = readMachine('server.yaml', example);
  assert.equal(machine.processors.length, 8);
  assert.equal(machine.processors[5]!.mpidr, 0x1_0100n);
  assert.equal(machine.hostBridges![0]!.ecam, 0x40_1000_0000n);
  assert.deepEqual(machine.memory![1], { base: 1n << 32n, size: 2n << 30n, node: 1 });
  assert.equal(machine.errors!.sources[3]!.readAck, false);
  assert.equal(machine.caches![0]!.size, 65536);
});

test('what is written of a machine is read as the same machine', () => {
  const machine = readMachine('server.yaml', example);
  assert.deepEqual(readMachine('again.yaml', machineText(machine)), machine);
});

test('of several serial ports each is read, and a fault has its place in the list', () => {
  const [, port] = /serial: (\{.*\})/.exec(example)!;
  const list = (second: string) =>
    example.replace(
      /serial: .*/,
      `serial:\n  - ${port}\n  - { type: sbsa, base: 0x9040000, gsiv: ${second} }`,
    );
  const machine = readMachine('m.yaml', list('42'));
  assert.deepEqual(machine.serial, [
    readMachine('server.yaml', example).serial,
    { type: 'sbsa', base: 0x904_0000n, gsiv: 42 },
  ]);
  assert.throws(() => readMachine('m.yaml', list('many')), {
    code: 'FILE',
    message: /^m\.yaml:35:\d+: serial\[1\]\.gsiv: 'many' is no address or size/,
  });
});

const broken: [what: string, from: string | RegExp, to: string, message: RegExp][] = [
  [
    'a key that is misspelt',
    'its: [',
    'itss: [',
    /^m\.yaml:27:3: gic: 'itss' is not known; did you mean 'its'\?$/,
  ],
  ['a key that is missing', /timers:.*\n/, '', /^m\.yaml:\d+:1: timers: is missing \(object\)$/],
  [
    'a word for a number',
    'gsiv: 33',
    'gsiv: many',
    /^m\.yaml:33:48: serial\.gsiv: 'many' is no address or size; use/,
  ],
  ['a number that is too large', 'gsiv: 33', 'gsiv: 5G', /serial\.gsiv: 5368709120 does not fit in 32 bits$/],
  [
    'a choice that is none',
    'type: pl011',
    'type: pl012',
    /^m\.yaml:33:17: serial\.type: is none of 16550, pl011, sbsa$/,
  ],
  ['no YAML', 'oem: {', 'oem: {{', /^m\.yaml:\d+:\d+: /],
  [
    'a list that is none',
    /processors:\n(.*\n){8}/,
    'processors: 3\n',
    /^m\.yaml:7:13: processors: is no array$/,
  ],
];

for (const [what, from, to, message] of broken)
  test(`${what} is told with its place`, () => {
    assert.throws(() => readMachine('m.yaml', example.replace(from, to)), { code: 'FILE', message });
  });

test('every fault is told at once', () => {
  const text = example.replace('type: pl011', 'type: pl012').replace('its: [', 'itss: [');
  assert.throws(
    () => readMachine('m.yaml', text),
    (error: RasvmError) => /its'\?$/.test(error.message) && /serial\.type/.test(error.more.join()),
  );
});
