/** Reading and writing what people have: dumps of the tools themselves where they are installed. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  AcpiError,
  AnyTable,
  blocksOfHardwareErrors,
  bytesOfText,
  CperRecord,
  checkCperRecord,
  checkErrorStatusBlock,
  checkRecords,
  cpio,
  cSource,
  type DecodedRecord,
  decodeRecords,
  ErrorStatusBlock,
  encodeHardwareErrors,
  Hest,
  hexDump,
  identifierOf,
  Madt,
  overrideInitrd,
  Rsdp,
  readBlobs,
  readRecords,
  sampleCperRecord,
  tsSource,
  Xsdt,
} from '@rasvm/acpi';
import fc from 'fast-check';
import { hex } from './hex.ts';

const text = (content: string) => new TextEncoder().encode(content);
const concat = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

const hest = Hest.encode({ sources: [] });
const madt = Madt.encode({ controllers: [{ kind: 'gicd', base: 0x800_0000n }] });
const block = ErrorStatusBlock.encode({
  severity: 0,
  entries: [{ severity: 0, section: { kind: 'memory', physicalAddress: 0x4000_5000n } }],
});

/** A record header of UEFI 2.11, table N.1, with one section that is not understood. */
function record(length = 128 + 72 + 8): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set(text('CPER'));
  view.setUint16(4, 0x0100, true);
  view.setUint32(6, 0xffff_ffff, true);
  view.setUint16(10, 1, true);
  view.setUint32(20, length, true);
  view.setUint32(128, 200, true);
  view.setUint32(132, length - 200, true);
  bytes.fill(0x5a, 200);
  return bytes;
}

/** The tool's output; undefined where it is not installed. */
function output(tool: string, args: string[], input: Uint8Array): string | undefined {
  const { status, stdout } = spawnSync(tool, args, { input });
  return status === 0 ? stdout.toString('latin1') : undefined;
}

const kinds = (bytes: Uint8Array) => readBlobs('file', bytes).map(({ kind, offset }) => [kind, offset]);

test('binary files are known by what they hold', () => {
  assert.deepEqual(kinds(hest), [['table', 0]]);
  assert.deepEqual(kinds(Rsdp.encode({ xsdtAddress: 1n })), [['rsdp', 0]]);
  assert.deepEqual(kinds(Rsdp.encode({ xsdtAddress: 1n, revision: 0 }).subarray(0, 20)), [['rsdp', 0]]);
  assert.deepEqual(kinds(block), [['errorStatusBlock', 0]]);
  assert.deepEqual(kinds(record()), [['cperRecord', 0]]);
  const facs = new Uint8Array(64);
  facs.set(text('FACS'));
  facs[4] = 64;
  assert.deepEqual(kinds(facs), [['facs', 0]]);
});

test('several in one file are taken apart, zeros between them and after them passed over', () => {
  const file = concat(hest, new Uint8Array(7), madt, block, new Uint8Array(100), record(), new Uint8Array(3));
  const blobs = readBlobs('all', file);
  const starts = [0, 47, 47 + madt.length, 147 + madt.length + block.length].map((at, i) =>
    i === 0 ? 0 : at + hest.length - 40,
  );
  assert.deepEqual(
    blobs.map(({ kind, name, offset }) => [kind, name, offset]),
    [
      ['table', 'all[0]', starts[0]],
      ['table', 'all[1]', starts[1]],
      ['errorStatusBlock', 'all[2]', starts[2]],
      ['cperRecord', 'all[3]', starts[3]],
    ],
  );
  assert.equal(hex(blobs[1]!.bytes), hex(madt));
  assert.equal(hex(blobs[3]!.bytes), hex(record()));
});

test('a block whose status begins with a zero byte is seen', () => {
  const many = ErrorStatusBlock.encode({
    severity: 3,
    entries: Array.from({ length: 16 }, () => ({ severity: 3, section: { kind: 'memory' } as const })),
  });
  assert.equal(many[0], 0);
  assert.deepEqual(kinds(many), [['errorStatusBlock', 0]]);
  assert.deepEqual(kinds(concat(new Uint8Array(5), many)), [['errorStatusBlock', 5]]);
});

const DUMPS: [string, string[]][] = [
  ['xxd', []],
  ['xxd', ['-g', '1', '-u']],
  ['xxd', ['-g', '4', '-c', '32']],
  ['xxd', ['-a']],
  ['xxd', ['-p']],
  ['xxd', ['-i']],
  ['hexdump', ['-C']],
  ['hexdump', []],
  ['hexdump', ['-Cv']],
];
for (const [tool, args] of DUMPS)
  test(`what ${[tool, ...args].join(' ')} prints is read`, (t) => {
    if (output(tool, args, hest) === undefined) return t.skip(`${tool} is not installed`);
    const odd = concat(madt, new Uint8Array(77), text('Some text beef cafe 00'), Uint8Array.of(1, 2, 3));
    for (const bytes of [hest, block, record(), odd, concat(record(4096), Uint8Array.of(9))])
      assert.equal(hex(bytesOfText(output(tool, args, bytes)!)), hex(bytes));
  });

test("acpidump's text is read, with each table's name", (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'rasvm-acpidump-'));
  try {
    const files = Object.entries({ HEST: hest, APIC: madt }).map(([name, bytes]) => {
      writeFileSync(join(directory, name), bytes);
      return join(directory, name);
    });
    const dumps = files.map((file) => output('acpidump', ['-f', file], new Uint8Array(0)));
    if (dumps.includes(undefined)) return t.skip('acpidump is not installed');
    assert.match(dumps[0]!, /^HEST @ 0x/);
    assert.deepEqual(
      readBlobs('tables.txt', text(dumps.join('\n'))).map(({ kind, name, bytes }) => [
        kind,
        name,
        hex(bytes),
      ]),
      [
        ['table', 'tables.txt:HEST', hex(hest)],
        ['table', 'tables.txt:APIC', hex(madt)],
      ],
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('lines of a kernel log are read: bytes as they are, words least significant byte last', () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => i);
  const log = (line: string) => `[   12.345678] {1}[Hardware Error]:   ${line}`;
  const words = [
    log('00000000: 03020100 07060504 0b0a0908 0f0e0d0c'),
    log('00000010: 13121110 17161514 1b1a1918 1f1e1d1c'),
  ];
  assert.equal(hex(bytesOfText(words.join('\n'))), hex(bytes));
  const plain = [
    '00000000: 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  ................',
    '00000010: 10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f  ................',
  ];
  assert.equal(hex(bytesOfText(plain.join('\n'))), hex(bytes));
});

test('digits without offsets are read, whatever stands between them', () => {
  for (const form of ['00010aff', '00 01 0A ff', '00:01:0a:ff', '00,01,0a,\nff', '0001 0aff\n', '00010aff'])
    assert.equal(hex(bytesOfText(form)), '00010aff', form);
  for (const form of [
    '0x00, 0x1, 0xA,\n0xff',
    '{0x0,0x01,0x0a,0xff,}',
    'x = [0x00, 0x01, /* ten */ 0x0a, 0xff];',
  ])
    assert.equal(hex(bytesOfText(form)), '00010aff', form);
});

test('source code and dumps that are written are read again', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
      const options = { name: 'some_bytes', comment: 'What it is\n0x12 */ {0x34}' };
      for (const form of [cSource(bytes, options), tsSource(bytes, options), hexDump(bytes)])
        assert.equal(hex(bytesOfText(form)), hex(bytes));
    }),
  );
});

test('source code compiles to the bytes', (t) => {
  const c = cSource(hest, { name: 'hest', comment: 'HEST\n*/ not the end' });
  const compiled = spawnSync('cc', ['-x', 'c', '-fsyntax-only', '-Wall', '-Wno-unused', '-Werror', '-'], {
    input: c,
  });
  if (compiled.error) return t.skip('there is no C compiler');
  assert.equal(compiled.status, 0, compiled.stderr.toString());
  assert.match(c, /static const unsigned char hest\[40\] = \{\n {2}0x48, 0x45, 0x53, 0x54, /);
  const ts = tsSource(hest, { name: 'hest' });
  const value = new Function(`${ts.replace('export const', 'const')}; return hest;`)();
  assert.equal(hex(value), hex(hest));
});

test('names become identifiers', () => {
  assert.deepEqual(['HEST.aml', '3 little pigs', '...', 'a-b'].map(identifierOf), [
    'hest_aml',
    'data_3_little_pigs',
    'data',
    'a_b',
  ]);
});

test("QEMU's hardware_errors are known as a whole, and their blocks found", () => {
  const one = encodeHardwareErrors({
    base: 0x43da_0000,
    sources: [{ block }, {}, { readAck: 0n, block: record().fill(0) }],
  });
  assert.deepEqual(kinds(one), [['hardwareErrors', 0]]);
  assert.deepEqual(blocksOfHardwareErrors(one).map(hex), [hex(block)]);
  // As the file is before the guest's firmware has placed it.
  assert.deepEqual(kinds(encodeHardwareErrors({ sources: [{}, {}] })), [['hardwareErrors', 0]]);
  assert.deepEqual(kinds(encodeHardwareErrors({ sources: [{ block }], blockLength: 4096 })), [
    ['hardwareErrors', 0],
  ]);
  assert.throws(() => blocksOfHardwareErrors(block), { code: 'MISMATCH' });
});

test('what cannot be read is told with what is wrong', () => {
  const wrong: [Uint8Array, RegExp][] = [
    [new Uint8Array(0), /^file: is empty$/],
    [new Uint8Array(64), /only zeros/],
    [text('{"signature": "HEST"}'), /is JSON: encode it first/],
    [text('[\n  {\n}]'), /is JSON/],
    [text('Panic#1 Part1\n<4>[ 1.0] oops'), /pstore/],
    [text('Hello'), /neither ACPI tables nor error records/],
    [Uint8Array.from({ length: 50 }, (_, i) => i + 128), /neither ACPI tables nor error records/],
    [hest.subarray(0, 39), /is cut: it says that it has 40 bytes, 39 are there/],
    [concat(hest, Uint8Array.of(1, 2, 3)), /offset 40: is neither/],
    [concat(hest, hest.subarray(0, 20)), /offset 40: is cut: it says that it has 40 bytes, 20 are there/],
    [concat(text('HEST'), Uint8Array.of(35, 0, 0, 0)), /length: 35 is less than the 36 bytes/],
    [text('00000000: 0102\n00000008: 0304'), /line 2 is at 0x8, where 0x2 is expected/],
    [text('00000000: 0102\nwhat?'), /line 2 is no line/],
    [text('00000000: 0102\n*\nffffffffff: 0304'), /line 3 is at 0xffffffffff/],
  ];
  for (const [bytes, message] of wrong)
    assert.throws(
      () => readBlobs('file', bytes),
      (error) => error instanceof AcpiError && message.test(error.message),
      String(message),
    );
});

test('those who look for faults get what is cut or not known as it is', () => {
  const blobs = readBlobs('x', concat(hest, Uint8Array.of(1, 2, 3)), { faulty: 'table' });
  assert.deepEqual(
    blobs.map(({ kind, bytes }) => [kind, bytes.length]),
    [
      ['table', 40],
      ['table', 3],
    ],
  );
  assert.equal(readBlobs('x', hest.subarray(0, 39), { faulty: 'table' })[0]!.bytes.length, 39);
  assert.equal(
    readBlobs('x', new Uint8Array(64), { faulty: 'errorStatusBlock' })[0]!.kind,
    'errorStatusBlock',
  );
});

test('no input makes the reader throw anything but an AcpiError', () => {
  const dump = hexDump(block);
  const spoiled = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ maxLength: 200 }).map(text),
    fc
      .tuple(fc.constantFrom(dump, dump.replace(/ {2}.*/g, ''), 'HEST @ 0x0\n'), fc.nat(900), fc.string())
      .map(([good, at, more]) => text(good.slice(0, at) + more + good.slice(at + more.length))),
    fc.tuple(fc.constantFrom(hest, block, record()), fc.nat(200), fc.nat(255)).map(([good, at, value]) => {
      const bytes = good.slice();
      if (at < bytes.length) bytes[at] = value;
      return bytes;
    }),
  );
  fc.assert(
    fc.property(spoiled, (bytes) => {
      for (const options of [{}, { faulty: 'table' as const }])
        try {
          readBlobs('x', bytes, options);
        } catch (error) {
          assert.ok(error instanceof AcpiError, `${(error as Error).stack}`);
        }
    }),
    { numRuns: 3000 },
  );
});

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

test('a log is read record by record, however it is cut into chunks', async () => {
  const erased = new Uint8Array(50).fill(0xff);
  const log = concat(
    new Uint8Array(9),
    block,
    record(),
    erased,
    block,
    block,
    new Uint8Array(5000),
    record(4096),
  );
  const expected = [
    ['errorStatusBlock', 9, block.length],
    ['cperRecord', 9 + block.length, 208],
    ['errorStatusBlock', 267 + block.length, block.length],
    ['errorStatusBlock', 267 + 2 * block.length, block.length],
    ['cperRecord', 5267 + 3 * block.length, 4096],
  ];
  for (const size of [1, 7, 64, 1000, 1 << 20]) {
    const found = await all(readRecords(chunked(log, size)));
    assert.deepEqual(
      found.map((item) => [item.kind, item.offset, item.kind === 'gap' ? item.length : item.bytes.length]),
      expected,
      `chunks of ${size}`,
    );
  }
});

test('a block whose status begins with a zero byte is seen in a log', async () => {
  const entries = Array.from({ length: 16 }, () => ({ severity: 3, section: { kind: 'memory' } as const }));
  const many = ErrorStatusBlock.encode({ severity: 3, entries });
  const log = concat(new Uint8Array(20), many, new Uint8Array(300), block, new Uint8Array(4));
  const found = await all(readRecords(chunked(log, 50)));
  assert.deepEqual(
    found.map(({ kind, offset }) => [kind, offset]),
    [
      ['errorStatusBlock', 20],
      ['errorStatusBlock', 320 + many.length],
    ],
  );
});

test('a log is checked as it comes; what is no record is a finding', async () => {
  const log = concat(block, record(), Uint8Array.of(7, 7, 7), block);
  const found = await all(checkRecords(chunked(log, 100)));
  assert.deepEqual(
    found.map(({ kind, offset, findings }) => [kind, offset, findings.map(({ code }) => code)]),
    [
      ['errorStatusBlock', 0, checkErrorStatusBlock(block).map(({ code }) => code)],
      ['cperRecord', block.length, checkCperRecord(record()).map(({ code }) => code)],
      ['gap', block.length + 208, ['NO_RECORD']],
      ['errorStatusBlock', block.length + 211, checkErrorStatusBlock(block).map(({ code }) => code)],
    ],
  );
  const [first] = await all(checkRecords(chunked(block, 100), { notification: 'interrupt' }));
  assert.ok(first!.findings.some(({ rules }) => rules === 'effect'));
});

/** The file behind QEMU's ERST device, made as erst.c makes it: slots of 4 KiB, of which the first is the header. */
function erstStore(slots: readonly { id: bigint; bytes: Uint8Array }[]): Uint8Array {
  const bytes = new Uint8Array(4096 * (slots.length + 2)).fill(0xff, 4096);
  const view = new DataView(bytes.buffer);
  bytes.set(text('ERSTSTOR'));
  view.setUint32(8, 4096, true);
  view.setUint32(12, 4096, true);
  view.setUint16(16, 0x100, true);
  view.setUint32(20, slots.filter(({ id }) => id !== 0n).length, true);
  for (const [i, { id, bytes: content }] of slots.entries()) {
    view.setBigUint64(24 + 8 * (i + 1), id, true);
    bytes.set(content, 4096 * (i + 1));
  }
  return bytes;
}

test("the file behind QEMU's ERST device gives the records that are not cleared", () => {
  const store = erstStore([
    { id: 5n, bytes: record(300) },
    { id: 0n, bytes: record(400) },
    { id: 7n, bytes: record() },
  ]);
  assert.deepEqual(
    readBlobs('erst', store).map(({ kind, name, offset, bytes }) => [kind, name, offset, bytes.length]),
    [
      ['cperRecord', 'erst[0]', 4096, 300],
      ['cperRecord', 'erst[1]', 3 * 4096, 208],
    ],
  );
  assert.throws(() => readBlobs('erst', erstStore([])), /without a record/);
  const broken = erstStore([{ id: 5n, bytes: Uint8Array.of(1, 2, 3) }]);
  assert.throws(() => readBlobs('erst', broken), { name: 'AcpiError', field: 'erst.offset 4096' });
  assert.deepEqual(
    readBlobs('erst', broken, { faulty: 'table' }).map(({ kind, offset }) => [kind, offset]),
    [['cperRecord', 4096]],
  );
  for (const [at, value] of [
    [8, 0],
    [8, 5000],
    [12, 0],
    [12, 4097],
  ] as const) {
    const wrong = store.slice();
    new DataView(wrong.buffer).setUint32(at, value, true);
    assert.throws(() => readBlobs('erst', wrong), { name: 'AcpiError', code: 'LENGTH' });
  }
});

test('damage in a log is an error with its offset, or a gap', async () => {
  const log = concat(block, Uint8Array.of(7, 7, 7), record(), block.subarray(0, 60));
  await assert.rejects(all(readRecords(chunked(log, 100))), {
    name: 'AcpiError',
    message: `offset ${block.length}: no record begins here`,
  });
  const found = await all(readRecords(chunked(log, 100), { damaged: 'skip' }));
  assert.deepEqual(
    found.map((item) => [item.kind, item.offset]),
    [
      ['errorStatusBlock', 0],
      ['gap', block.length],
      ['cperRecord', block.length + 3],
      ['gap', block.length + 211],
    ],
  );
  assert.deepEqual(found.at(-1), {
    kind: 'gap',
    offset: block.length + 211,
    length: 60,
    reason: `the record has ${block.length} bytes, 60 are left`,
  });
  await assert.rejects(all(readRecords(chunked(record().subarray(0, 150), 100))), {
    message: 'offset 0: the record has 208 bytes, 150 are left',
  });
  await assert.rejects(
    all(readRecords(chunked(record(5000), 100), { maxSize: 4096 })),
    /5000 bytes are more/,
  );
});

test('records of a log are decoded; what cannot be is an error with its offset, or a gap', async () => {
  const cper = CperRecord.encode(sampleCperRecord(['memory', 'pcie'], 3));
  // A section that its descriptor puts outside the record.
  const bad = cper.slice();
  new DataView(bad.buffer).setUint32(128, 0xffff_0000, true);
  const log = concat(block, cper, bad, block);
  const found = await all(decodeRecords(chunked(log, 333), { damaged: 'skip' }));
  assert.deepEqual(
    found.map(({ kind, offset }) => [kind, offset]),
    [
      ['errorStatusBlock', 0],
      ['cperRecord', block.length],
      ['gap', block.length + cper.length],
      ['errorStatusBlock', block.length + 2 * cper.length],
    ],
  );
  const [first, second] = found as [DecodedRecord, DecodedRecord];
  assert.deepEqual(first.value, ErrorStatusBlock.decode(block));
  assert.deepEqual(second.value, CperRecord.decode(cper));
  await assert.rejects(all(decodeRecords(chunked(log, 333))), {
    name: 'AcpiError',
    message: new RegExp(`^offset ${block.length + cper.length}\\.`),
  });
});

test('a log of any length takes memory for a record and a chunk', async () => {
  const chunk = concat(...Array.from({ length: 200 }, () => block));
  let made = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    // Odd cuts, so that records stand across chunks.
    for (; made < 500; made++) {
      yield chunk.slice(0, 1001);
      yield chunk.slice(1001);
    }
  }
  let count = 0;
  let highest = 0;
  for await (const _ of readRecords(endless())) {
    count++;
    if (count % 10_000 === 0) highest = Math.max(highest, process.memoryUsage().arrayBuffers);
  }
  assert.equal(count, 100_000);
  assert.ok(highest < 64 << 20, `${highest} bytes of buffers`);
});

test('who stops reading ends the source as well', async () => {
  let ended = false;
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield block;
    } finally {
      ended = true;
    }
  }
  for await (const _ of readRecords(source())) break;
  assert.ok(ended);
});

/** Members of a newc archive: path and data. */
function members(archive: Uint8Array): [string, Uint8Array][] {
  const found: [string, Uint8Array][] = [];
  const read = Buffer.from(archive);
  for (let at = 0; ; ) {
    const field = (index: number) =>
      Number.parseInt(read.toString('latin1', at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const nameEnd = at + 110 + field(11);
    const path = read.toString('latin1', at + 110, nameEnd - 1);
    const start = (nameEnd + 3) & ~3;
    if (path === 'TRAILER!!!') return found;
    found.push([path, archive.subarray(start, start + field(6))]);
    at = (start + field(6) + 3) & ~3;
  }
}

test('an initrd has the tables where the kernel looks for them', () => {
  const ssdt = AnyTable.encode({ signature: 'SSDT', body: Uint8Array.of() });
  const { initrd, notes } = overrideInitrd([
    { name: 'a', bytes: hest },
    { name: 'b', bytes: ssdt },
    { name: 'c', bytes: ssdt },
  ]);
  assert.equal(initrd.length % 512, 0);
  assert.deepEqual(
    members(initrd).map(([path, data]) => [path, hex(data)]),
    [
      ['kernel', ''],
      ['kernel/firmware', ''],
      ['kernel/firmware/acpi', ''],
      ['kernel/firmware/acpi/HEST.aml', hex(hest)],
      ['kernel/firmware/acpi/SSDT.aml', hex(ssdt)],
      ['kernel/firmware/acpi/SSDT2.aml', hex(ssdt)],
    ],
  );
  assert.match(notes[0]!, /^HEST RASVM RASVM: replaces .* below 0x1, or is added$/);
});

test("with the machine's own tables the OEM revision is made high enough", () => {
  const own = Hest.encode({ sources: [], oemRevision: 7 });
  const { initrd, notes } = overrideInitrd([{ name: 'a', bytes: hest }], { running: [own, madt] });
  const table = members(initrd).at(-1)![1];
  assert.equal(Hest.decode(table).oemRevision, 8);
  assert.deepEqual(notes, ["HEST RASVM RASVM: replaces the machine's own, OEM revision 0x7 by 0x8"]);
  const higher = Hest.encode({ sources: [], oemRevision: 9 });
  const kept = members(overrideInitrd([{ name: 'a', bytes: higher }], { running: [own] }).initrd).at(-1)![1];
  assert.equal(hex(kept), hex(higher));
  assert.deepEqual(overrideInitrd([{ name: 'a', bytes: hest }], { running: [madt] }).notes, [
    'HEST RASVM RASVM: is added',
  ]);
});

test('what the kernel would not take is refused', () => {
  const table = (signature: string, more: object = {}) =>
    AnyTable.encode({ signature, body: new Uint8Array(8), ...more } as never);
  const wrong: [Uint8Array, object, RegExp][] = [
    [table('GTDT'), {}, /takes no GTDT/],
    [Uint8Array.from(hest, (byte, i) => (i === 30 ? byte + 1 : byte)), {}, /wrong checksum/],
    [concat(hest, Uint8Array.of(0)), {}, /another length/],
    [hest, { running: [Hest.encode({ sources: [], oemId: 'OTHER' })] }, /go on with the first/],
    [hest, { running: [Hest.encode({ sources: [], oemRevision: 0xffff_ffff })] }, /highest OEM revision/],
    [Xsdt.encode({ entries: [] }), { running: [hest] }, /would not take it/],
  ];
  for (const [bytes, options, message] of wrong)
    assert.throws(() => overrideInitrd([{ name: 'x', bytes }], options), {
      code: 'VALUE',
      field: 'x',
      message,
    });
  assert.throws(() => overrideInitrd([]), /0 tables/);
  assert.throws(() => overrideInitrd(Array(65).fill({ name: 'x', bytes: hest })), /65 tables/);
  assert.equal(cpio([]).length, 124);
});
