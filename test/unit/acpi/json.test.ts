/** JSON of declared layouts, as values and as text. No Node API but the test runner: runs in a browser too. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as acpi from '@rasvm/acpi';
import {
  type AcpiError,
  array,
  bits,
  type Codec,
  flag,
  fromJson,
  guid,
  Hest,
  list,
  MemoryError,
  parseJson,
  partOfByte,
  printJson,
  range,
  rest,
  struct,
  tableFromJson,
  tableToJson,
  timestamp,
  toJson,
  u8,
  u16,
  u32,
  u64,
} from '@rasvm/acpi';
import fc from 'fast-check';
import { arbitraryOf } from './arbitrary.ts';
import { hex } from './hex.ts';

type AnyCodec = Codec<unknown, unknown>;

const layouts = Object.entries(acpi).filter(([, value]) => value instanceof acpi.Struct) as unknown as [
  string,
  AnyCodec,
][];

for (const [name, codec] of layouts)
  test(`${name}: JSON and its text give the value back`, () => {
    fc.assert(
      fc.property(arbitraryOf(codec as never), (value) => {
        const json = toJson(codec, value);
        assert.deepEqual(fromJson(codec, json), value);
        assert.deepEqual(fromJson(codec, parseJson(printJson(json))), value);
        // Plain JSON parsers are to read it too: the form has no number that they would spoil.
        assert.deepEqual(fromJson(codec, JSON.parse(printJson(json))), value);
      }),
      { numRuns: 40 },
    );
  });

test('whatever bytes decode to has a JSON form that encodes to them again', () => {
  fc.assert(
    fc.property(fc.constantFrom(...layouts), fc.uint8Array({ maxLength: 300 }), ([, codec], data) => {
      let value: unknown;
      try {
        value = codec.decode(data, { checksum: 'keep' });
      } catch {
        return;
      }
      const again = codec.encode(fromJson(codec, toJson(codec, value)));
      assert.equal(hex(again), hex(data.subarray(0, again.length)));
    }),
    { numRuns: 5000 },
  );
});

const Color = { Red: 1, Green: 2 } as const;
const Sample = struct('Sample', {
  color: u8.values(Color).default(0),
  flags: bits(16, { on: flag(0), shade: range(4, 7, '', Color) }).default({}),
  low: partOfByte(range(0, 3, '', Color)).default(0),
  wide: u64.default(0n),
  pair: array(u8, 2).values(Color).default([1, 9]),
  id: guid.default(acpi.ZERO_GUID),
  time: timestamp.default(new Uint8Array(8)),
  colors: list(u16).default([]),
});

test('the form: names where values have them, numbers where not, 64 bits and bytes as text', () => {
  const value = {
    color: 2,
    flags: { on: true, shade: 1, reserved: 0x8000n },
    low: 3,
    pair: [2, 9],
    wide: 0xffff_ffff_ffff_fffen,
    id: '00112233-4455-6677-8899-aabbccddeeff',
    time: new Date('2026-01-31T23:59:59Z'),
    colors: [1, 7],
  };
  assert.deepEqual(toJson(Sample, value), {
    color: 'Green',
    flags: { on: true, shade: 'Red', reserved: '0x8000' },
    low: 3,
    pair: ['Green', 9],
    wide: '0xfffffffffffffffe',
    id: '00112233-4455-6677-8899-aabbccddeeff',
    time: '2026-01-31T23:59:59Z',
    colors: [1, 7],
  });
  assert.equal(toJson(timestamp, Uint8Array.of(0xff, 0, 0, 0, 0, 0, 0, 1)), 'ff00000000000001');
  assert.deepEqual(toJson(MemoryError, { errorType: 99, unvalidated: { node: 3 }, length: 73 } as never), {
    errorType: 99,
    unvalidated: { node: 3 },
    length: 73,
  });
});

test('a person may write numbers for names, and numbers in any notation', () => {
  const forms = [
    { color: 'Red', wide: '0x10', low: 'Green', pair: ['Red', 9], time: '0000000000000000' },
    { color: 1, wide: 16, low: 2 },
    { color: '0x1', wide: 16n, low: '2' },
  ];
  const bytes = forms.map((form) => hex(Sample.encode(fromJson(Sample, form))));
  assert.equal(new Set(bytes).size, 1, bytes.join());
  assert.equal(hex(fromJson(rest, 'C0 FF\nEE')), 'c0ffee');
  for (const flags of [0x8011, '0x8011', { on: true, shade: 'Red', reserved: '0x8000' }])
    assert.deepEqual(fromJson(Sample, { flags }).flags, { on: true, shade: 1, reserved: 0x8000n });
  assert.throws(() => fromJson(Sample, { flags: 0x1_0000 }), { field: 'flags', message: /does not fit/ });
});

test('what is wrong is told with its path', () => {
  const source = { type: 'Sea', nonsense: 1 };
  const wrong: [Codec<unknown, never>, unknown, string, RegExp][] = [
    [
      Hest,
      { sources: [{ kind: 'ghes', notification: source }] },
      'sources[0].notification.nonsense',
      /has type/,
    ],
    [Hest, { sources: [{ kind: 'gas' }] }, 'sources[0].kind', /none of .*ghes/],
    [Hest, { sources: 1 }, 'sources', /no array/],
    [Hest, [], '', /no object/],
    [Hest, null, '', /no object/],
    [Sample, { color: 'Blue' }, 'color', /Red, Green/],
    [Sample, { color: 1.5 }, 'color', /whole number/],
    [Sample, { flags: { off: true } }, 'flags.off', /on, shade/],
    [Sample, { flags: { on: 1 } }, 'flags.on', /true nor false/],
    [Sample, { wide: 'much' }, 'wide', /whole number/],
    [Sample, { time: '2026-02-31T00:00:00Z' }, 'time', /time such as/],
    [Sample, { id: 5 }, 'id', /no text/],
    [rest as never, 'abc', '', /hexadecimal/],
    [rest as never, undefined, '', /hexadecimal/],
  ];
  for (const [codec, json, field, message] of wrong)
    assert.throws(
      () => fromJson(codec, json as never),
      (error: AcpiError) =>
        error.name === 'AcpiError' &&
        error.code === 'VALUE' &&
        error.field === field &&
        message.test(error.reason),
      `${printJson((json ?? null) as never)}`,
    );
  assert.throws(() => toJson(u32, Symbol('no') as never), { name: 'AcpiError', code: 'VALUE' });
});

test('text keeps whole numbers of any size', () => {
  const text = '{"mask":18446744073709551614,"small":-5,"real":1.5,"safe":9007199254740991}';
  const value = parseJson(text);
  assert.deepEqual(value, {
    mask: 18446744073709551614n,
    small: -5,
    real: 1.5,
    safe: 9007199254740991,
  });
  assert.equal(printJson(value).replace(/\s/g, ''), text);
});

test('any JSON text is read as JSON.parse reads it, and printed so that it gives the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      assert.deepEqual(JSON.parse(printJson(parseJson(text))), JSON.parse(text));
    }),
  );
});

test('lists of plain values stand on one line where they fit', () => {
  assert.equal(
    printJson({ a: [1, 2n], b: [{ c: null }], d: {}, e: [] }),
    '{\n  "a": [1, 2],\n  "b": [\n    {\n      "c": null\n    }\n  ],\n  "d": {},\n  "e": []\n}',
  );
  assert.equal(printJson(Array(40).fill(100)).split('\n').length, 42);
});

test('what is no JSON is an AcpiError, nested too deeply included', () => {
  const wrong = ['', '{', '{"a":1,}', '[1 2]', 'nul', '1e999', '{"a":1,"a":2}', '['.repeat(1e6)];
  for (const text of wrong)
    assert.throws(() => parseJson(text), { name: 'AcpiError', code: 'VALUE' }, text.slice(0, 20));
});

test('a table has its signature first, and any table gives its bytes again', () => {
  const [first] = Object.keys(tableToJson(Hest.encode({ sources: [] })) as object);
  assert.equal(first, 'signature');
  assert.deepEqual(tableToJson(Uint8Array.of(0x48, 0x45, 0x53, 0x54, 0xff)), {
    signature: 'HEST',
    raw: '48455354ff',
  });
  const tables = Object.entries(acpi.TABLES).map(([signature, codec]) =>
    arbitraryOf(codec as never).map((value) =>
      (codec as unknown as AnyCodec).encode({ ...(value as object), signature }),
    ),
  );
  const unknown = arbitraryOf(acpi.AnyTable as never).map((value) => acpi.AnyTable.encode(value as never));
  const rsdp = arbitraryOf(acpi.Rsdp as never).map((value) => acpi.Rsdp.encode(value as never));
  const spoiled = fc
    .tuple(fc.oneof(...tables, unknown, rsdp), fc.nat(300), fc.nat(255), fc.nat(3))
    .map(([bytes, at, mask, cut]) => {
      if (at < bytes.length) bytes[at]! ^= mask;
      return bytes.slice(0, bytes.length - cut);
    });
  fc.assert(
    fc.property(fc.oneof(...tables, unknown, rsdp, spoiled, fc.uint8Array({ maxLength: 80 })), (bytes) => {
      const text = printJson(tableToJson(bytes));
      assert.equal(hex(tableFromJson(parseJson(text))), hex(bytes));
    }),
    { numRuns: 1000 },
  );
});

test('what is wrong in a table is told with its signature', () => {
  const wrong: [unknown, string][] = [
    [[], ''],
    [{}, 'signature'],
    [{ signature: 'HEST', sources: [{ kind: 'ghes', sourceId: -1 }] }, 'HEST.sources[0].sourceId'],
    [{ signature: 'HEST', sources: [], nonsense: 1 }, 'HEST.nonsense'],
    [{ signature: 'HEST', raw: '0' }, 'HEST.raw'],
    [{ signature: 'HEST', raw: '00', revision: 1 }, 'HEST.revision'],
    [{ signature: 'TOOLONG', body: '' }, 'TOOLONG.signature'],
  ];
  for (const [json, field] of wrong)
    assert.throws(
      () => tableFromJson(json as never),
      { name: 'AcpiError', code: 'VALUE', field },
      JSON.stringify(json),
    );
});
