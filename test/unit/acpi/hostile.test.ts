/** Inputs made to hurt: each is decoded or refused with work and memory in proportion to its length. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as acpi from '@rasvm/acpi';
import {
  type Codec,
  CperRecord,
  cperRecordFromJson,
  cperRecordToJson,
  ErrorStatusBlock,
  list,
  parseJson,
  rest,
  Struct,
  sampleCperRecord,
  struct,
  Union,
  u8,
  u16,
  u32,
  union,
} from '@rasvm/acpi';
import fc from 'fast-check';
import { arbitraryOf } from './arbitrary.ts';

/** Bytes of heap that a byte of input may take at the worst, and a whole value beside that. */
const HEAP_PER_BYTE = 200;
const HEAP_ONCE = 16384;
/** How often a byte of input may be read: a list asks its elements for their size before it reads them. */
const READS_PER_BYTE = 30;
const READS_ONCE = 2000;

type AnyCodec = Codec<unknown, never>;

/** Counts how often it is asked for something. */
class CountingView extends DataView<ArrayBufferLike> {
  count = 0;

  override getUint8(at: number): number {
    this.count++;
    return super.getUint8(at);
  }
  override getUint16(at: number, little?: boolean): number {
    this.count++;
    return super.getUint16(at, little);
  }
  override getUint32(at: number, little?: boolean): number {
    this.count++;
    return super.getUint32(at, little);
  }
  override getBigUint64(at: number, little?: boolean): bigint {
    this.count++;
    return super.getBigUint64(at, little);
  }
}

/** About what a decoded value takes of the heap; byte strings must be views of the input. */
function weigh(value: unknown, input: ArrayBufferLike): number {
  if (typeof value === 'string') return 24 + value.length;
  if (typeof value === 'bigint') return 32;
  if (typeof value !== 'object' || value === null) return 8;
  if (value instanceof Date) return 104;
  if (value instanceof Uint8Array) {
    assert.ok(value.length === 0 || value.buffer === input, 'a byte string was copied');
    return 120;
  }
  let weight = 56;
  // Room that is kept for more is a half at most.
  for (const each of Object.values(value)) weight += 12 + weigh(each, input);
  return weight;
}

/** Decodes or refuses, within bounds. Gives the error's code, or undefined. */
function assertBounded(codec: AnyCodec, bytes: Uint8Array, what: string): string | undefined {
  if (bytes.length < codec.minSize) return undefined;
  const view = new CountingView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let code: string | undefined;
  try {
    const value = codec.read(view, 0, bytes.length, { checksum: 'keep' });
    const heap = weigh(value, bytes.buffer);
    assert.ok(
      heap <= HEAP_ONCE + HEAP_PER_BYTE * bytes.length,
      `${what}: ${heap} bytes of heap for ${bytes.length}`,
    );
  } catch (error) {
    if (!(error instanceof acpi.AcpiError)) throw error;
    code = error.code;
  }
  assert.ok(
    view.count <= READS_ONCE + READS_PER_BYTE * bytes.length,
    `${what}: ${view.count} reads of ${bytes.length} bytes`,
  );
  return code;
}

const LAYOUTS = Object.entries(acpi as Readonly<Record<string, unknown>>).filter(
  (entry): entry is [string, AnyCodec] => entry[1] instanceof Struct || entry[1] instanceof Union,
);
const CONTAINERS: [string, AnyCodec][] = [
  ['CperRecord', CperRecord as never],
  ['ErrorStatusBlock', ErrorStatusBlock as never],
];

test('bytes that are all alike cost no layout more than their number', () => {
  for (const [name, codec] of [...LAYOUTS, ...CONTAINERS])
    for (const byte of [0, 1, 0x20, 0xff])
      for (const size of [codec.minSize, 300, 5000])
        assertBounded(codec, new Uint8Array(size).fill(byte), `${name}, ${size} times ${byte}`);
});

test('counts, lengths and offsets that are as large as can be cost no layout more than its bytes', () => {
  for (const [name, codec] of LAYOUTS) {
    if (!(codec instanceof Struct)) continue;
    for (const { name: member, offset, size, derivation } of codec.fields) {
      if (derivation === undefined || size === 0) continue;
      for (const value of [0xff, 0x80, 0x10]) {
        const bytes = new Uint8Array(4096);
        for (const field of codec.fields)
          if (field.constant !== undefined && field.offset + field.size <= bytes.length)
            field.codec.write(new DataView(bytes.buffer), field.offset, field.constant as never);
        bytes.fill(value, offset, offset + size);
        assertBounded(codec, bytes, `${name}.${member}`);
      }
    }
  }
});

test('any valid value with any bytes changed stays in bounds', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)), { maxLength: 8 });
  for (const [name, codec] of LAYOUTS)
    fc.assert(
      fc.property(arbitraryOf(codec), changes, (value, list) => {
        const bytes = codec.encode(value as never);
        for (const [at, byte] of list) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        assertBounded(codec, bytes, name);
      }),
      { numRuns: 20 },
    );
});

test('a count of 2^32 - 1 is refused by what is there', () => {
  const Counted = struct('Counted', { count: u32.countOf('values'), values: list(u16), trailing: rest });
  const bytes = new Uint8Array(1004).fill(0xff);
  assert.equal(assertBounded(Counted as never, bytes, 'values'), 'TRUNCATED');
});

test('elements of no bytes end a list', () => {
  const Nothing = struct('Nothing', {});
  const Element = union('Element', { tag: 1, length: { at: 1, size: 1 } }, {});
  for (const element of [Nothing, Element]) {
    const Some = struct('Some', { count: u32.countOf('elements'), elements: list(element as AnyCodec) });
    const bytes = new Uint8Array(1004).fill(0);
    bytes.fill(0xff, 0, 4);
    assert.match(assertBounded(Some as never, bytes, element.name)!, /TRUNCATED|LENGTH/);
  }
});

test('a thousand members without content cost what a thousand members do', () => {
  const names = Array.from({ length: 1000 }, (_, i) => `m${i}`);
  const counts = names.map((name) => [`${name}Count`, u8.countOf(name)]);
  const Empty = struct('Empty', Object.fromEntries([...counts, ...names.map((name) => [name, list(u8)])]));
  assert.equal(assertBounded(Empty as never, new Uint8Array(1000), 'all of them empty'), undefined);
  const full = new Uint8Array(2000).fill(1);
  assert.equal(assertBounded(Empty as never, full, 'one element each'), undefined);
});

test('structures in structures are measured and read once a level', () => {
  let inner: AnyCodec = struct('Leaf', { count: u8.countOf('values'), values: list(u8) }) as never;
  for (let depth = 0; depth < 12; depth++)
    inner = struct(`Level${depth}`, { count: u8.countOf('inner'), inner: list(inner) }) as never;
  assert.equal(assertBounded(inner, new Uint8Array(40).fill(1), 'one in one'), undefined);
  assert.equal(assertBounded(inner, new Uint8Array(4000).fill(2), 'two in two'), 'TRUNCATED');
});

test('sections without content and sections over one another', () => {
  const count = 2000;
  const bytes = CperRecord.encode({
    ...sampleCperRecord(['memory'], 1),
    sections: Array.from({ length: count }, () => ({
      severity: 0,
      section: { kind: 'unknown' as const, sectionType: acpi.ZERO_GUID, data: new Uint8Array(0) },
    })),
  });
  assert.equal(assertBounded(CperRecord as never, bytes, 'empty sections'), undefined);
  const view = new DataView(bytes.buffer);
  // All of them have all that stands behind the header.
  for (let i = 0; i < count; i++) {
    view.setUint32(128 + i * 72, 128, true);
    view.setUint32(128 + i * 72 + 4, bytes.length - 128, true);
  }
  assert.equal(assertBounded(CperRecord as never, bytes, 'the same bytes'), 'LENGTH');
});

test('JSON that is nested however deeply is read or refused', () => {
  const record = cperRecordToJson(sampleCperRecord(['memory'], 1));
  for (const depth of [10, 1000, 3000, 10_000, 100_000])
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ])
      try {
        const deep = parseJson(`${open!.repeat(depth)}1${close!.repeat(depth)}`);
        cperRecordFromJson({
          ...record,
          header: { ...(record.header as object), rasvm: { reserved: deep } },
        });
        assert.fail(`${depth} times ${open} is no record`);
      } catch (error) {
        assert.equal((error as Error).name, 'AcpiError', (error as Error).stack);
      }
});
