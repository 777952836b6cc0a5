import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ErrorStatusBlock, FINDINGS, Hest, hexDump, Madt, memoryRegister, Rsdp, Xsdt } from '@rasvm/acpi';
import { builtRasvm, scratch } from './built.ts';

const rasvm = builtRasvm();

function hestWith(...ids: number[]): Uint8Array {
  return Hest.encode({
    sources: ids.map((sourceId) => ({
      kind: 'ghesV2',
      sourceId,
      errorStatusAddress: memoryRegister(0x5ff8_0000n + BigInt(8 * sourceId), 64),
      notification: { type: 8 },
      errorStatusBlockLength: 4096,
      readAck: memoryRegister(0x5ff8_0100n + BigInt(8 * sourceId), 64),
    })),
  });
}

const hest = hestWith(0);
const madt = Madt.encode({ controllers: [{ kind: 'gicd', base: 0x800_0000n }] });
const block = ErrorStatusBlock.encode({
  severity: 0,
  entries: [{ severity: 0, section: { kind: 'memory', physicalAddress: 0x4000_5000n } }],
});

/** A directory with these files. */
function directoryOf(t: TestContext, files: Record<string, Uint8Array | string>): string {
  const directory = scratch(t);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(directory, name, '..'), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
}

test('dump shows each member with its place, size and value, and what values are called', (t) => {
  const directory = directoryOf(t, { HEST: hest });
  const { status, stdout, stderr } = rasvm(['acpi', 'dump', join(directory, 'HEST')]);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  const lines = stdout.split('\n').map((line) => line.trim().replace(/ +/g, ' '));
  assert.match(
    lines[0]!,
    /^HEST \(ACPI 6\.5, 18\.3\.2\): 132 bytes, revision 1, OEM RASVM RASVM, made by RASV$/,
  );
  for (const line of [
    '0x0000 4 signature "HEST"',
    '0x0024 4 sourceCount 1',
    '0x0028 [0] GHESv2',
    '0x002c 2 relatedSourceId 65535 (0xffff)',
    '0x0040 8 address 0x5ff80000',
    '0x0048 1 type 8 Sea',
  ])
    assert.ok(lines.includes(line), line);
  assert.ok(!stdout.includes('#'));
  const explained = rasvm(['acpi', 'dump', '--explain', '-'], hest).stdout;
  assert.match(explained, /sourceCount +1 {2}# Number of error sources/);
});

test('dump --json and encode are inverse, for one table and for a directory', (t) => {
  const directory = directoryOf(t, {
    APIC: madt,
    HEST: hest,
    RSDP: Rsdp.encode({ xsdtAddress: 0x1000n }),
    'data/BERT': block,
  });
  const one = rasvm(['acpi', 'dump', join(directory, 'HEST'), '--json']);
  assert.equal(Object.keys(JSON.parse(one.stdout))[0], 'signature');
  assert.deepEqual(Buffer.from(rasvm(['acpi', 'encode', '-'], one.stdout).bytes), Buffer.from(hest));
  const all = rasvm(['acpi', 'dump', directory, '--json']);
  assert.equal(JSON.parse(all.stdout).length, 4);
  const files = ['APIC', 'HEST', 'RSDP', 'data/BERT'].map((name) => readFileSync(join(directory, name)));
  const json = join(directory, 'all.json');
  writeFileSync(json, all.stdout);
  const made = join(directory, 'made.bin');
  assert.deepEqual(rasvm(['acpi', 'encode', json, '--out', made]).stderr, '');
  assert.deepEqual(readFileSync(made), Buffer.concat(files));
});

test('encode writes a file for each table into a directory', (t) => {
  const directory = scratch(t);
  const ssdt = { signature: 'SSDT', body: '' };
  const out = `${join(directory, 'out')}/`;
  const { status, stderr } = rasvm(
    ['acpi', 'encode', '-', '--out', out],
    JSON.stringify([
      { signature: 'HEST', sources: [] },
      ssdt,
      ssdt,
      { signature: 'RSD PTR ', xsdtAddress: '0x10' },
    ]),
  );
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  assert.deepEqual(readdirSync(out).sort(), ['HEST.aml', 'RSDP.aml', 'SSDT1.aml', 'SSDT2.aml']);
});

test('encode gives dumps and source code as well', () => {
  const json = JSON.stringify({ signature: 'HEST', sources: [] });
  assert.equal(
    rasvm(['acpi', 'encode', '-', '--format', 'hex'], json).stdout,
    hexDump(Hest.encode({ sources: [] })),
  );
  assert.match(
    rasvm(['acpi', 'encode', '-', '--format', 'c'], json).stdout,
    /^\/\* HEST \*\/\nstatic const unsigned char hest\[40\] = \{/,
  );
  assert.match(
    rasvm(['acpi', 'encode', '-', '--format', 'ts'], json).stdout,
    /^\/\* HEST \*\/\nexport const hest = /,
  );
});

test('check names what is wrong, and ends with status 1 if that is an error', (t) => {
  const broken = hestWith(3, 3);
  const directory = directoryOf(t, { bad: broken, good: hest, cut: hest.subarray(0, 100) });
  const bad = rasvm(['acpi', 'check', join(directory, 'bad')]);
  assert.equal(bad.status, 1);
  assert.match(bad.stdout, /error HEST_DUPLICATE_SOURCE_ID sources\[1\]\.sourceId \(offset 0x86\): /);
  const good = rasvm(['acpi', 'check', join(directory, 'good'), '--json']);
  assert.equal(good.status, 0, good.stdout);
  assert.ok(JSON.parse(good.stdout).every(({ severity }: { severity: string }) => severity !== 'error'));
  const cut = rasvm(['acpi', 'check', join(directory, 'cut')]);
  assert.equal(cut.status, 1);
  assert.match(cut.stdout, /error TRUNCATED: needs 132 bytes, 100 are left \[/);
});

test('check counts what it found; notes and meanings are shown when asked for', (t) => {
  const directory = directoryOf(t, { HEST: hestWith(3, 3), APIC: madt });
  const check = (...options: string[]) => rasvm(['acpi', 'check', directory, ...options]).stdout.split('\n');
  const counts = (line: string) =>
    /^(\d+) errors?, (\d+) warnings?, (\d+) notes? in (\d+) tables/.exec(line)!.slice(1).map(Number);
  const plain = check();
  const [errors, warnings, notes, tables] = counts(plain.at(-2)!);
  assert.equal(tables, 2);
  assert.ok(notes! > 0);
  assert.equal(plain.length, errors! + warnings! + 2);
  assert.match(plain.at(-2)!, /; --notes shows the notes$/);
  const all = check('--notes');
  assert.equal(all.length, errors! + warnings! + notes! + 2);
  assert.deepEqual(counts(all.at(-2)!), counts(plain.at(-2)!));
  const explained = check('--explain');
  const at = explained.findIndex((line) => line.includes('error HEST_DUPLICATE_SOURCE_ID'));
  assert.equal(explained[at + 1], `    ${FINDINGS.HEST_DUPLICATE_SOURCE_ID!.meaning}.`);
  const json = JSON.parse(check('--json').join('\n'));
  assert.equal(json.length, errors! + warnings! + notes!);
});

test('diff names the members that differ, with status 1', (t) => {
  const directory = directoryOf(t, {
    'a/HEST': hest,
    'a/APIC': madt,
    'b/HEST': hestWith(1, 2),
    'b/XSDT': Xsdt.encode({ entries: [] }),
  });
  const [a, b] = [join(directory, 'a'), join(directory, 'b')];
  const { status, stdout } = rasvm(['acpi', 'diff', a, b]);
  assert.equal(status, 1);
  assert.equal(
    stdout,
    [
      'APIC RASVM: only in the first',
      'HEST RASVM',
      '  length: 132 (0x84) -> 224 (0xe0)',
      '  sourceCount: 1 -> 2',
      '  sources[0].sourceId: 0 -> 1',
      '  sources[0].errorStatusAddress.address: 0x5ff80000 -> 0x5ff80008',
      '  sources[0].readAck.address: 0x5ff80100 -> 0x5ff80108',
      '  sources[1]: (none) -> GHESv2',
      'XSDT RASVM: only in the second',
      '',
    ].join('\n'),
  );
  assert.deepEqual(rasvm(['acpi', 'diff', a, a]), {
    status: 0,
    bytes: Buffer.alloc(0),
    stdout: '',
    stderr: '',
  });
  const json = JSON.parse(rasvm(['acpi', 'diff', join(a, 'HEST'), join(b, 'HEST'), '--json']).stdout);
  assert.deepEqual(json[0].differences[1], {
    field: 'sourceCount',
    a: { offset: 36, text: '1' },
    b: { offset: 36, text: '2' },
  });
});

test('override makes an initrd and says what the kernel will do', (t) => {
  const directory = directoryOf(t, {
    'new/HEST': hest,
    'own/HEST': Hest.encode({ sources: [], oemRevision: 4 }),
  });
  const out = join(directory, 'acpi.img');
  const { status, stdout, stderr } = rasvm([
    'acpi',
    'override',
    join(directory, 'new'),
    '--out',
    out,
    '--running',
    join(directory, 'own'),
  ]);
  assert.deepEqual(
    { status, stdout, stderr },
    {
      status: 0,
      stdout: "HEST RASVM RASVM: replaces the machine's own, OEM revision 0x4 by 0x5\n",
      stderr: '',
    },
  );
  const initrd = readFileSync(out);
  assert.equal(initrd.toString('latin1', 0, 6), '070701');
  assert.ok(initrd.includes('kernel/firmware/acpi/HEST.aml\0'));
  const refused = rasvm(['acpi', 'override', '-', '--out', out], block);
  assert.deepEqual(
    { status: refused.status, stderr: refused.stderr },
    {
      status: 10,
      stderr: 'rasvm: standard input: is an error status block, which no initrd can have; leave it out\n',
    },
  );
});

test('a file that cannot be read is told in one line, with what to do, and status 10', (t) => {
  const directory = directoryOf(t, {
    empty: '',
    text: 'Hello',
    json: '{"signature":"HEST"}',
    'd/readme': 'Hello',
  });
  const at = (name: string) => join(directory, name);
  const wrong: [string[], string][] = [
    [['dump', at('none')], `${at('none')}: there is no such file`],
    [['dump', at('empty')], `${at('empty')}: is empty`],
    [['dump', at('json')], `${at('json')}: is JSON: encode it first`],
    [['dump', at('d')], `${at('d')}: there is no table or record in this directory: readme: is neither`],
    [
      ['dump', at('text')],
      `${at('text')}: is neither ACPI tables nor error records (read are binary files, hexadecimal`,
    ],
    [['encode', at('text')], `${at('text')}: is no JSON: `],
    [['encode', at('json'), '--out', '/proc/none/x'], 'HEST.sources: is missing'],
    [['encode', directory], `${directory}: is a directory, where a file is needed`],
    [['override', at('empty'), '--out', at('x'), '--running', at('none')], `${at('empty')}: is empty`],
  ];
  for (const [args, said] of wrong) {
    const { status, stdout, stderr } = rasvm(['acpi', ...args]);
    assert.deepEqual({ status, stdout }, { status: 10, stdout: '' }, args.join(' '));
    assert.ok(
      stderr.startsWith('rasvm: ') && stderr.includes(said) && stderr.trim().split('\n').length === 1,
      stderr,
    );
  }
});

test('files of a directory that hold no table are named on stderr, and passed over', (t) => {
  const directory = directoryOf(t, { HEST: hest, README: 'Hello' });
  const { status, stdout, stderr } = rasvm(['acpi', 'dump', directory]);
  assert.equal(status, 0);
  assert.match(stdout, /^HEST/);
  assert.match(stderr, /^rasvm: passed over: README: is neither ACPI tables nor/);
});
