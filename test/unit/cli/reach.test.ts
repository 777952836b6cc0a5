import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { commandLine, labOption, looksIntoLabs } from '../../../src/cli/inspect/reach.ts';
import { labChoiceOf, toLabChoice } from '../../../src/cli/lab/lab-choice.ts';
import { rowsOf } from '../../../src/cli/lab/lab-machines.ts';
import { RasvmError } from '../../../src/core/errors.ts';

async function given(...argv: string[]): Promise<string[]> {
  return givenWith({}, ...argv);
}

async function givenWith(instead: Record<string, string>, ...argv: string[]): Promise<string[]> {
  let line: string[] = [];
  const command = new Command('inject')
    .argument('<name>')
    .argument('[kind]')
    .option('--gpa <ADDRESS>')
    .option('--via <MEANS>', '', 'uffd')
    .option('--file <FILE>')
    .option('--json')
    .addOption(labOption())
    .action(() => {
      line = commandLine(command, instead);
    });
  await command.parseAsync(argv, { from: 'user' });
  return line;
}

test('a command goes to the lab with what was given, but not --lab', async () => {
  assert.deepEqual(await given('vm', '--lab', 'always', '--gpa', '0x40000000', 'memory', '--json'), [
    'inject',
    '--gpa=0x40000000',
    '--json',
    '--',
    'vm',
    'memory',
  ]);
});

test('a file that was given is named as the lab sees it', async () => {
  assert.deepEqual(await givenWith({ file: '/share/record.bin' }, 'vm', 'record', '--file', 'record.bin'), [
    'inject',
    '--file=/share/record.bin',
    '--',
    'vm',
    'record',
  ]);
});

test('a command of a command goes to the lab with both names, and without that of the program', async () => {
  let line: string[] = [];
  const list = new Command('list').argument('<name>').option('--json');
  list.action(() => {
    line = commandLine(list);
  });
  const program = new Command('rasvm').addCommand(new Command('poison').addCommand(list));
  await program.parseAsync(['poison', 'list', 'vm', '--json'], { from: 'user' });
  assert.deepEqual(line, ['poison', 'list', '--json', '--', 'vm']);
});

test('a value that looks like an option, and a name that does, stay what they are', async () => {
  assert.deepEqual(await given('--gpa=--json', '--', '--vm'), ['inject', '--gpa=--json', '--', '--vm']);
});

test('what was not given is left to the rasvm in the lab', async () => {
  assert.deepEqual(await given('vm'), ['inject', '--', 'vm']);
});

test('what a lab lists is read, unless it was cut by the end of the lab', () => {
  assert.deepEqual(rowsOf('[{"name":"vm"}]'), [{ name: 'vm' }]);
  for (const text of ['', '[{"name":"v']) assert.deepEqual(rowsOf(text), []);
});

test('--lab is auto if not given, and one of three', () => {
  assert.deepEqual(toLabChoice({}), { mode: 'auto' });
  const given = { 'lab-kernel': '6.1', 'lab-cpu': 'cortex-a57', 'lab-pmu': true } as const;
  const choice = { mode: 'always', kernel: '6.1', cpu: 'cortex-a57', pmu: true };
  assert.deepEqual(toLabChoice({ lab: 'always', ...given }), choice);
  const { 'lab-kernel': labKernel, 'lab-cpu': labCpu, 'lab-pmu': labPmu } = given;
  assert.deepEqual(labChoiceOf({ lab: 'always', labKernel, labCpu, labPmu }), choice);
  assert.throws(
    () => toLabChoice({ lab: 'maybe' }),
    new RasvmError('USAGE', "--lab: 'maybe' is not one of auto, never, always"),
  );
});

test('--lab never keeps a command about machines here, on any machine, without an error', () => {
  assert.equal(looksIntoLabs('never'), false);
  assert.equal(looksIntoLabs('always'), true);
});
