/** A guest's ACPI tables are made once for each machine, and kept for its next start. */

import assert from 'node:assert/strict';
import { beforeEach, type TestContext, test } from 'node:test';
import { KEEPER, type Keeper, keepAll } from '../../../src/core/kept.ts';
import { type AcpiOptions, buildAcpiTables } from '../../../src/firmware/acpi-tables.ts';
import { TableSource, TablesNotMade } from '../../../src/firmware/table-source.ts';
import { virtBoard } from '../../../src/platform/virt.ts';
import { describeSources } from '../../../src/ras/sources/describe.ts';
import { SOURCES } from '../../../src/ras/sources/plan.ts';

const BASE = 0x4fff_0000;
const OPTIONS: AcpiOptions = {
  ...{ base: BASE, mpidrs: [0n, 1n], pmu: true },
  board: virtBoard({ acpi: true, serial: false, sources: SOURCES.length }),
  ras: describeSources(SOURCES, 0x5000_0000),
};

const files = new Map<string, string>();
const write = (name: string, content: string) => void files.set(name, content);
const keeper: Keeper = {
  read: (name) => (files.has(name) ? Buffer.from(files.get(name)!) : undefined),
  write,
};

function withKeeper(t: TestContext): void {
  const global = globalThis as { [KEEPER]?: Keeper };
  global[KEEPER] = keeper;
  t.after(() => delete global[KEEPER]);
}

async function made(options: AcpiOptions = OPTIONS) {
  const source = new TableSource('test');
  await source.prepare();
  const tables = source.tables(options);
  keepAll();
  return tables;
}

beforeEach(() => files.clear());

test('they are made as often as nothing keeps them', async () => {
  const { rsdp, bytes } = await made();
  const wanted = buildAcpiTables(OPTIONS);
  assert.deepEqual([rsdp, Buffer.from(bytes)], [Number(wanted.rsdp), Buffer.from(wanted.bytes)]);
  assert.equal(files.size, 0);
});

test('the next start of the machine has those that are kept, and does not write them again', async (t) => {
  withKeeper(t);
  const first = await made();
  assert.equal(files.size, 1);
  const [name, content] = [...files][0]!;
  // To see where they come from.
  files.set(name, content.replace(`"rsdp":${BASE}`, '"rsdp":12345'));
  const next = await made();
  assert.deepEqual([next.rsdp, next.bytes], [12345, first.bytes]);
  assert.match(files.get(name)!, /12345/);
});

const others: readonly [string, Partial<AcpiOptions>][] = [
  ['base', { base: BASE - 0x1_0000 }],
  ['numbers of vCPUs', { mpidrs: [0n, 0x100n] }],
  ['performance monitor', { pmu: false }],
  ['board', { board: virtBoard({ acpi: true, serial: true, sources: SOURCES.length }) }],
  ['error sources', { ras: describeSources(SOURCES, 0x5001_0000) }],
  ['no error sources', { ras: undefined }],
];
for (const [what, change] of others)
  test(`what is kept for a machine with another ${what} is not taken`, async (t) => {
    withKeeper(t);
    await made();
    const changed = { ...OPTIONS, ...change };
    const source = new TableSource('test');
    await source.prepare();
    assert.throws(() => source.tables(changed), TablesNotMade);
    await source.load();
    assert.deepEqual(Buffer.from(source.tables(changed).bytes), Buffer.from(buildAcpiTables(changed).bytes));
    keepAll();
    assert.equal((await made(changed)).rsdp, changed.base);
  });

for (const [what, damage] of [
  ['cut short', (text: string) => text.slice(0, 700)],
  ['full of zeros behind a page', (text: string) => text.slice(0, 512).padEnd(text.length, '\0')],
  ['empty', () => ''],
  ['another JSON', () => 'null'],
] as const)
  test(`a file that is ${what} is as none`, async (t) => {
    withKeeper(t);
    const whole = await made();
    const [name, content] = [...files][0]!;
    files.set(name, damage(content));
    assert.deepEqual(await made(), whole);
    assert.equal(files.get(name), content);
  });

test('what a device says for the tables is data: the key has all of it', () => {
  for (const serial of [false, true])
    for (const part of virtBoard({ acpi: true, serial, sources: 2 })) {
      const said = part.acpi();
      assert.deepEqual(JSON.parse(JSON.stringify(said)), said, part.kind.name);
    }
});
