/** The documents say what is so: links, files, npm scripts, rasvm's commands and options, kinds of events. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { SECTIONS, type SectionKind } from '@rasvm/acpi';
import type { Command } from 'commander';
import { parseDocument } from 'yaml';
import { kebab, optionsOf } from '../../../src/cli/cper/cper-fields.ts';
import { buildProgram } from '../../../src/cli/program.ts';
import { EVENT_FIELDS } from '../../../src/events/event.ts';

const root = join(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const DOCUMENTS = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'acpi/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('docs', path)),
];

const FENCE = /^ *```(\w*)\n([\s\S]*?)^ *```$/gm;

/** Fenced blocks; with a language only those. */
function blocks(text: string, language?: string): string[] {
  return [...text.matchAll(FENCE)]
    .filter((match) => language === undefined || match[1] === language)
    .map((match) => match[2]!);
}

const withoutBlocks = (text: string) => text.replace(FENCE, '');

/** What stands in back quotes in the running text. */
function spans(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!);
}

/** Lines of shell blocks and of CI systems' files, continued ones joined, and what is quoted in the text. */
function commandLines(text: string): string[] {
  const ci = blocks(text, 'yaml').map((block) =>
    block.replace(/\n +(?=--)/g, ' ').replace(/^ *(?:- )?(?:run: )?/gm, ''),
  );
  const shell = [...blocks(text, 'sh'), ...ci].flatMap((block) => block.replace(/\\\s+/g, ' ').split('\n'));
  return [...shell, ...spans(text)].map((line) => line.trim());
}

/** As GitHub names the anchors of headings. */
function anchors(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** What is wrong, as "document: what". */
function faults(find: (text: string, path: string) => string[]): string[] {
  return DOCUMENTS.flatMap((path) => find(read(path), path).map((fault) => `${path}: ${fault}`));
}

test('links between documents lead to a file, and to a heading that it has', () => {
  let links = 0;
  const broken = faults((text, path) =>
    [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => {
      if (/^https?:/.test(link!)) return [];
      links++;
      const [file, anchor] = link!.split('#') as [string, string?];
      const target = file === '' ? path : normalize(join(dirname(path), file));
      if (!existsSync(join(root, target))) return [`${link}: no such file`];
      return anchor === undefined || anchors(read(target)).includes(anchor)
        ? []
        : [`${link}: no such heading`];
    }),
  );
  assert.ok(links > 20);
  assert.deepEqual(broken, []);
});

test('files of the checkout that are named exist', () => {
  const PATH = /^(?:src|native|acpi|test|scripts|docs)\/[\w./-]+$/;
  const made = (path: string) => path.startsWith('acpi/dist');
  let named = 0;
  const missing = faults((text) =>
    spans(text)
      .filter((span) => PATH.test(span) && !made(span))
      .filter((path) => {
        named++;
        return !existsSync(join(root, path));
      }),
  );
  assert.ok(named > 20);
  assert.deepEqual(missing, []);
});

test('tests that are named exist', () => {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' });
  const missing = faults((text) =>
    spans(text).filter(
      (span) => /^[\w-]+\.test\.ts$/.test(span) && !files.some((file) => file.endsWith(`/${span}`)),
    ),
  );
  assert.deepEqual(missing, []);
});

test('YAML that is shown can be read', () => {
  let shown = 0;
  const bad = faults((text) =>
    blocks(text, 'yaml').flatMap((block) => {
      shown++;
      return parseDocument(block).errors.map(({ message }) => message);
    }),
  );
  assert.ok(shown > 3);
  assert.deepEqual(bad, []);
});

test('npm scripts that are named exist', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  let named = 0;
  const missing = faults((text) =>
    commandLines(text).flatMap((line) =>
      [...line.matchAll(/\bnpm (?:run ([\w-]+)|(start|test)\b)/g)].flatMap(([, run, short]) => {
        named++;
        return (run ?? short)! in scripts ? [] : [line];
      }),
    ),
  );
  assert.ok(named > 5);
  assert.deepEqual(missing, []);
});

/** Words of a shell command; a quoted one is one word. */
const words = (line: string) => line.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? [];

/** The command lines of rasvm in a line of shell, without the word rasvm: also those behind `--` and `;`. */
function rasvmCalls(line: string): string[][] {
  const all = words(line.replace(/ #.*$/, ''));
  return all.flatMap((word, at) => {
    const before = all[at - 1];
    const begins = at === 0 || before === '--' || /[=;]$/.test(before!) || /^(?:&&|\|\||\||;)$/.test(before!);
    if (!begins || !/^(?:\.?[\w./-]*\/)?rasvm$/.test(word)) return [];
    const rest = all.slice(at + 1);
    const end = rest.findIndex((each) => /^(?:--|\||\|\||&&|&|;|[12]?>.*)$/.test(each));
    return [end < 0 ? rest : rest.slice(0, end)];
  });
}

/** What `rasvm cper make` takes beside its own options: the fields of the section. */
function sectionOptions(command: Command, section: string | undefined): string[] {
  if (command.name() !== 'make' || section === undefined) return [];
  const kind = Object.keys(SECTIONS).find((each) => kebab(each) === section);
  if (kind === undefined) return [];
  return optionsOf(SECTIONS[kind as SectionKind].codec as never).map(({ name }) => `--${name}`);
}

/** Why this is no command line of rasvm's; undefined if it is one. */
function wrong(program: Command, call: readonly string[]): string | undefined {
  let command = program;
  let at = 0;
  // `rasvm COMMAND` stands for any.
  for (; at < call.length && /^[a-z]/.test(call[at]!) && command.commands.length > 0; at++) {
    if (call[at] === 'help') return undefined;
    const next = command.commands.find((each) => each.name() === call[at]);
    if (next === undefined) return `no command ${call[at]}`;
    command = next;
  }
  const given = call.slice(at).filter((word) => /^--?[a-zA-Z]/.test(word));
  const known = (option: string) =>
    ['--help', '-h'].includes(option) ||
    sectionOptions(command, call[at]).includes(option) ||
    command.options.some((each) => each.long === option || each.short === option);
  const bad = given.map((option) => option.split('=')[0]!).find((option) => !known(option));
  if (bad !== undefined) return `${command.name()} has no option ${bad}`;
  const last = call.at(-1)!;
  const needy = command.options.find((each) => (each.long === last || each.short === last) && each.required);
  return needy && `${last} has no value`;
}

test('commands and options that are shown exist', async () => {
  const program = await buildProgram(() => true);
  let shown = 0;
  const bad = faults((text) =>
    commandLines(text).flatMap((line) =>
      rasvmCalls(line).flatMap((call) => {
        shown++;
        const why = call.length > 0 ? wrong(program, call) : undefined;
        return why === undefined ? [] : [`${line}: ${why}`];
      }),
    ),
  );
  assert.ok(shown > 30);
  assert.deepEqual(bad, []);
});

test('this test finds a command or an option that does not exist', async () => {
  const program = await buildProgram(() => true);
  const judge = (line: string) => rasvmCalls(line).map((call) => wrong(program, call));

  assert.deepEqual(judge('dist/bin/rasvm run --kernel Image --cpus=4 | less --no-such'), [undefined]);
  assert.deepEqual(judge('rasvm rum --kernel Image'), ['no command rum']);
  assert.deepEqual(judge('rasvm stop first --now'), ['stop has no option --now']);
  assert.deepEqual(judge('rasvm lab exec --cores 2 -- rasvm demo --fast'), [
    undefined,
    'demo has no option --fast',
  ]);
  assert.deepEqual(judge('cat rasvm'), []);
});

test('the guide explains every kind of event, and none that does not exist', () => {
  const section = read('docs/guide.md').split('### What the events mean')[1]!.split(/^#+ /m)[0]!;
  const explained = [...section.matchAll(/^\| `([\w.-]+)`/gm)].map((match) => match[1]!);
  assert.deepEqual(explained.sort(), Object.keys(EVENT_FIELDS).sort());
});
