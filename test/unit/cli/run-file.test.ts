import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCommand } from '../../../src/cli/run/run.ts';
import { readRunFile } from '../../../src/cli/run/run-file.ts';
import { readRunArguments, toRunOptions } from '../../../src/cli/run/run-options.ts';
import { givenValues } from '../../../src/cli/run/run-values.ts';

const read = (content: string) => readRunFile('vm.yaml', content);

test('a file has the options by their names, and the parts of --ras by theirs', () => {
  const values = read(`
kernel: debian:6.12
cpus: 4
memory: 4G
acpi: off
no-acpi-policy: stop
ras: { early: off, on-error: stop }
shared: true
append: ""
`);
  const line = '--kernel debian:6.12 --cpus 4 --memory 4G --acpi off --no-acpi-policy stop --shared';
  assert.deepEqual(values, {
    ...readRunArguments(line.split(' ')),
    ras: 'auto,early=off,on-error=stop',
    append: '',
  });
  const { ras, noAcpiPolicy } = toRunOptions(values);
  assert.deepEqual(ras, { mode: 'auto', early: false, notify: 'sea', onError: 'stop' });
  assert.equal(noAcpiPolicy, 'stop');
  assert.equal(read('ras: on,notify=serror').ras, 'on,notify=serror');
  assert.equal(read('ras: { mode: on, notify: serror }').ras, 'on,notify=serror');
  assert.deepEqual(read('shared: false\nkernel: k'), { kernel: 'k' });
});

test('a mistake in it is told with its place', () => {
  const wrong: [string, RegExp][] = [
    ['kernl: k', /^vm.yaml:1:1: 'kernl' is not known; did you mean 'kernel'\?/],
    ['kernel: k\ncpus: [1]', /^vm.yaml:2:7: cpus: is no text and no number/],
    ['shared: yes', /^vm.yaml:1:9: shared: is no boolean/],
    ['ras: { early: maybe }', /^vm.yaml:1:\d+: ras/],
    ['machine: other.yaml', /'machine' is not known/],
    ['debug: true', /'debug' is not known/],
  ];
  for (const [content, message] of wrong) assert.throws(() => read(content), { code: 'FILE', message });
  assert.throws(() => readRunFile('/nowhere/vm.yaml'), { code: 'FILE', message: /ENOENT/ });
});

test('what the command line says counts more than the file, and its defaults less', async () => {
  const values = await givenValues({ machine: 'vm.yaml', memory: '2G' }, async () =>
    read('kernel: k\nmemory: 1G\ncpus: 3\n'),
  );
  assert.deepEqual(values, { kernel: 'k', memory: '2G', cpus: '3' });
  const none = { kernel: 'k' };
  assert.equal(await givenValues(none), none);
  // Read directly, too.
  assert.deepEqual(readRunArguments(['--machine', 'vm.yaml']), { machine: 'vm.yaml' });
  assert.ok(runCommand().options.some(({ long }) => long === '--machine'));
});
