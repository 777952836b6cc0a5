import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { status as grpcStatus } from '@grpc/grpc-js';
import type { Command } from 'commander';
import { buildProgram } from '../../../src/cli/program.ts';
import { VERSION } from '../../../src/cli/shared/version.ts';
import { toServiceError } from '../../../src/control/status-codes.ts';
import { CALLS } from '../../../src/control/wire-fields.ts';
import { type ErrorCode, EXIT_STATUS, RasvmError } from '../../../src/core/errors.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** Cells of each table row, `\|` read as |. */
function rows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[-| ]+\|$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );
}

/** Text under each heading, down to the next heading of any level. */
function sections(text: string): Map<string, string> {
  const parts = text.split(/^#+ /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n'))]));
}

/** Every command that the help shows, by its whole name. */
function commands(command: Command, path = 'rasvm'): [string, Command][] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== 'help')
    .flatMap((each): [string, Command][] => {
      const name = `${path} ${each.name()}`;
      return [[name, each], ...commands(each, name)];
    });
}

test('cli.md has every command, and none that does not exist', async () => {
  const documented = [...sections(read('docs/reference/cli.md')).keys()].filter((each) =>
    each.startsWith('rasvm '),
  );
  const defined = commands(await buildProgram(() => true)).map(([name]) => name);
  assert.deepEqual(documented.sort(), defined.sort());
});

test('cli.md has every option with its value and default, and none that does not exist', async () => {
  const documented = sections(read('docs/reference/cli.md'));
  for (const [name, command] of commands(await buildProgram(() => true))) {
    const section = documented.get(name)!;
    const said = rows(section).filter(([option]) => option!.startsWith('`--'));
    const options = command.options.filter((each) => each.long !== '--debug' && !each.hidden);
    assert.deepEqual(
      said.map(([option]) => option).sort(),
      options.map((each) => `\`${each.flags}\``).sort(),
      name,
    );
    for (const option of options) {
      const [, given, meaning] = said.find((row) => row[0] === `\`${option.flags}\``)!;
      const { defaultValue } = option;
      const shown =
        typeof defaultValue === 'string' || typeof defaultValue === 'number' ? `\`${defaultValue}\`` : '';
      assert.equal(given, shown, `default of ${name} ${option.flags}`);
      for (const choice of option.argChoices ?? [])
        assert.ok(meaning!.includes(`\`${choice}\``), `${option.flags} ${choice}`);
    }
  }
});

test('errors.md has every code with its exit status, and none that does not exist', () => {
  const listed = rows(read('docs/reference/errors.md')).flatMap(([code, status]) =>
    code!.startsWith('`') ? [[code!.slice(1, -1), Number(status)]] : [],
  );
  assert.deepEqual(Object.fromEntries(listed), { ...EXIT_STATUS });
  assert.equal(new Set(Object.values(EXIT_STATUS)).size, listed.length, 'each code has a status of its own');
});

test('control.md has every call, and the gRPC status of every code', () => {
  const text = read('docs/reference/control.md');
  const calls = rows(sections(text).get('Calls')!).flatMap(([call]) =>
    call ? [call.replaceAll('`', '')] : [],
  );
  assert.deepEqual(calls.slice(1).sort(), Object.keys(CALLS).sort());
  const table = rows(sections(text).get('Errors')!).slice(1);
  for (const code of Object.keys(EXIT_STATUS) as ErrorCode[]) {
    const expected = grpcStatus[toServiceError(new RasvmError(code, 'x')).code];
    const row = table.find(([, codes]) => codes!.includes(`\`${code}\``));
    assert.equal(row ? row[0] : '`INTERNAL`', `\`${expected}\``, code);
  }
});

test("the version is the package's", () => {
  assert.equal(VERSION, JSON.parse(read('package.json')).version);
});
