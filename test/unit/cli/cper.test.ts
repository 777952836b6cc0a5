import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  CperRecord,
  ErrorStatusBlock,
  encodeHardwareErrors,
  Hest,
  hexDump,
  MemoryError,
  SECTIONS,
  type SectionKind,
  sampleCperRecord,
  sampleErrorStatusBlock,
} from '@rasvm/acpi';
import { optionsOf } from '../../../src/cli/cper/cper-fields.ts';
import { sectionValue } from '../../../src/cli/cper/cper-values.ts';
import { RasvmError } from '../../../src/core/errors.ts';
import { builtRasvm, scratch } from './built.ts';

const rasvm = builtRasvm();
const make = (...args: string[]) => rasvm(['cper', 'make', ...args]);

const MEMORY = ['memory', '--physical-address', '0x40005000', '--error-type', 'multi-bit-ecc'];

test('make gives an error status block of what is given, and marks that valid', () => {
  const { status, bytes, stderr } = make(
    ...MEMORY,
    '--error-status.type=Memory',
    '--error-status.first-error',
    '--severity',
    'corrected',
    '--fru-text',
    'DIMM A1',
    '--timestamp',
    '2026-01-31T23:59:59Z',
    '--flags',
    'primary,overflow',
  );
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  const { severity, entries } = ErrorStatusBlock.decode(bytes);
  assert.equal(severity, 2);
  const [{ section, flags, ...entry }] = entries as [(typeof entries)[0]];
  assert.deepEqual(entry, {
    severity: 2,
    revision: 0x300,
    fruText: 'DIMM A1',
    timestamp: new Date('2026-01-31T23:59:59Z'),
  });
  assert.ok(flags!.primary && flags!.overflow && !flags!.latent);
  assert.equal(section.kind, 'memory');
  const { physicalAddress, errorType, errorStatus } = section as Extract<typeof section, { kind: 'memory' }>;
  assert.deepEqual([physicalAddress, errorType], [0x4000_5000n, 3]);
  assert.deepEqual([errorStatus!.type, errorStatus!.firstError, errorStatus!.data], [4, true, false]);
});

test('make gives a whole record, or the section alone', () => {
  const record = CperRecord.decode(
    make(...MEMORY, '--record', '--notification', 'sea', '--record-id', '0xffffffffffffffff').bytes,
  );
  assert.equal(record.notificationType, '9a78788a-bbe8-11e4-809e-67611e5d46b0');
  assert.equal(record.recordId, 0xffff_ffff_ffff_ffffn);
  assert.equal(record.sections[0]!.section.kind, 'memory');
  const section = make(...MEMORY, '--section').bytes;
  assert.deepEqual(MemoryError.decode(section), { physicalAddress: 0x4000_5000n, errorType: 3 });
});

test('elements of lists are given by their number, or as JSON', () => {
  const args = ['arm-processor', '--midr', '5', '--section'];
  const one = make(
    ...args,
    '--error-information[0].type',
    'cache',
    '--error-information.1.type=8',
    '--error-information[1].physical-fault-address',
    '0x1000',
  );
  const other = make(
    ...args,
    '--error-information',
    '[{"type":"Cache"},{"type":8,"physicalFaultAddress":"0x1000"}]',
  );
  assert.equal(one.stderr + other.stderr, '');
  assert.equal(one.bytes.length, 40 + 2 * 32);
  assert.deepEqual(one.bytes, other.bytes);
});

test('what is wrong with a field is told by its option', () => {
  const wrong: [SectionKind, string[], RegExp][] = [
    [
      'memory',
      ['--bank-adress', '1'],
      /^--bank-adress: 'bank-adress' is no member .*did you mean bank-address\?$/,
    ],
    [
      'memory',
      ['--x', '1'],
      /^--x: 'x' is no member of Platform memory error, which has validation-bits, error-status/,
    ],
    ['memory', ['--node'], /^--node: has no value$/],
    ['memory', ['--node', 'x'], /^--node: is no whole number$/],
    ['memory', ['--node', '1', '--node', '2'], /^--node: is given twice$/],
    ['memory', ['--error-type', 'x'], /^--error-type: is neither a whole number nor one of Unknown, /],
    [
      'memory',
      ['--error-status.address', 'maybe'],
      /^--error-status.address: 'maybe' is neither true nor false$/,
    ],
    ['memory', ['--error-status', 'x'], /^--error-status: 'x' is none of type, address/],
    ['memory', ['5'], /^'5' is no option/],
    [
      'armProcessor',
      ['--error-information[1].type', '1'],
      /^--error-information\[1\]\.type: element 0 is missing/,
    ],
    [
      'armProcessor',
      ['--error-information', '[{"type":"x"}]'],
      /^--error-information\[0\]\.type: is neither/,
    ],
  ];
  for (const [kind, args, message] of wrong)
    assert.throws(
      () => sectionValue(SECTIONS[kind].codec as never, args),
      (error) => error instanceof RasvmError && error.code === 'USAGE' && message.test(error.message),
      args.join(' '),
    );
});

test('make says which option is wrong, with status 2', () => {
  const wrong: [string[], RegExp][] = [
    [['nope'], /^'nope' is no section; there are .*memory/],
    [['memory', '--node', '70000'], /^--node: 70000 is not 0 to 65535$/],
    [['memory', '--fru-text', 'x'.repeat(21)], /^--fru-text: is no text of at most 20/],
    [['memory', '--timestamp', 'soon'], /^--timestamp: is neither a time/],
    [['memory', '--flags', 'primary,x'], /^--flags: 'x' is none of primary, /],
    [['memory', '--record', '--section'], /give one of them$/],
    [['memory', '--record-id', '1'], /^--record-id is for a whole record/],
    [['memory', '--section', '--fru-text', 'x'], /^--fru-text is no part of a section/],
    [
      ['arm-processor', '--error-information[0].flags', 'first'],
      /^--error-information\[0\]\.type: is missing: give it/,
    ],
  ];
  for (const [args, message] of wrong) {
    const { status, stdout, stderr } = make(...args);
    assert.deepEqual({ status, stdout }, { status: 2, stdout: '' }, args.join(' '));
    assert.match(stderr.replace(/^rasvm: /, '').trim(), message);
  }
});

test('help lists the fields of a section', () => {
  const { stdout, status } = make('memory', '--help');
  assert.equal(status, 0);
  assert.match(stdout, /Fields of memory \(UEFI 2\.11, N\.2\.5\):\n/);
  assert.match(stdout, / {2}--physical-address <number>\n {6}Physical address of the error\n/);
  assert.match(stdout, / {2}--error-type <number>\n {6}Type of memory error: Unknown \(0\), NoError \(1\), /);
  assert.doesNotMatch(stdout, /--validation-bits|--extended-reserved/);
});

test('every option that help lists is understood, and has a meaning', () => {
  const sample = (value: string) =>
    ({ '': undefined, '<number>': '1', '<number,...>': '1', '<time>': 'now', '<text>': 'x', '<hex>': '00' })[
      value
    ] ?? '1';
  for (const [kind, { codec }] of Object.entries(SECTIONS)) {
    const options = optionsOf(codec as never);
    assert.ok(options.length > 1, kind);
    for (const { name, value, meaning } of options) {
      assert.notEqual(meaning, '', `${kind} --${name}`);
      const args =
        value === ''
          ? [`--${name.replace('[N]', '[0]')}`]
          : [`--${name.replaceAll('[N]', '[0]')}`, sample(value)];
      try {
        sectionValue(codec as never, args);
      } catch (error) {
        // Of a union the kind must be given as well, a GUID looks otherwise; but the option is known.
        assert.doesNotMatch(
          (error as Error).message,
          /is no member|is no option|has no value/,
          `${kind} --${name}`,
        );
      }
    }
  }
});

test('decode shows a record as text, decode --json and encode are inverse', (t) => {
  const directory = scratch(t);
  const file = join(directory, 'record');
  for (const extra of [[], ['--record', '--notification', 'boot']]) {
    const { bytes } = make(...MEMORY, ...extra);
    writeFileSync(file, bytes);
    assert.match(
      rasvm(['cper', 'decode', file]).stdout,
      /event severity: recoverable\n[\s\S]*error_type: 3, multi-bit ECC\n/,
    );
    const json = rasvm(['cper', 'decode', file, '--json']);
    assert.equal(json.status, 0);
    assert.deepEqual(rasvm(['cper', 'encode', '-'], json.stdout).bytes, bytes);
  }
});

test('samples of every section go through JSON and are without fault', (t) => {
  const file = join(scratch(t), 'log');
  const kinds = Object.keys(SECTIONS) as SectionKind[];
  const samples = kinds.flatMap((kind) => [
    ErrorStatusBlock.encode(sampleErrorStatusBlock([kind], 5)),
    CperRecord.encode(sampleCperRecord([kind, 'memory'], 6)),
  ]);
  writeFileSync(file, Buffer.concat(samples));
  const json = rasvm(['cper', 'decode', file, '--json']).stdout;
  assert.equal(JSON.parse(json).length, samples.length);
  assert.deepEqual(Buffer.from(rasvm(['cper', 'encode', '-'], json).bytes), readFileSync(file));
  const { status, stdout } = rasvm(['cper', 'check', file]);
  assert.equal(
    status,
    0,
    stdout.split('\n').find((line) => line.includes(': error')),
  );
});

test('the same seed gives the same sample, and a count the next seeds', () => {
  const sample = (seed: string) => rasvm(['cper', 'sample', 'pcie', '--seed', seed]).stdout;
  assert.equal(sample('7'), sample('7'));
  const both = rasvm(['cper', 'sample', 'pcie', '--seed', '7', '--count', '2']).bytes;
  assert.deepEqual(
    Buffer.from(both),
    Buffer.concat([7, 8].map((seed) => ErrorStatusBlock.encode(sampleErrorStatusBlock(['pcie'], seed)))),
  );
  assert.equal(rasvm(['cper', 'sample', 'pcie', '--count', '0']).status, 2);
});

test('a log that is damaged is an error with the offset; --skip goes on', (t) => {
  const file = join(scratch(t), 'log');
  const { bytes } = make(...MEMORY);
  writeFileSync(file, Buffer.concat([bytes, Buffer.from('rubbish\x01'), bytes]));
  const failed = rasvm(['cper', 'decode', file]);
  assert.equal(failed.status, 10);
  assert.equal(failed.stderr, `rasvm: ${file}: offset ${bytes.length}: no record begins here\n`);
  const skipped = rasvm(['cper', 'decode', file, '--skip']);
  assert.equal(skipped.status, 1);
  assert.equal(
    skipped.stderr,
    `rasvm: passed over: 8 bytes at offset ${bytes.length}: no record begins here\n`,
  );
  assert.equal(skipped.stdout.match(/event severity/g)?.length, 2);
});

test('records are read from dumps, standard input and hardware_errors too', () => {
  const { bytes } = make(...MEMORY);
  const shown = rasvm.process(['cper', 'decode', '-'], bytes).stdout;
  assert.match(shown, /event severity/);
  assert.equal(rasvm.process(['cper', 'decode', '-'], hexDump(bytes)).stdout, shown);
  const area = encodeHardwareErrors({ base: 0x43da_0000, sources: [{}, { block: bytes }] });
  assert.equal(rasvm.process(['cper', 'decode', '-'], area).stdout, shown);
  assert.match(rasvm.process(['acpi', 'dump', '-'], area).stdout, /hardware_errors\n[\s\S]*event severity/);
  const json = rasvm.process(['acpi', 'dump', '-', '--json'], area).stdout;
  assert.deepEqual(Buffer.from(rasvm.process(['acpi', 'encode', '-'], json).bytes), Buffer.from(area));
});

test('check says what a guest will do', () => {
  const { bytes } = make(...MEMORY, '--physical-address-mask', '0xfffffffffffff000');
  const offline = rasvm(['cper', 'check', '-'], bytes);
  assert.equal(offline.status, 0);
  assert.match(offline.stdout, /EFFECT_PAGE_OFFLINE entries\[0\]\.section\.physicalAddress/);
  const killed = rasvm(['cper', 'check', '-', '--notification', 'sea', '--json'], bytes);
  assert.ok(JSON.parse(killed.stdout).some(({ code }: { code: string }) => code === 'EFFECT_PROCESS_KILLED'));
  const panic = rasvm(['cper', 'check', '-'], make(...MEMORY, '--severity', 'fatal').bytes);
  assert.match(panic.stdout, /EFFECT_PANIC/);
  for (const kernel of ['old', '6.0', '7.4', '5.10', '6.12.1'])
    assert.equal(rasvm(['cper', 'check', '-', '--kernel', kernel], bytes).status, 2, kernel);
  const wrong = Uint8Array.from(bytes);
  wrong[12] = 1;
  assert.equal(rasvm(['cper', 'check', '-'], wrong).status, 1);
});

test('a section alone is shown, checked, compared, and goes through JSON', (t) => {
  const directory = scratch(t);
  const [a, b] = [join(directory, 'a'), join(directory, 'b')];
  const { bytes } = make(...MEMORY, '--section');
  writeFileSync(a, bytes);
  writeFileSync(b, hexDump(make(...MEMORY, '--node', '3', '--section').bytes));
  const cper = (command: string, ...args: string[]) =>
    rasvm(['cper', command, '--section', 'memory', ...args]);
  assert.match(cper('decode', b).stdout, /^section_type: memory error\n[\s\S]*node:3\n/);
  const json = join(directory, 'json');
  for (const form of ['--json', '--json-lines']) {
    writeFileSync(json, cper('decode', a, form).stdout);
    assert.deepEqual(cper('encode', json).bytes, bytes);
  }
  assert.deepEqual(cper('check', a).stdout, '0 errors, 0 warnings, 0 notes in 1 section\n');
  assert.match(
    cper('diff', a, b).stdout,
    /^section\n {2}validationBits: .*\n {2}node: 0 \(not valid\) -> 3\n$/,
  );
  const other = rasvm(['cper', 'check', '--section', 'arm-processor', a]);
  assert.equal(other.status, 1);
  assert.match(other.stdout, /^.*: error STATED_LENGTH sectionLength \(offset 0x8\): is 0, /);
  const short = rasvm(['cper', 'decode', '--section', 'pcie', a]);
  assert.deepEqual([short.status, short.stdout], [10, '']);
  assert.match(short.stderr, /: needs 208 bytes, 80 are left\n$/);
  assert.equal(rasvm(['cper', 'decode', '--section', 'none', a]).status, 2);
});

test('a long log is checked to its end, damage and all; records of a directory go by their names', (t) => {
  const directory = scratch(t);
  const { bytes } = make(...MEMORY);
  const several = Buffer.concat(Array.from({ length: 8000 }, () => bytes));
  writeFileSync(join(directory, 'log'), Buffer.concat([several, Buffer.from('rubbish\x01'), bytes]));
  writeFileSync(join(directory, 'one'), bytes);
  writeFileSync(join(directory, 'README'), 'Hello');
  const { status, stdout, stderr } = rasvm(['cper', 'check', directory]);
  assert.equal(status, 1);
  assert.match(stderr, /^rasvm: passed over: README: is neither/);
  const lines = stdout.trim().split('\n');
  assert.ok(several.length > 1 << 20);
  assert.equal(
    lines.find((line) => line.includes('NO_RECORD'))?.split(' [')[0],
    `log: error NO_RECORD (offset 0x0): 8 bytes at offset ${several.length}: no record begins here`,
  );
  assert.ok(lines.some((line) => line.startsWith('log[8000]: ')));
  assert.ok(lines.some((line) => line.startsWith('one: ')));
  assert.match(lines.at(-1)!, /^1 error, \d+ warnings, \d+ notes in 8002 records/);
});

test('a disk that is full is told, and a reader that leaves is not', (t) => {
  const file = join(scratch(t), 'log');
  writeFileSync(file, rasvm(['cper', 'sample', 'memory', '--count', '3000']).bytes);
  const full = rasvm.shell(`cper decode '${file}' > /dev/full`);
  assert.equal(full.status, 10);
  assert.match(full.stderr, /^rasvm: standard output cannot be written: ENOSPC.*\n$/);
  const left = rasvm.shell(`cper decode '${file}' | head -n 1`);
  assert.deepEqual([left.status, left.stderr, left.stdout.split('\n').length], [0, '', 2]);
});

test('a record a line of JSON is the same', (t) => {
  const file = join(scratch(t), 'log');
  const { bytes } = rasvm(['cper', 'sample', 'cxl-dram', '--count', '3']);
  writeFileSync(file, bytes);
  const lines = rasvm(['cper', 'decode', file, '--json-lines']).stdout;
  const array = rasvm(['cper', 'decode', file, '--json']).stdout;
  assert.deepEqual(
    lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
    JSON.parse(array),
  );
  assert.deepEqual(rasvm(['cper', 'encode', '-'], lines).bytes, bytes);
});

test('diff names the fields that differ', (t) => {
  const directory = scratch(t);
  const [a, b] = [join(directory, 'a'), join(directory, 'b')];
  writeFileSync(a, make(...MEMORY).bytes);
  writeFileSync(b, make(...MEMORY, '--node', '3').bytes);
  const { status, stdout } = rasvm(['cper', 'diff', a, b]);
  assert.equal(status, 1);
  assert.equal(
    stdout,
    'record\n  entries[0].section.validationBits: 0x4002 -> 0x400a\n  entries[0].section.node: 0 (not valid) -> 3\n',
  );
  assert.equal(rasvm(['cper', 'diff', a, a]).status, 0);
});

test('what is no record is told in one line, with status 10', (t) => {
  const directory = scratch(t);
  const [file, empty] = [join(directory, 'HEST'), join(directory, 'empty')];
  mkdirSync(empty);
  writeFileSync(file, Hest.encode({ sources: [] }));
  const wrong: [string[], Uint8Array | string, RegExp][] = [
    [['decode', '/nowhere/none'], '', /none: there is no such file$/],
    [['decode', empty], '', /empty: there is no file in this directory$/],
    [['decode', '-'], '', /standard input: is empty$/],
    [['decode', '-'], '\0\0\0', /standard input: there is no error record in it$/],
    [['decode', '-'], 'Hello', /is neither ACPI tables nor error records/],
    [['decode', file], '', /is an ACPI table, no error record; rasvm acpi dump shows it$/],
    [['check', file], '', /is an ACPI table, no error record; rasvm acpi check is for tables$/],
    [['diff', file, file], '', /is an ACPI table, no error record; rasvm acpi diff is for tables$/],
    [['encode', '-'], '{}', /standard input: /],
    [['encode', '-'], '[1]', /standard input: /],
    [['encode', '-'], '[]', /standard input: holds no error record$/],
    [
      ['check', '-'],
      'Panic#1 Part1\n<6>[    0.1] x\n',
      /is a kernel's log, as pstore gives it: text, no record$/,
    ],
    [['encode', '-'], '{"errorStatusBlock":1}', /standard input: errorStatusBlock/],
  ];
  for (const [args, input, message] of wrong) {
    const { status, stdout, stderr } = rasvm(['cper', ...args], input);
    assert.deepEqual({ status, stdout }, { status: 10, stdout: '' }, args.join(' '));
    assert.match(stderr.trim(), message);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  }
});
