import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCommand } from '../../../src/cli/run/run.ts';
import { type RunValues, readRunArguments, toRunOptions } from '../../../src/cli/run/run-options.ts';

const read = (line: string) => readRunArguments(line.split(' '));
const options = (values: RunValues) => toRunOptions({ kernel: 'Image', ...values });
const usage = (message: RegExp) => ({ name: 'RasvmError', code: 'USAGE', exitStatus: 2, message });

test('a kernel alone makes a whole machine', () => {
  assert.deepEqual(toRunOptions(read('--kernel Image')!), {
    kernel: 'Image',
    append: '',
    vcpus: 1,
    memory: 2 ** 30,
    ras: { mode: 'auto', early: true, notify: 'sea', onError: 'report' },
    acpi: true,
    noAcpiPolicy: 'sea',
    console: { kind: 'stdio' },
    shared: false,
    hugePageSize: 0,
    panic: { action: 'end', from: 'device' },
    log: { level: 'warn' },
  });
});

test('every option reaches its place', () => {
  const values = readRunArguments([
    ...'--kernel k --initrd=i --cpus 64 --memory 4G --ras on,early=off,on-error=stop,notify=serror --acpi off --no-acpi-policy ignore --name vm-1'.split(
      ' ',
    ),
    ...'--on-panic reset --panic-from console --stop-after 3 --events e.json --metrics [::1]:9100'.split(' '),
    ...'--console file:/tmp/a:b --serial unix:s:1 --shared --hugepages 2M --log-level debug --log l --debug --append'.split(
      ' ',
    ),
    '--x=y console=ttyAMA0 "z"\n',
  ]);
  assert.deepEqual(toRunOptions(values!), {
    kernel: 'k',
    initrd: 'i',
    append: '--x=y console=ttyAMA0 "z"\n',
    vcpus: 64,
    memory: 2 ** 32,
    ras: { mode: 'on', early: false, notify: 'serror', onError: 'stop' },
    acpi: false,
    noAcpiPolicy: 'ignore',
    name: 'vm-1',
    console: { kind: 'file', path: '/tmp/a:b' },
    serial: { kind: 'unix', path: 's:1' },
    shared: true,
    hugePageSize: 2 ** 21,
    panic: { action: 'reset', from: 'console' },
    stopAfter: 3,
    events: 'e.json',
    metrics: { kind: 'tcp', host: '::1', port: 9100 },
    log: { level: 'debug', file: 'l' },
  });
});

test('what the direct reading does not understand is left to commander', () => {
  const lines = [
    '',
    '--help',
    '--kernl k',
    '--kernel',
    '--kernel k x',
    '--shared',
    '--kernel k --shared=1',
    '-k k',
    '--',
  ];
  for (const line of lines) assert.equal(read(line), undefined, line);
});

test('commander and the direct reading understand the same line the same way', () => {
  const lines = [
    '--kernel k',
    '--kernel=k --memory 2G --memory 3G --append -x --log-level info --shared',
    '--kernel k --ras off,on-error=stop --no-acpi-policy=stop --hugepages 1G --log a=b --append a=b=c --name n --cpus 3',
  ];
  for (const line of lines) {
    const command = runCommand();
    command.parseOptions(line.split(' '));
    const seen = Object.fromEntries(
      command.options.flatMap((each) => {
        const value = command.getOptionValue(each.attributeName());
        return value === undefined ? [] : [[each.name(), value]];
      }),
    );
    assert.deepEqual(toRunOptions(seen as RunValues), toRunOptions(read(line)!), line);
  }
});

test('each wrong value is refused with the option and what is valid', () => {
  const wrong: [RunValues, RegExp][] = [
    [{ kernel: '' }, /^--kernel is missing: give it as --kernel IMAGE/],
    [{ initrd: '' }, /^--initrd is missing/],
    [{ log: '' }, /^--log is missing/],
    [{ cpus: '0' }, /^--cpus: '0' is not a whole number, 1 to 64/],
    [{ cpus: '65' }, /^--cpus/],
    [{ cpus: 'two' }, /^--cpus/],
    [{ memory: '0' }, /^--memory: '0' is not a size/],
    [{ memory: '1.5G' }, /^--memory/],
    [{ memory: '100000' }, /^--memory: 100000 is not a multiple of 64K/],
    [{ memory: '3M', hugepages: '2M' }, /^--memory: 3M is not a multiple of 2M/],
    [{ memory: '512M', hugepages: '1G' }, /^--memory: 512M is not a multiple of 1G/],
    [{ hugepages: '4K' }, /^--hugepages: '4K' is not one of 2M, 1G/],
    [{ ras: 'maybe' }, /^--ras: 'maybe' is not one of auto, on, off/],
    [{ ras: '' }, /^--ras is missing/],
    [{ ras: ',early=on' }, /^--ras: '' is not one of/],
    [{ ras: 'on,late=on' }, /^--ras: 'late=on' is not a setting; valid are early=on\|off, notify=/],
    [{ ras: 'on,' }, /^--ras: '' is not a setting/],
    [{ ras: 'on,early' }, /^--ras: 'early' is not a setting/],
    [{ ras: 'on,early=maybe' }, /^--ras early: 'maybe' is not one of on, off/],
    [{ ras: 'on,early=on=off' }, /^--ras/],
    [{ ras: 'on,notify=sei' }, /^--ras notify: 'sei' is not one of sea, serror/],
    [{ ras: 'on,on-error=panic' }, /^--ras on-error: 'panic' is not one of report, stop/],
    [{ ras: 'on,constructor=x' }, /^--ras: 'constructor=x' is not a setting/],
    [{ 'no-acpi-policy': 'zeros' }, /^--no-acpi-policy: 'zeros' is not one of sea, serror, stop, ignore/],
    [{ acpi: 'yes' }, /^--acpi: 'yes' is not one of on, off/],
    [{ name: 'Upper' }, /^'Upper' is not a machine's name/],
    [{ name: '../x' }, /is not a machine's name/],
    [{ console: 'pty' }, /^--console: 'pty' is not stdio or file:PATH/],
    [{ console: 'file:' }, /^--console/],
    [{ serial: 'tcp:1' }, /^--serial: 'tcp:1' is not unix:PATH$/],
    [{ serial: 'unix:' }, /^--serial/],
    [{ 'log-level': 'loud' }, /^--log-level: 'loud' is not one of trace/],
  ];
  for (const [values, message] of wrong) {
    assert.throws(() => options(values), usage(message), JSON.stringify(values));
  }
});

test('metrics are read at a path or at a host and port', () => {
  const of = (metrics: string) => options({ metrics }).metrics;
  assert.deepEqual(of('unix:a:1'), { kind: 'unix', path: 'a:1' });
  assert.deepEqual(of('localhost:1'), { kind: 'tcp', host: 'localhost', port: 1 });
  for (const text of [
    '9100',
    ':9100',
    'unix:',
    'host:',
    'host:0',
    'host:65536',
    '::1:9100',
    'a:b:1',
    'host:1x',
  ])
    assert.throws(() => of(text), usage(/--metrics: .*127\.0\.0\.1:9100/), text);
});

test('a limit to errors is one at least', () => {
  assert.throws(
    () => options({ 'stop-after': '0' }),
    usage(/--stop-after: '0' is not a whole number, 1 or more/),
  );
});
