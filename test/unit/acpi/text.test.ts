/** Tables as text, and what differs between two of them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as acpi from '@rasvm/acpi';
import {
  AcpiError,
  type Codec,
  differences,
  ErrorStatusBlock,
  fieldRows,
  Hest,
  Madt,
  Rsdp,
  Slit,
  Ssdt,
  tableText,
} from '@rasvm/acpi';
import fc from 'fast-check';
import { arbitraryOf } from './arbitrary.ts';

type AnyCodec = Codec<unknown, never>;

const layouts = Object.entries(acpi).filter(([, value]) => value instanceof acpi.Struct) as unknown as [
  string,
  Codec<unknown, unknown>,
][];

const lines = (text: string) => text.split('\n').map((line) => line.trim().replace(/ +/g, ' '));

test('each member has a line with its place, its size and its value; values and bits have their names', () => {
  const madt = Madt.encode({
    flags: { pcatCompatible: true },
    controllers: [
      { kind: 'gicd', base: 0x800_0000n },
      { kind: 'unknown', data: Uint8Array.of(0xee, 4, 1, 2) },
    ],
  });
  const shown = lines(tableText('table', madt));
  assert.match(
    shown[0]!,
    /^APIC \(ACPI 6\.5, 5\.2\.12\): 72 bytes, revision 5, OEM RASVM RASVM, made by RASV$/,
  );
  for (const line of [
    '0x0028 4 flags 0x00000001 pcatCompatible',
    '0x002c controllers',
    '0x002c [0] GICD',
    '0x0034 8 base 0x8000000',
    '0x0040 1 version 3',
    '0x0044 4 [1] Interrupt controller structure of an unknown kind: ee040102',
  ])
    assert.ok(shown.includes(line), `${line}\n${shown.join('\n')}`);
  assert.ok(!shown.some((line) => line.includes('reserved')), 'reserved members that are zero are left out');
});

test('a terminal is given no control characters', () => {
  const hest = Hest.encode({ oemId: '\x1b[31m', oemTableId: 'a\x9bb\x7f', sources: [] });
  const shown = tableText('table', hest);
  assert.match(shown, /OEM \\x1b\[31m a\\x9bb\\x7f, made by/);
  assert.doesNotMatch(shown, /[^\P{Cc}\n]/u);
});

test('long byte strings are cut, matrices have a line for each row', () => {
  const ssdt = lines(tableText('table', Ssdt.encode({ body: new Uint8Array(100).fill(0xa5) })));
  assert.ok(ssdt.includes(`0x0024 100 body ${'a5'.repeat(16)}... (100 bytes)`), ssdt.join('\n'));
  const slit = lines(
    tableText(
      'table',
      Slit.encode({
        distances: [
          [10, 20],
          [20, 10],
        ],
      }),
    ),
  );
  assert.deepEqual(slit.slice(-4, -1), ['0x002c distances', '0x002c 2 [0] 10 20', '0x002e 2 [1] 20 10']);
});

test('the RSDP and tables without a layout are shown too; explain says what members mean', () => {
  assert.match(
    tableText('rsdp', Rsdp.encode({ xsdtAddress: 0x1234n })),
    /^RSDP.*: 36 bytes\n[\s\S]*xsdtAddress +0x1234\n/,
  );
  const unknown = acpi.AnyTable.encode({ signature: 'ZZZZ', body: Uint8Array.of(1, 2) });
  assert.match(
    tableText('table', unknown),
    /^ZZZZ \(no layout is known\): 38 bytes, .*\n[\s\S]* 2 {2}body +0102\n$/,
  );
  assert.match(
    tableText('table', unknown, { explain: true }),
    / {2}length +38 \(0x26\) {2}# Bytes of the table/,
  );
});

test('broken tables are shown as far as they can be read', () => {
  const cut = Hest.encode({
    sources: [
      {
        kind: 'ghes',
        sourceId: 1,
        errorStatusAddress: {},
        notification: { type: 1 },
        errorStatusBlockLength: 1,
      },
    ],
  });
  assert.match(tableText('table', cut.subarray(0, 50)), /cannot be read: needs 104 bytes, 50 are left/);
  assert.match(
    tableText('table', Uint8Array.of(0x48)),
    /^Table.*: 1 bytes\n.*cannot be read: needs 36 bytes, 1 are left\n$/,
  );
});

test('any bytes of any layout have rows, each inside the bytes', () => {
  fc.assert(
    fc.property(
      fc
        .constantFrom(...layouts)
        .chain(([, codec]) => fc.tuple(fc.constant(codec), arbitraryOf(codec as never))),
      fc.nat(400),
      fc.nat(255),
      fc.nat(40),
      ([codec, value], at, mask, cut) => {
        const bytes = codec.encode(value);
        if (at < bytes.length) bytes[at]! ^= mask;
        const some = bytes.subarray(0, bytes.length - cut);
        for (const { path, offset, size } of fieldRows(codec as AnyCodec, some))
          assert.ok(offset >= 0 && offset + size <= some.length, path);
      },
    ),
    { numRuns: 2000 },
  );
});

test('nothing differs between equals, and something does between others', () => {
  fc.assert(
    fc.property(
      fc
        .constantFrom(...layouts)
        .chain(([, codec]) =>
          fc.tuple(fc.constant(codec), arbitraryOf(codec as never), arbitraryOf(codec as never)),
        ),
      ([codec, one, other]) => {
        const [a, b] = [codec.encode(one), codec.encode(other)];
        assert.deepEqual(differences(codec as AnyCodec, a, codec as AnyCodec, a.slice()), []);
        const equal = a.length === b.length && a.every((byte, i) => byte === b[i]);
        assert.equal(differences(codec as AnyCodec, a, codec as AnyCodec, b).length === 0, equal);
      },
    ),
    { numRuns: 2000 },
  );
});

test('a difference names the member and both sides; checksums only where nothing else differs', () => {
  const a = Madt.encode({ controllers: [] });
  const b = Madt.encode({ controllers: [], revision: 9 });
  assert.deepEqual(differences(Madt as never, a, Madt as never, b), [
    { field: 'revision', a: { offset: 8, text: '5' }, b: { offset: 8, text: '9' } },
  ]);
  const wrong = Uint8Array.from(a, (byte, i) => (i === 9 ? byte ^ 1 : byte));
  assert.deepEqual(
    differences(Madt as never, a, Madt as never, wrong).map(({ field }) => field),
    ['checksum'],
  );
});

test('byte strings that look alike are told apart by the place of the difference', () => {
  const body = new Uint8Array(100);
  const other = Uint8Array.from(body, (byte, i) => (i === 60 ? 1 : byte));
  const [difference] = differences(
    Ssdt as never,
    Ssdt.encode({ body }),
    Ssdt as never,
    Ssdt.encode({ body: other }),
  );
  assert.equal(difference?.field, 'body');
  assert.match(difference?.b?.text ?? '', /differs at its byte 60$/);
});

test('members that are not marked valid say so', () => {
  const block = (section: object) =>
    ErrorStatusBlock.encode({
      severity: 0,
      entries: [{ severity: 0, section: { kind: 'memory', ...section } as never }],
    });
  const found = differences(
    ErrorStatusBlock as never,
    block({ node: 0 }),
    ErrorStatusBlock as never,
    block({}),
  );
  assert.deepEqual(
    found.map(({ field, a, b }) => [field, a?.text, b?.text]),
    [
      ['entries[0].section.validationBits', '8', '0'],
      ['entries[0].section.node', '0', '0 (not valid)'],
    ],
  );
  assert.throws(() => ErrorStatusBlock.decode(new Uint8Array(3)), AcpiError);
});
