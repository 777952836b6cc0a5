import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import * as acpi from '@rasvm/acpi';
import { documents } from '../../../scripts/acpi-reference/documents.ts';
import { anchorOf } from '../../../scripts/acpi-reference/markdown.ts';
import { outdated } from '../../../scripts/acpi-reference.ts';

const checkout = join(import.meta.dirname, '../../..');

type AnyStruct = acpi.Struct<Readonly<Record<string, never>>>;

/** Every structure of the library, those inside others too. */
function everyStruct(): AnyStruct[] {
  const found = new Set<AnyStruct>();
  const visit = (codec: unknown): void => {
    if (codec instanceof acpi.Struct) {
      if (found.has(codec as never)) return;
      found.add(codec as never);
      for (const field of codec.fields) visit(field.codec);
    } else if (codec instanceof acpi.Union) Object.values(codec.variants).forEach(visit);
    else if (codec instanceof acpi.List || codec instanceof acpi.FixedArray) visit(codec.element);
    else if (codec === acpi.ErrorStatusBlock) visit(acpi.ErrorStatusBlock.block);
  };
  Object.values(acpi).forEach(visit);
  return [...found];
}

const structs = everyStruct();

test('the reference is what the declarations say', () => {
  assert.deepEqual(outdated(), [], 'npm run reference writes it anew');
});

test('each structure is in a document, with its specification', () => {
  assert.ok(structs.length > 200, `${structs.length}`);
  const told = documents().flatMap(({ layouts }) => layouts ?? []);
  const untold = structs.filter((struct) => !told.some((layouts) => layouts.has(struct)));
  assert.deepEqual(
    untold.map(({ name }) => name),
    [],
  );
  for (const { name, source } of structs) assert.match(source, /^\w/, name);
});

test('tables have a name in full, beside their signature', () => {
  for (const [signature, table] of Object.entries(acpi.TABLES))
    for (const each of table instanceof acpi.Union ? Object.values(table.variants) : [table])
      assert.notEqual(each.title, each.name, signature);
});

test('each member that holds something says what it means', () => {
  const silent = structs.flatMap(({ name, fields }) =>
    fields.flatMap((field) => {
      const { text, codec, derivation } = field;
      const isReserved = derivation?.from === 'zero' && derivation.reserved === true;
      const said = text || (codec instanceof acpi.Part && codec.part.text);
      const own = said || isReserved ? [] : [`${name}.${field.name}`];
      if (!(codec instanceof acpi.Bits)) return own;
      const ranges = Object.entries(codec.ranges as Readonly<Record<string, { text: string }>>);
      const mute = ranges.filter(([, range]) => range.text === '');
      return [...own, ...mute.map(([bit]) => `${name}.${field.name}.${bit}`)];
    }),
  );
  assert.deepEqual(silent, []);
});

test('no cell is empty that should not be, and no link leads nowhere', () => {
  for (const { path, text } of documents()) {
    assert.doesNotMatch(text, /undefined|\[object|NaN/, path);
    const lines = text.split('\n');
    const anchors = new Set(
      lines.filter((line) => line.startsWith('#')).map((line) => anchorOf(line.replace(/^#+ /, ''))),
    );
    for (const [, anchor] of text.matchAll(/\]\(#([^)]*)\)/g))
      assert.ok(anchors.has(anchor!), `${path}: #${anchor}`);
    for (const line of lines) {
      const cells = line.split(/(?<!\\)\|/).slice(1, -1);
      if (cells.length !== 5 || !line.includes('`')) continue;
      const [, , member, type, meaning] = cells.map((cell) => cell.trim());
      if (path.endsWith('findings.md')) continue;
      assert.ok(member !== '' && type !== '' && meaning !== '', `${path}: ${line}`);
    }
  }
});

/** Anchors of the headings of a document in the checkout. */
function anchorsOf(path: string): Set<string> {
  const headings = readFileSync(join(checkout, path), 'utf8').matchAll(/^#+ (.*)$/gm);
  return new Set([...headings].map(([, heading]) => anchorOf(heading!)));
}

test('links of all documents lead somewhere', () => {
  const docs = readdirSync(join(checkout, 'docs'), { recursive: true, encoding: 'utf8' });
  const paths = docs.filter((path) => path.endsWith('.md')).map((path) => `docs/${path}`);
  const wrong: string[] = [];
  for (const path of ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'acpi/README.md', ...paths]) {
    const prose = readFileSync(join(checkout, path), 'utf8').replace(/^ *```[\s\S]*?```/gm, '');
    for (const [, to] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(to!)) continue;
      const [file = '', anchor] = to!.split('#');
      const target = file === '' ? path : join(dirname(path), file);
      const exists = existsSync(join(checkout, target));
      if (!exists || (anchor !== undefined && !anchorsOf(target).has(anchor))) wrong.push(`${path}: ${to}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('a row has what the specification says: CPER memory section, UEFI 2.11 table N.31', () => {
  const text = readFileSync(join(checkout, 'docs/reference/cper.md'), 'utf8');
  assert.match(text, /\| 16 \| 8 \| `physicalAddress` \| u64 \| .*Validation bit 1\. \|/);
  assert.match(text, /\| 72 \| 1 \| `errorType` \| u8 \| .*`MultiBitEcc` 3.*Validation bit 14\. \|/);
  assert.match(text, /\[memory\].*`a5bc1114-6f64-4ede-b863-3e83ed7c83b1`/);
});
